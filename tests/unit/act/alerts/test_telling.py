from __future__ import annotations

from typing import Any

from evenkeel.act.alerts.lifecycle import open_alert, see_clear
from evenkeel.act.alerts.telling import Quietness, decide_telling


def quietness(**reasons: str) -> Quietness:
    return Quietness((), lambda key, _at_us: reasons.get(key.service), 50)


def test_what_was_told_is_not_told_again(house: Any) -> None:
    alert = open_alert(house.fire(), "1", 10).alert
    first = decide_telling([alert], [], quietness())
    assert [message.event for message in first.messages] == ["trigger"]
    second = decide_telling(list(first.changed.values()), [], quietness())
    assert (second.changed, second.entries, second.messages) == ({}, [], [])


def test_what_is_clear_already_is_not_told_when_silence_ends(house: Any) -> None:
    alert = see_clear(open_alert(house.fire(), "1", 10).alert, 20).alert
    assert decide_telling([alert], [], quietness()).messages == []


def test_an_acknowledged_alert_is_not_told(house: Any) -> None:
    from dataclasses import replace

    seen = replace(open_alert(house.fire(), "1", 10).alert, acknowledged_at_us=1)
    assert decide_telling([seen], [], quietness()).messages == []


def test_a_reason_is_written_once(house: Any) -> None:
    alert = open_alert(house.fire(), "1", 10).alert
    hushed = decide_telling([alert], [], quietness(bot="move"))
    assert [entry.text for entry in hushed.entries] == ["Nobody is told: maintenance: move."]
    assert not decide_telling(list(hushed.changed.values()), [], quietness(bot="move")).changed
