"""Alerts on every database that records may live in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from evenkeel.act.alerts import records as rows
from evenkeel.act.alerts.handling import AskedSilence, By
from evenkeel.act.alerts.matching import read_matcher
from evenkeel.act.alerts.model import AlertFilter, AlertState, Received, Source
from evenkeel.act.alerts.records import alerts as table
from evenkeel.act.alerts.service import KEPT_DAYS, Alerts, AlertsDependencies
from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.records.engine import Records, metadata
from evenkeel.store.system import SystemIds
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.clock import SimClock

BOT = ServiceKey("production", "bot")
FIRING = Firing(
    RuleId(BOT, "error_rate", "threshold"), Family.THRESHOLD, Severity.PAGE, 5, "2 % of 400 »ü«.", "/events", {"n": "4"}
)
LABELS = {"alertname": "x" * 300, "ü": "ß"}
FOREIGN = Received(Source.GRAFANA, "f1", AlertState.FIRING, 100, None, LABELS, {}, extra={"values": {"B": 1}})


@pytest.fixture
def messages() -> list[Any]:
    return []


@pytest.fixture
def open_alerts(records: Records, clock: SimClock, messages: list[Any]) -> Callable[[], Alerts]:
    """Alerts as a new process finds them."""

    def enqueue(_connection: sa.Connection, message: Any, _now_us: int) -> None:
        messages.append(message)

    return lambda: Alerts(AlertsDependencies(records, clock, SystemIds(), enqueue))


@pytest.fixture
def clock() -> SimClock:
    return SimClock()


def look(alerts: Alerts, clock: SimClock, *firing: Firing, after_s: float = 1.0) -> None:
    clock.advance(after_s)
    alerts.reconcile(Observation(clock.now_us(), firing), clock.now_us())


def test_the_migration_makes_the_indexes_that_the_room_declares(records: Records) -> None:
    with records.transaction() as connection:
        inspector = sa.inspect(connection)
        for name in ("alerts", "alert_events", "silences", "received_alerts"):
            found = {each["name"]: (each["column_names"], bool(each["unique"])) for each in inspector.get_indexes(name)}
            declared = metadata.tables[name].indexes
            assert found == {each.name: ([column.name for column in each.columns], each.unique) for each in declared}


def test_an_alert_is_read_as_it_was_written(
    open_alerts: Callable[[], Alerts], clock: SimClock, messages: list[Any]
) -> None:
    alerts = open_alerts()
    look(alerts, clock, FIRING)
    look(alerts, clock)
    look(alerts, clock, FIRING)
    (alert,) = alerts.firing()
    alerts.handling.acknowledge(alert.id, By("ada", "on it", clock.now_us()))
    again = open_alerts()
    assert again.firing() == alerts.firing()
    assert again.get(alert.id).flaps == (clock.now_us(),)
    assert [entry.what.value for entry in again.history(alert.id)] == [
        "acknowledged", "fired again", "clear", "told", "opened",
    ]  # fmt: skip
    look(again, clock)
    look(again, clock, after_s=61)
    assert [message.event for message in messages] == ["trigger", "acknowledge", "resolve"]
    assert open_alerts().list(AlertFilter(service="bot", environment="production")) == [again.get(alert.id)]
    assert open_alerts().list(AlertFilter(severity="ticket")) == []


def test_the_database_refuses_a_second_open_alert_and_allows_many_that_are_over(
    open_alerts: Callable[[], Alerts], records: Records, clock: SimClock
) -> None:
    alerts = open_alerts()
    look(alerts, clock, FIRING)
    (alert,) = alerts.firing()
    with pytest.raises(sa.exc.IntegrityError), records.transaction() as connection:
        rows.save_alerts(connection, [replace(alert, id="2")])
    with records.transaction() as connection:
        for n in range(3):
            over = replace(alert, id=f"x{n}", state=AlertState.RESOLVED, resolved_at_us=1)
            rows.save_alerts(connection, [over])
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 4


def test_silences_are_kept_with_their_matchers(open_alerts: Callable[[], Alerts], clock: SimClock) -> None:
    matchers = (read_matcher("service=~b.t"), read_matcher("rule!=x"))
    made = open_alerts().handling.silence(AskedSilence(matchers, 600), By("ada", "why", clock.now_us()))
    again = open_alerts()
    assert again.silences() == [made]
    look(again, clock, FIRING)
    assert again.firing()[0].quiet == "silenced by ada: why"


def test_twins_that_deliver_at_once_are_one_alert(open_alerts: Callable[[], Alerts], clock: SimClock) -> None:
    alerts = open_alerts()
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda _: alerts.receiving.take([FOREIGN], clock.now_us()), range(16)))
    assert sum(receipt.new for receipt in receipts) == 1
    (row,) = alerts.received()
    assert row["deliveries"] == 16
    assert len(alerts.list()) == 1


def test_what_was_over_long_ago_is_forgotten_and_what_is_open_is_kept(
    open_alerts: Callable[[], Alerts], clock: SimClock, records: Records
) -> None:
    alerts, open_one = open_alerts(), replace(FIRING, id=RuleId(BOT, "error_rate", "other"))
    alerts.receiving.take([FOREIGN], clock.now_us())
    (foreign,) = alerts.firing()
    assert alerts.last_received_us(foreign) == clock.now_us()
    alerts.handling.silence(AskedSilence([read_matcher("a=b")], 60), By("ada", "why", clock.now_us()))
    look(alerts, clock, FIRING, open_one)
    look(alerts, clock, open_one)
    look(alerts, clock, open_one, after_s=61)
    (over,) = alerts.list(AlertFilter(state="resolved"))
    alerts.forget(clock.now_us() + (KEPT_DAYS - 1) * US_PER_DAY)
    assert alerts.history(over.id) and alerts.received() and alerts.silences(with_past=True)
    alerts.forget(clock.now_us() + (KEPT_DAYS + 1) * US_PER_DAY)
    assert not alerts.history(over.id) and not alerts.received() and not alerts.silences(with_past=True)
    assert alerts.list(AlertFilter(state="resolved")) == []
    assert [alert.rule for alert in open_alerts().firing() if alert.source is Source.EVENKEEL] == ["other"]


def test_two_processes_that_receive_at_once_count_an_alert_once(
    open_alerts: Callable[[], Alerts], clock: SimClock
) -> None:
    houses = [open_alerts() for _ in range(4)]
    receipts = [house.receiving.take([FOREIGN], clock.now_us()) for house in houses]
    assert [receipt.new for receipt in receipts] == [1, 0, 0, 0]
    assert len(open_alerts().firing()) == 1
