from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from evenkeel.act.alerts.model import AlertFilter, AlertState, Received, Source
from evenkeel.act.alerts.receiving import to_alert
from evenkeel.kernel.errors import OverloadedError

LABELS = {"alertname": "Down", "job": "bot", "severity": "critical"}
SAID = {"summary": "It is down."}
FIRING = Received(Source.ALERTMANAGER, "f1", AlertState.FIRING, 100, None, LABELS, SAID, "http://p/graph")
RESOLVED = replace(FIRING, status=AlertState.RESOLVED, ends_at_us=200)


def take(house: Any, *received: Received) -> tuple[int, int]:
    house.clock.advance(1)
    receipt = house.alerts.receiving.take(received, house.clock.now_us())
    return receipt.new, receipt.again


def test_a_foreign_alert_is_in_the_inbox_and_nobody_is_told(house: Any) -> None:
    assert take(house, FIRING) == (1, 0)
    (alert,) = house.alerts.list(AlertFilter(source="alertmanager"))
    assert (alert.title, alert.sentence, alert.severity) == ("bot: Down", "It is down.", "critical")
    house.look()
    assert house.alerts.firing() == [alert]  # what rules of ours say does not end it
    assert take(house, RESOLVED) == (1, 0)
    assert not house.alerts.firing()
    assert house.history(alert.id) == ["opened", "resolved"]
    assert house.messages == []


def test_twins_and_retries_are_counted_and_change_nothing(house: Any) -> None:
    assert take(house, FIRING, FIRING) == (1, 1)
    assert take(house, FIRING) == (0, 1)
    house.restart()
    assert take(house, RESOLVED, RESOLVED, FIRING) == (1, 2)
    assert [alert.state for alert in house.alerts.list()] == [AlertState.RESOLVED]
    fired, ended = house.alerts.received()
    assert (fired["deliveries"], ended["deliveries"]) == (4, 2)
    assert json.loads(fired["labels"]) == FIRING.labels
    assert (ended["ends_at_us"], ended["status"]) == (200, "resolved")
    assert len(house.alerts.received(after_us=fired["received_at_us"])) == 1


def test_a_firing_that_comes_after_its_end_opens_nothing(house: Any) -> None:
    assert take(house, RESOLVED) == (1, 0)
    assert take(house, FIRING) == (1, 0)
    assert take(house, replace(RESOLVED, fingerprint="f2"), replace(FIRING, fingerprint="f2")) == (2, 0)
    assert [alert.state for alert in house.alerts.list()] == [AlertState.RESOLVED] * 2


def test_an_end_of_an_earlier_time_ends_nothing(house: Any) -> None:
    take(house, FIRING)
    take(house, replace(FIRING, starts_at_us=500))
    (alert,) = house.alerts.firing()
    assert alert.since_us == 500
    take(house, RESOLVED)
    assert house.alerts.firing() == [alert]
    take(house, replace(RESOLVED, starts_at_us=500))
    assert not house.alerts.firing()
    take(house, replace(FIRING, starts_at_us=900))
    assert len(house.alerts.list()) == 2


@pytest.mark.parametrize("opened", [True, False], ids=["it was open", "its end is the first that is heard"])
@pytest.mark.parametrize("ends_at_us", [None, 99, 10**18], ids=["no end", "before its start", "ahead of our clock"])
def test_an_alert_is_over_when_its_sender_says_and_else_when_that_is_heard(
    house: Any, ends_at_us: int | None, *, opened: bool
) -> None:
    if opened:
        take(house, FIRING, replace(FIRING, fingerprint="f2"))
    take(house, RESOLVED, replace(RESOLVED, fingerprint="f2", ends_at_us=ends_at_us))
    ended = {alert.fingerprint: alert.resolved_at_us for alert in house.alerts.list()}
    assert ended == {"f1": 200, "f2": house.clock.now_us()}


def test_a_foreign_alert_is_acknowledged_and_silenced_here_only(house: Any) -> None:
    take(house, FIRING)
    (alert,) = house.alerts.firing()
    house.alerts.handling.acknowledge(alert.id, house.by("seen"))
    assert house.messages == []
    assert house.alerts.firing()[0].acknowledged_by == "ada"


def test_links_of_strangers_are_web_addresses_or_none() -> None:
    assert to_alert(FIRING, "1", 1).link == "http://p/graph"
    assert to_alert(replace(FIRING, generator_url="javascript:alert(1)"), "1", 1).link == ""
    bare = to_alert(replace(FIRING, labels={"x": "y"}, annotations={}), "1", 1)
    assert (bare.title, bare.sentence, bare.service) == ("alert without a name", "x y", "")


def test_a_storm_is_taken_in_batches_and_counted_as_one(house: Any, count_transactions: Any) -> None:
    before = count_transactions()
    assert take(house, *(replace(FIRING, fingerprint=f"f{n}") for n in range(401)), FIRING) == (401, 1)
    assert count_transactions() - before == 3
    assert len(house.alerts.firing()) == 401


def test_records_that_cannot_be_written_ask_for_another_try(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> bool:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr("evenkeel.act.alerts.records.save_received", busy)
    with pytest.raises(OverloadedError, match="not everything was taken"):
        take(house, FIRING)
    assert house.alerts.list() == []
