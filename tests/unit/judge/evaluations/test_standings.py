"""How evaluations stand is read again only where something was said since."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.judge.evaluations.standings import TOLD_MAX, KnownStandings
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US

BOT = ServiceKey("production", "bot")
SINCE_US = NOON_US - 30 * US_PER_DAY


def test_what_nobody_added_to_is_not_read_again_and_what_somebody_did_is(panel: Any) -> None:
    panel.answer(20)
    first, second = (panel.evaluations.create(panel.new(seed=seed), "jo").id for seed in (1, 2))
    known = KnownStandings(panel.records)
    before = {each.evaluation.id: each for each in known.of(BOT, SINCE_US)}
    assert before.keys() == {first, second}
    shown = panel.evaluations.next(first, "jo", "jo")
    panel.evaluations.rate(first, shown.item.id, "jo", {"relevant": "yes"})
    again = {each.evaluation.id: each for each in known.of(BOT, SINCE_US)}
    assert again[second] is before[second]
    assert [len(each[first].ratings) for each in (before, again)] == [0, 1]
    panel.evaluations.rate(first, shown.item.id, "jo", {"relevant": "no"})  # a correction: nothing else changes
    assert [each.values for each in _of(known, first).ratings] == [{"relevant": 1.0}, {"relevant": 0.0}]
    panel.evaluations.close(first, "jo")
    assert not _of(known, first).evaluation.is_open


def test_an_answer_whose_texts_are_gone_is_read_again(panel: Any) -> None:
    panel.answer(3)
    own = panel.evaluations.create(panel.new(), "jo").id
    known = KnownStandings(panel.records)
    assert not any(item.lost for item in _of(known, own).items)
    panel.clock.advance(40 * US_PER_DAY / 1e6)
    panel.telemetry.apply_retention({"events": 30}, panel.clock.now_us())
    assert panel.evaluations.next(own, "jo", "jo") is None
    assert all(item.lost for item in _of(known, own).items)


def test_uploads_and_old_answers_take_no_place(panel: Any) -> None:
    panel.answer(20)
    own = panel.evaluations.create(panel.new(), "jo").id
    upload = json.dumps({"prompt": "Why?", "answer": "Because."})
    for _ in range(TOLD_MAX + 1):
        panel.evaluations.create(panel.new(upload=upload), "jo")
    known = KnownStandings(panel.records)
    assert [each.evaluation.id for each in known.of(BOT, SINCE_US)] == [own]
    assert known.of(BOT, NOON_US + US_PER_HOUR) == []
    assert known.of(ServiceKey("production", "other"), SINCE_US) == []


def test_those_of_a_time_that_is_over_are_told_however_many_came_after(panel: Any, monkeypatch: Any) -> None:
    panel.answer(20)
    monkeypatch.setattr("evenkeel.judge.evaluations.standings.TOLD_MAX", 2)
    early = Window(NOON_US - US_PER_HOUR, NOON_US - US_PER_HOUR // 2)
    own = panel.evaluations.create(panel.new(window=early), "jo").id
    panel.clock.advance(1)
    for seed in (2, 3, 4):
        panel.evaluations.create(panel.new(seed=seed), "jo")
    known = KnownStandings(panel.records)
    assert own not in [each.evaluation.id for each in known.of(BOT, SINCE_US)]
    assert [each.evaluation.id for each in known.of(BOT, SINCE_US, early.end_us)] == [own]


def _of(known: KnownStandings, own: str) -> Any:
    return next(each for each in known.of(BOT, SINCE_US) if each.evaluation.id == own)
