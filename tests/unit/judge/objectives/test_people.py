"""What people say of answers as objectives: uncorrected it decides nothing, with enough labels their rate does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any

import pytest

from evenkeel.judge.evaluations.model import FLAGGED, PASSED, USUAL, Evaluation, Item, Rating, Stratum
from evenkeel.judge.evaluations.service import Standing
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessors import plain_assessors
from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import ObjectiveVerdict, WindowName
from evenkeel.judge.objectives.people import people_assessor
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE
from evenkeel.kernel.verdict import Status
from evenkeel.testing.feeder import NOON_US, Feeder

QUESTIONS = {each.name: each for each in USUAL}
Labels = tuple[str, int, int, int]  # a verdict; answers, of them labelled, of them bad


def stand(question: str, *labels: Labels, days_ago: float = 1.0) -> Standing:
    """An evaluation of a day's answers, which ended some time ago."""
    end_us = NOON_US - int(days_ago * US_PER_DAY)
    items = [Item(f"{name}-{n}", n, name, 1) for name, _, labelled, _ in labels for n in range(labelled)]
    bad = {f"{name}-{n}" for name, _, _, wrong in labels for n in range(wrong)}
    said = [Rating(item.id, item.id, "jo", NOON_US, {question: float(item.id not in bad)}) for item in items]
    strata = tuple(
        Stratum(name, there, labelled, name if name in (FLAGGED, PASSED) else "") for name, there, labelled, _ in labels
    )
    evaluation = Evaluation(
        "e1", "production", "bot", "t", (QUESTIONS[question],), strata, end_us - US_PER_DAY, end_us, NOON_US, "jo",
        found=sum(there for _, there, _, _ in labels), seed=1,
    )  # fmt: skip
    return Standing(evaluation, items, said)


Judge = Callable[..., ObjectiveVerdict | None]


@pytest.fixture
def judge(telemetry: Any, feeder: Feeder, bot: JudgedService) -> Judge:
    feeder.fold(
        *(
            feeder.event(at=NOON_US - n * US_PER_MINUTE, attributes=f'{{"evenkeel.grounding.unsupported":{marked}}}')
            for n, marked in zip(range(1, 201), cycle((1, 1, 0, 0, 0)), strict=False)
        )
    )

    def ask(name: str, found: Sequence[Standing] = ()) -> ObjectiveVerdict | None:
        people = people_assessor(
            lambda _, since_us, _until: [each for each in found if each.evaluation.end_us > since_us]
        )
        engine = ObjectiveEngine(telemetry, assessors={**plain_assessors(), Reads.PEOPLE: people})
        engine.set_services([bot])
        engine.judge(NOON_US)
        status = engine.service(bot.key, NOON_US)
        assert status is not None
        return next((each for each in status.verdicts if each.objective.name == name), None)

    return ask


def test_what_a_check_marks_is_told_and_decides_nothing(judge: Judge) -> None:
    found = judge("hallucination_rate")
    assert found is not None
    assert {name: each.status for name, each in found.by_window.items()} == dict.fromkeys(WindowName, Status.UNKNOWN)
    assert found.headline.reasons == ("uncorrected",)
    assert found.sentence == (
        "Hallucination rate: nothing to judge yet; target < 5 %. The check marks 40 % of 200 answers; how many are"
        " wrong, it cannot say. People have rated too few answers to tell. It takes about 20 more labels by people"
        " to say."
    )


@pytest.mark.parametrize(
    ("flagged_bad", "passed_bad", "expected"),
    [(0, 0, Status.OK), (90, 20, Status.BREACH), (25, 5, Status.UNKNOWN)],
)
def test_people_set_the_check_right_and_their_rate_decides(
    judge: Judge, flagged_bad: int, passed_bad: int, expected: Status
) -> None:
    standing = stand("grounded", (FLAGGED, 400, 100, flagged_bad), (PASSED, 1_600, 150, passed_bad))
    found = judge("hallucination_rate", [standing])
    assert found is not None
    estimate = found.by_window[WindowName.VERDICT].estimate
    assert found.by_window[WindowName.VERDICT].status is expected
    assert estimate.value == pytest.approx(0.2 * flagged_bad / 100 + 0.8 * passed_bad / 150)
    assert estimate.n == 250
    assert (estimate.shown_low or 0.0) <= (estimate.value or 0.0) <= (estimate.shown_high or 0.0)
    assert estimate.window.end_us == standing.evaluation.end_us
    assert estimate.evidence is not None
    assert estimate.evidence.query == "/evaluations/e1"
    assert found.by_window[WindowName.PAGE].status is Status.UNKNOWN  # of the last hour nobody has rated any


def test_a_few_labels_do_not_settle_it_and_how_many_are_missing_is_said(judge: Judge) -> None:
    found = judge("hallucination_rate", [stand("grounded", (FLAGGED, 400, 9, 9), (PASSED, 1_600, 4, 0))])
    assert found is not None
    assert found.headline.status is Status.UNKNOWN
    assert found.headline.needs is not None
    assert (found.headline.needs.more, found.headline.needs.of) == (7, "labels by people")


def test_labels_of_more_than_a_week_ago_say_nothing_of_now(judge: Judge) -> None:
    old = stand("grounded", (FLAGGED, 400, 100, 90), (PASSED, 1_600, 150, 20), days_ago=7.5)
    found = judge("hallucination_rate", [old])
    assert found is not None
    assert found.by_window[WindowName.VERDICT].status is Status.UNKNOWN


def test_an_evaluation_that_has_hardly_begun_does_not_hide_the_one_before(judge: Judge) -> None:
    done = stand("relevant", ("all", 1_000, 400, 200), days_ago=3)
    found = judge("relevance", [stand("relevant", ("all", 1_000, 2, 0)), done])
    assert found is not None
    assert found.headline.status is Status.BREACH
    assert found.headline.estimate.value == pytest.approx(0.5)


def test_relevance_is_judged_where_people_were_asked_for_it(judge: Judge) -> None:
    assert judge("relevance") is None
    found = judge("relevance", [stand("relevant", ("all", 1_000, 300, 18))])
    assert found is not None
    assert found.headline.status is Status.OK
    assert WindowName.PAGE not in found.by_window
