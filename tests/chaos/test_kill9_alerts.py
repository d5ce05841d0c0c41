"""kill -9 while rules are reconciled: an alert, its history and its messages are all there, or none of them.

Run as a program, this file is the victim: it makes alerts of rules that fire and clear, until it is killed.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from evenkeel.act.alerts.records import alert_events, alerts
from evenkeel.act.alerts.service import Alerts, AlertsDependencies
from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemIds
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.clock import SimClock

pytestmark = pytest.mark.slow

ROUNDS = 50
SERVICES = 20
SAID = sa.Table("said", sa.MetaData(), sa.Column("dedup_key", sa.Text), sa.Column("event", sa.Text))


def live(database: str, seed: int) -> None:
    """Reconcile for ever, faster than time passes; a line for each look."""
    clock, chance = SimClock(seed * 100_000 * US_PER_SECOND), random.Random(seed)
    records = Records.open(f"sqlite:///{database}")

    def enqueue(connection: sa.Connection, message: Any, _now_us: int) -> None:
        connection.execute(sa.insert(SAID).values(dedup_key=message.dedup_key, event=message.event.value))

    made = Alerts(AlertsDependencies(records, clock, SystemIds(), enqueue))
    while True:
        clock.advance(61)
        firing = tuple(
            Firing(
                RuleId(ServiceKey("production", f"s{n}"), "error_rate", "r"), Family.BURN, Severity.PAGE, 5, "It fires."
            )
            for n in range(SERVICES)
            if chance.random() < 0.5
        )
        made.reconcile(Observation(clock.now_us(), firing), clock.now_us())
        sys.stdout.write(f"{len(made.firing())}\n")
        sys.stdout.flush()


def test_an_alert_is_never_without_its_message_nor_a_message_without_its_alert(tmp_path: Path) -> None:
    database, chance = tmp_path / "records.sqlite", random.Random(9)
    records = Records.open(f"sqlite:///{database}")
    with records.transaction() as connection:
        SAID.create(connection)
    for seed in range(1, ROUNDS + 1):
        victim = subprocess.Popen(
            [sys.executable, __file__, str(database), str(seed)], stdout=subprocess.PIPE, text=True
        )
        assert victim.stdout is not None
        for _ in range(chance.randrange(1, 6)):
            assert victim.stdout.readline(), "the victim died by itself"
        threading.Event().wait(chance.random() * 0.02)  # somewhere within the next looks
        victim.kill()
        victim.wait()
        victim.stdout.close()
        check(records)
    with records.transaction() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(SAID)).scalar_one() > ROUNDS
    records.close()


def check(records: Records) -> None:
    """What is written is whole."""
    with records.transaction() as connection:
        rows = connection.execute(sa.select(alerts)).mappings().all()
        entries = Counter(connection.execute(sa.select(alert_events.c.alert_id, alert_events.c.what)).all())
        said = Counter(connection.execute(sa.select(SAID)).all())
    assert {alert_id for alert_id, _ in entries} == {row["id"] for row in rows}
    for row in rows:
        key = f"evenkeel-{row['group_id']}"
        assert entries[row["id"], "told"] == said[key, "trigger"]
        assert entries[row["id"], "resolved"] == said[key, "resolve"]
        assert said[key, "trigger"] - said[key, "resolve"] == (row["state"] == "firing")
    firing = Counter(row["fingerprint"] for row in rows if row["state"] == "firing")
    assert max(firing.values(), default=1) == 1


if __name__ == "__main__":
    live(sys.argv[1], int(sys.argv[2]))
