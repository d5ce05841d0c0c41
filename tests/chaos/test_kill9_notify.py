"""kill -9 between an alert and its notification: none is lost, and what is sent again has the same dedup key.

Run as a program, this file is the victim: it writes alerts down and sends them to a receiver that checks the
documented format and keeps alerts by their keys, until it is killed or, with `--drain`, nothing waits any more.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from evenkeel.act.notify import outbox
from evenkeel.act.notify.model import Event, Level, Message
from evenkeel.act.notify.pacing import Pace
from evenkeel.act.notify.pagerduty import PagerDuty
from evenkeel.act.notify.records import deliveries
from evenkeel.act.notify.records import outbox as waiting
from evenkeel.act.notify.sending import Channel, Sending, SendingDependencies
from evenkeel.act.notify.transport import Transport
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemClock, SystemIds
from evenkeel.testing.receivers.pagerduty import ROUTING_KEY, PagerDutyReceiver
from evenkeel.testing.receivers.server import Fault

pytestmark = pytest.mark.slow

ROUNDS = 50
CHANNELS = ("pager", "other", "third")  # a worker each
LIFE_S = (0.0, 0.15)  # after its first alert
ANSWER_S = 0.02  # long enough to be killed in


def live(database: str, address: str, first: int, *, drain: bool) -> None:
    """Write a trigger and its resolve down in a transaction each, telling of each commit, while others send."""
    records, clock, ids = Records.open(f"sqlite:///{database}"), SystemClock(), SystemIds()
    adapter = PagerDuty(routing_key=ROUTING_KEY, site_url="http://keel.test", base_url=address)
    channel, post = Channel(adapter, Pace(1_000_000, 1.0)), Transport()
    sending = Sending(SendingDependencies(records, clock, random.Random(first), lambda _name: channel, post.send))
    number = first
    while True:
        if drain:
            with records.transaction() as connection:
                if not connection.execute(sa.select(sa.func.count()).select_from(waiting)).scalar():
                    return
        else:
            for event in (Event.TRIGGER, Event.RESOLVE):
                key, name = f"k{number}", CHANNELS[number % len(CHANNELS)]
                message = Message(event, key, Level.CRITICAL, f"Alert {number}", "It fires.", "production", "bot", 0)
                with records.transaction() as connection:
                    outbox.enqueue(connection, message, (name,), clock.now_us(), ids)
                sys.stdout.write(f"{key} {event}\n")
                sys.stdout.flush()
            number += 1
        sending.step()
        sending.wait(0.01)


def start(database: Path, receiver: PagerDutyReceiver, first: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, str(database), receiver.url, str(first), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def committed_until_killed(database: Path, receiver: PagerDutyReceiver, first: int, life_s: float) -> list[str]:
    """Let the victim live for a while; the alerts that it was told are durable."""
    with start(database, receiver, first) as victim:
        assert victim.stdout is not None
        lines = [victim.stdout.readline()]
        assert lines != [""], "the victim did not start"
        deadline = time.monotonic() + life_s  # when it is killed is what the round varies
        while time.monotonic() < deadline:
            lines.append(victim.stdout.readline())
        victim.kill()
        lines += victim.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


def told_of(receiver: PagerDutyReceiver) -> list[tuple[str, str]]:
    """What came whole, in order; of a request whose sender was killed in its middle, PagerDuty takes nothing."""
    whole = [each for each in receiver.received if len(each.body) == int(each.headers["content-length"])]
    assert len(receiver.problems) == len(receiver.received) - len(whole), receiver.problems
    return [(each.json["dedup_key"], each.json["event_action"]) for each in whole]


def test_no_notification_is_lost_in_50_kills_and_none_opens_a_second_alert(tmp_path: Path) -> None:
    database, chance = tmp_path / "records.sqlite", random.Random(7)
    Records.open(f"sqlite:///{database}").close()
    committed: list[str] = []
    with PagerDutyReceiver() as receiver:
        receiver.misbehave(*[Fault(delay_s=ANSWER_S)] * 100_000)
        for number in range(ROUNDS):
            committed += committed_until_killed(database, receiver, number * 100_000, chance.uniform(*LIFE_S))
        with start(database, receiver, 0, "--drain") as last:
            assert last.wait(120) == 0
        told, alerts = told_of(receiver), receiver.alerts
    counted = Counter(told)
    assert len(committed) > 2 * ROUNDS
    assert [line for line in committed if counted[tuple(line.split())] == 0] == [], "lost"  # type: ignore[index]
    again = [each for each, count in counted.items() if count > 1]
    assert again, "no kill came between sending and the receipt, so this has shown nothing"
    assert Counter(alert.dedup_key for alert in alerts) == Counter({key: 1 for key, _ in counted}), "one alert a key"
    begun = {key for key, action in told if action == "resolve"}
    assert {alert.dedup_key for alert in alerts if alert.state == "resolved"} == begun
    first = {each: told.index(each) for each in counted}
    assert [key for key in begun if first[key, "resolve"] < first[key, "trigger"]] == [], "overtaken"
    receipts = _receipts(database)
    assert receipts == Counter(dict.fromkeys(counted, 1)), "one receipt for each message"
    print(f"{ROUNDS} kills, {len(committed)} committed, {len(told)} received, {len(again)} of them again")


def _receipts(database: Path) -> Counter[tuple[str, str]]:
    records = Records.open(f"sqlite:///{database}")
    with records.transaction() as connection:
        rows = connection.execute(sa.select(deliveries.c.dedup_key, deliveries.c.event)).all()
    records.close()
    return Counter((row.dedup_key, row.event) for row in rows)


if __name__ == "__main__":
    live(sys.argv[1], sys.argv[2], int(sys.argv[3]), drain="--drain" in sys.argv)
