from __future__ import annotations

from typing import Any

import pytest

from evenkeel.act.alerts.handling import AskedSilence
from evenkeel.act.alerts.matching import read_matcher
from evenkeel.judge.slo.model import Severity
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.store.trail import trail

BOT = (read_matcher("service=bot"),)


def actions(house: Any) -> list[tuple[str, str, str]]:
    return [(row["actor"], row["action"], row["reason"]) for row in trail.latest(house.records)]


def test_acknowledging_is_told_once_and_audited(house: Any) -> None:
    house.look(house.fire())
    (alert,) = house.alerts.firing()
    for _ in range(2):
        seen = house.alerts.handling.acknowledge(alert.id, house.by("on it"))
    assert (seen.acknowledged_by, seen.acknowledged_at_us) == ("ada", house.clock.now_us())
    assert house.said == ["trigger", "acknowledge"]
    assert house.messages[0].dedup_key == house.messages[1].dedup_key
    assert actions(house) == [("ada", "alert.acknowledge", "on it")]
    assert house.history(alert.id) == ["opened", "told", "acknowledged"]
    house.look(house.fire())
    assert house.alerts.firing()[0].acknowledged_by == "ada"
    house.alerts.handling.unacknowledge(alert.id, house.by())
    house.alerts.handling.unacknowledge(alert.id, house.by())
    assert house.said == ["trigger", "acknowledge", "trigger"]
    assert house.alerts.firing()[0].acknowledged_at_us is None


def test_what_was_told_together_is_acknowledged_together(house: Any) -> None:
    pages = [house.fire(house.rule(name=name)) for name in ("threshold", "burn-1h-5m")]
    ticket = house.fire(house.rule("latency_p95"), severity=Severity.TICKET)
    house.look(*pages, ticket)
    (first, *_) = [alert for alert in house.alerts.firing() if alert.severity == "page"]
    said = len(house.said)
    house.alerts.handling.acknowledge(first.id, house.by("on it"))
    assert {alert.severity: alert.acknowledged_by for alert in house.alerts.firing()} == {"page": "ada", "ticket": ""}
    assert house.said[said:] == ["acknowledge"]
    assert len(actions(house)) == 2
    house.alerts.handling.unacknowledge(first.id, house.by())
    assert all(not alert.acknowledged_by for alert in house.alerts.firing())


def test_what_is_silenced_is_not_acknowledged_with_what_it_was_told_with_before(house: Any) -> None:
    page, cost = house.fire(), house.fire(house.rule("cost"))
    house.look(page, cost)
    house.clear_for(62, page)  # the other ends, and fires again in a silence
    house.alerts.handling.silence(AskedSilence([read_matcher('objective="cost"')], 600), house.by("noisy"))
    house.look(page, cost)
    told = next(alert for alert in house.alerts.firing() if alert.objective == "error_rate")
    house.alerts.handling.acknowledge(told.id, house.by())
    said = len(house.said)
    house.look(page, cost, after_s=601)
    assert house.said[said:] == ["trigger"]
    assert house.messages[-1].dedup_key != house.messages[0].dedup_key


def test_what_is_over_cannot_be_acknowledged_but_commented(house: Any) -> None:
    house.look(house.fire())
    (alert,) = house.alerts.firing()
    house.clear_for(61)
    with pytest.raises(ConflictError, match="is over"):
        house.alerts.handling.acknowledge(alert.id, house.by())
    house.alerts.handling.comment(alert.id, house.by("it was the disk"))
    assert house.alerts.history(alert.id)[0].text == "it was the disk"
    with pytest.raises(InvalidInputError, match="needs a text"):
        house.alerts.handling.comment(alert.id, house.by(" "))
    with pytest.raises(NotFoundError, match="no alert"):
        house.alerts.handling.comment("x", house.by("y"))
    with pytest.raises(InvalidInputError, match="501 characters"):
        house.alerts.handling.comment(alert.id, house.by("y" * 501))


def test_an_acknowledgement_that_cannot_be_told_did_not_happen(house: Any) -> None:
    house.look(house.fire())
    (alert,) = house.alerts.firing()
    house.broken = True
    with pytest.raises(OSError, match="no room"):
        house.alerts.handling.acknowledge(alert.id, house.by())
    assert house.alerts.firing()[0].acknowledged_at_us is None
    assert actions(house) == []


def test_a_silence_needs_a_reason_and_a_length_and_can_be_ended(house: Any) -> None:
    handling = house.alerts.handling
    with pytest.raises(InvalidInputError, match="A silence needs a text"):
        handling.silence(AskedSilence(BOT, 600), house.by())
    for length in (59, 91 * 86_400):
        with pytest.raises(InvalidInputError, match="is not possible"):
            handling.silence(AskedSilence(BOT, length), house.by("why"))
    with pytest.raises(InvalidInputError, match="begins now or within 90 days"):
        handling.silence(AskedSilence(BOT, 600, starts_at_us=house.clock.now_us() - 1), house.by("why"))
    made = handling.silence(AskedSilence(BOT, 600), house.by("why"))
    assert [each.id for each in house.alerts.silences()] == [made.id]
    house.look(house.fire())
    assert house.said == []
    ended = handling.expire(made.id, house.by("done"))
    assert ended.ends_at_us == house.clock.now_us()
    assert handling.expire(made.id, house.by("again")) == ended
    assert house.alerts.silences() == []
    assert [each.id for each in house.alerts.silences(with_past=True)] == [made.id]
    house.look(house.fire())
    assert house.said == ["trigger"]
    assert actions(house) == [("ada", "silence.expire", "done"), ("ada", "silence.create", "why")]
    with pytest.raises(NotFoundError, match="no silence"):
        handling.expire("x", house.by())


def test_a_silence_to_come_begins_then_and_survives_a_restart(house: Any) -> None:
    asked = AskedSilence(BOT, 600, starts_at_us=house.clock.now_us() + 100_000_000)
    house.alerts.handling.silence(asked, house.by("release"))
    house.restart()
    house.look(house.fire())
    assert house.said == ["trigger"]
    house.look(house.fire(), after_s=100)
    assert house.alerts.firing()[0].quiet == "silenced by ada: release"
