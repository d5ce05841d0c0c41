"""Evaluations from the draw to the result: blind, leased, kept for ever, corrected beside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.judge.evaluations.drawing import Wish
from evenkeel.judge.evaluations.model import LEASE_US, USUAL, Dimension, Texts
from evenkeel.judge.evaluations.results import measure_question
from evenkeel.judge.evaluations.verdicts import JudgeVerdict, save_verdicts
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.trail import trail
from evenkeel.testing.feeder import NOON_US


def rate_all(panel: Any, own: str, rater: str, said: str = "yes") -> int:
    """Rate whatever comes; answers how many came."""
    seen = 0
    while (shown := panel.evaluations.next(own, rater, rater)) is not None:
        panel.evaluations.rate(own, shown.item.id, rater, {"relevant": said})
        seen += 1
    return seen


def test_the_same_seed_draws_the_same_answers_and_another_one_others(panel: Any) -> None:
    panel.answer(200)
    drawn = [
        {item.event_id for item in panel.evaluations.get(panel.evaluations.create(panel.new(seed=seed), "jo").id).items}
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 10


def test_an_answer_is_shown_by_its_texts_and_its_name_tells_nothing(panel: Any) -> None:
    ids = panel.answer(20)
    own = panel.evaluations.create(panel.new(), "jo").id
    shown = panel.evaluations.next(own, "jo", "jo")
    assert shown.texts.answer.startswith("Answer ")
    assert shown.item.id not in ids
    assert shown.item.event_id.replace("-", "") in ids


def test_two_people_get_different_answers_and_one_that_two_rate_goes_to_both(panel: Any) -> None:
    panel.answer(20)
    own = panel.evaluations.create(panel.new(wish=Wish(answers=10, twice=0.2)), "jo").id
    first, second = (panel.evaluations.next(own, rater, rater) for rater in ("jo", "bo"))
    assert (first.item.id != second.item.id) or first.item.raters == 2
    assert rate_all(panel, own, "jo") + rate_all(panel, own, "bo") == 12
    assert panel.evaluations.next(own, "cy", "cy") is None
    standing = panel.evaluations.get(own)
    assert (standing.progress.rated, standing.progress.left) == (10, 0)
    assert measure_question(standing.evaluation, USUAL[0], standing.items, standing.ratings).twice == 2


def test_a_lease_that_ran_out_goes_to_the_next_one_who_asks(panel: Any) -> None:
    panel.answer(1)
    own = panel.evaluations.create(panel.new(), "jo").id
    held = panel.evaluations.next(own, "jo", "jo").item.id
    assert panel.evaluations.next(own, "bo", "bo") is None
    assert panel.evaluations.next(own, "jo", "jo").item.id == held  # whoever has it, sees it again
    panel.clock.advance(LEASE_US / 1e6 + 1)
    assert panel.evaluations.next(own, "bo", "bo").item.id == held


def test_what_is_not_before_somebody_cannot_be_rated_by_them(panel: Any) -> None:
    panel.answer(5)
    own = panel.evaluations.create(panel.new(), "jo").id
    item = panel.evaluations.next(own, "jo", "jo").item.id
    with pytest.raises(ConflictError, match="not before you"):
        panel.evaluations.rate(own, item, "bo", {"relevant": "yes"})
    with pytest.raises(NotFoundError):
        panel.evaluations.show(own, item, "bo", "bo")
    with pytest.raises(InvalidInputError, match="relevant is not answered"):
        panel.evaluations.rate(own, item, "jo", {})
    with pytest.raises(InvalidInputError, match="Nobody asked 'tone' here"):
        panel.evaluations.rate(own, item, "jo", {"relevant": "yes", "tone": "5"})


def test_a_rating_is_an_event_and_what_cannot_be_journaled_is_not_kept(panel: Any) -> None:
    panel.answer(5)
    own = panel.evaluations.create(panel.new(), "jo").id
    shown = panel.evaluations.next(own, "jo", "jo")
    panel.failing = True
    with pytest.raises(OSError, match="no space"):
        panel.evaluations.rate(own, shown.item.id, "jo", {"relevant": "no"})
    assert panel.evaluations.get(own).ratings == []
    panel.failing = False
    for said in ("no", "yes"):
        panel.evaluations.rate(own, shown.item.id, "jo", {"relevant": said})
    first, second = (batch.columns for batch in panel.emitted)
    assert (first["kind"], first["label"], first["value"]) == (["review"], ["no"], [0.0])
    assert first["subject"] == [shown.item.event_id]
    assert first["event_id"] != second["event_id"]  # the correction is another event


def test_texts_that_are_kept_no_longer_cost_the_answer_and_are_counted(panel: Any) -> None:
    panel.answer(10)
    own = panel.evaluations.create(panel.new(), "jo").id
    panel.clock.advance(40 * US_PER_DAY / 1e6)
    panel.telemetry.apply_retention({"events": 30}, panel.clock.now_us())
    assert panel.evaluations.next(own, "jo", "jo") is None
    progress = panel.evaluations.get(own).progress
    assert (progress.lost, progress.left) == (10, 0)


def test_uploaded_answers_are_rated_and_erased_when_it_closes_or_in_time(panel: Any) -> None:
    lines = '{"prompt": "p", "contexts": ["c"], "answer": "a", "version": "7"}\n{"answer": "b"}'
    one, other = (panel.evaluations.create(panel.new(upload=lines), "jo").id for _ in range(2))
    shown = panel.evaluations.next(one, "jo", "jo")
    assert shown.texts in (Texts("a", "p", ("c",)), Texts("b"))
    panel.evaluations.close(one, "jo")
    with pytest.raises(ConflictError, match="is closed"):
        panel.evaluations.next(one, "jo", "jo")
    assert panel.evaluations.forget(NOON_US + 1) == 2  # those of the other one
    assert panel.evaluations.next(other, "jo", "jo") is None
    assert panel.evaluations.get(other).progress.lost == 2


def test_how_far_each_is_is_kept_with_every_change(panel: Any) -> None:
    panel.answer(20)
    lines = '{"prompt": "p", "answer": "a"}\n{"answer": "b"}'
    own = panel.evaluations.create(panel.new(wish=Wish(answers=10, twice=0.2)), "jo").id
    gone = panel.evaluations.create(panel.new(upload=lines), "jo").id
    for rater, wanted in (("jo", 6), ("bo", 3)):
        for _ in range(wanted):
            item = panel.evaluations.next(own, rater, rater).item.id
            panel.evaluations.rate(own, item, rater, {"relevant": "yes"})
    panel.evaluations.rate(own, item, "bo", {"relevant": "no"})  # a correction is no further rating
    panel.evaluations.skip(own, panel.evaluations.next(own, "jo", "jo").item.id, "jo", "cannot tell")
    panel.evaluations.forget(NOON_US + 1)
    panel.evaluations.next(gone, "jo", "jo")
    listed = {evaluation.id: progress for evaluation, progress in panel.evaluations.list()}
    assert listed == {each: panel.evaluations.get(each).progress for each in (own, gone)}
    assert listed[gone].lost == 2


def test_that_an_answer_was_shown_is_in_the_audit_trail_once(panel: Any) -> None:
    panel.answer(5)
    own = panel.evaluations.create(panel.new(), "jo").id
    for _ in range(3):
        panel.evaluations.next(own, "bo", "bo")
    rows = [(row["actor"], row["action"]) for row in trail.latest(panel.records)]
    assert rows == [("bo", "evaluation.show"), ("jo", "evaluation.create")]


def test_answers_are_divided_by_a_judges_verdicts_and_by_what_it_failed_on(panel: Any) -> None:
    panel.answer(40)
    found = panel.evaluations.plan(panel.new()).candidates
    verdicts = ["flagged"] * 12 + ["passed"] * 20 + ["failed"] * 4
    with panel.records.transaction() as connection:
        save_verdicts(
            connection,
            [
                JudgeVerdict("g", each.id, "1", "m", "production", "bot", each.version, each.at_us, NOON_US, verdict)
                for each, verdict in zip(found, verdicts, strict=False)
            ],
        )
    wish = Wish(answers=30, by=(Dimension.JUDGE,))
    own = panel.evaluations.create(panel.new(judge="g", wish=wish), "jo")
    assert {each.name: (each.answers, each.verdict) for each in own.strata} == {
        "flagged": (12, "flagged"), "passed": (20, "passed"), "failed": (4, "failed"), "not judged": (4, ""),
    }  # fmt: skip
    with pytest.raises(InvalidInputError, match="No judge has looked"):
        panel.evaluations.plan(panel.new(judge="other", wish=wish))


def test_what_cannot_be_asked_is_told(panel: Any) -> None:
    with pytest.raises(InvalidInputError, match="has its texts stored"):
        panel.evaluations.create(panel.new(), "jo")
    panel.answer(5)
    for wrong in ({"title": " "}, {"questions": ()}, {"questions": USUAL[:1] * 2}):
        with pytest.raises(InvalidInputError):
            panel.evaluations.create(panel.new(**wrong), "jo")
    with pytest.raises(NotFoundError, match="no evaluation 'none'"):
        panel.evaluations.get("none")


def test_the_check_of_grounding_divides_answers_and_leaves_out_those_without_contexts(panel: Any) -> None:
    panel.answer(30)
    with pytest.raises(InvalidInputError, match="None of these answers has contexts"):
        panel.evaluations.create(panel.new(judge="grounding", wish=Wish(answers=20, by=(Dimension.JUDGE,))), "jo")
    for answer in ("The warranty lasts two years.", "Penguins swim quickly beneath Antarctic glaciers."):
        texts = {"gen_ai.prompt": "How long?", "gen_ai.completion": answer}
        contexts = {"retrieval.documents.0.document.content": "The warranty lasts two years."}
        panel.answer(15, attributes=json.dumps(texts | contexts))
    made = panel.evaluations.create(panel.new(judge="grounding", wish=Wish(answers=20, by=(Dimension.JUDGE,))), "jo")
    assert {each.verdict: each.answers for each in made.strata} == {"flagged": 15, "passed": 15}


def test_a_rating_whose_record_failed_is_the_same_event_when_it_is_sent_again(panel: Any) -> None:
    """It was journaled before its record was lost: stored once, as events of the same id and time are."""
    panel.answer(5)
    own = panel.evaluations.create(panel.new(), "jo").id
    shown = panel.evaluations.next(own, "jo", "jo")
    panel.lost = True
    with pytest.raises(OSError, match="connection is lost"):
        panel.evaluations.rate(own, shown.item.id, "jo", {"relevant": "no"})
    panel.lost = False
    panel.clock.advance(2.0)
    panel.evaluations.rate(own, shown.item.id, "jo", {"relevant": "no"})
    first, second = (batch.row(0) for batch in panel.emitted)
    assert (first["event_id"], first["at"]) == (second["event_id"], second["at"])
    panel.clock.advance(2.0)
    panel.evaluations.rate(own, shown.item.id, "jo", {"relevant": "no"})
    assert panel.emitted[2].row(0)["at"] > first["at"]
