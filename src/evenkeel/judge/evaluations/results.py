"""What people said, counted: the share of good answers with its interval, agreement, and a judge set right. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.evaluations.model import (
    FAILED,
    FLAGGED,
    PASSED,
    RATERS_MAX,
    VERDICTS,
    Evaluation,
    Item,
    Question,
    Rating,
    Scale,
    Stratum,
    newest_ratings,
)
from evenkeel.judge.quality.agreement import Scale as LabelScale
from evenkeel.judge.quality.agreement import krippendorff_alpha
from evenkeel.judge.quality.correction import Design, corrected_rate
from evenkeel.judge.quality.correction import Stratum as Labelled
from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.judge.quality.sampling import EACH_MIN
from evenkeel.kernel.stats.bounded_mean import mean_of_counts


@dataclass(frozen=True, slots=True)
class StratumResult:
    """One part: how many answers it has and how many were rated, and the share of these that is good."""

    name: str
    answers: int
    drawn: int
    rated: int
    good: Figure


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """What people said to one question. `mean` is on its scale, and None where it has only yes and no; of contexts it
    is their precision: the share of them that is relevant, over answers.
    """

    question: Question
    good: Figure
    mean: Figure | None
    said: Mapping[float, int]  # each rating, by what it was
    strata: tuple[StratumResult, ...]
    agreement: Figure
    twice: int  # answers that two people rated
    disagreed: int  # of these, those that one of them calls good and the other does not


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: answers drawn, rated, skipped by all who saw them, lost; and ratings still to come."""

    drawn: int
    rated: int
    skipped: int
    lost: int
    left: int


@dataclass(frozen=True, slots=True)
class JudgeResult:
    """A judge beside people: the share it flags, the share that is bad, and why these differ.

    `missing` are the labels that are still needed before there is a corrected rate. The two ratios are among labelled
    answers: flagged ones that are good, and passed ones that are bad.
    """

    judged: int
    failed: int
    flagged: Figure
    corrected: Figure
    missing: int
    flagged_good: Figure
    passed_bad: Figure


def measure_progress(items: Sequence[Item], ratings: Sequence[Rating]) -> Progress:
    """How far an evaluation is.

    >>> measure_progress([Item("a", 0, "all", 2)], [Rating("r", "a", "jo", 1, {"q": 1.0})])
    Progress(drawn=1, rated=1, skipped=0, lost=0, left=1)
    """
    rated, skipped = Counter[str](), Counter[str]()
    for rating in newest_ratings(list(ratings)):
        (skipped if rating.is_skip else rated)[rating.item] += 1
    left = 0
    for item in items:
        if not item.lost and skipped[item.id] < RATERS_MAX:
            left += max(0, item.raters - rated[item.id])
    return Progress(
        drawn=len(items),
        rated=sum(1 for item in items if rated[item.id]),
        skipped=sum(1 for item in items if skipped[item.id] and not rated[item.id]),
        lost=sum(item.lost for item in items),
        left=left,
    )


def measure_question(
    evaluation: Evaluation, question: Question, items: Sequence[Item], ratings: Sequence[Rating]
) -> QuestionResult:
    """What people said to one question, over all parts and in each.

    An answer that two people disagree on counts one half. Parts have the weight of the answers that were there, however
    many of them were drawn, and the interval is that of the traffic they are a sample of. While nothing is known of one
    part, there is no rate.
    """
    said = ratings_by_item(question, ratings)
    labelled = _labelled(evaluation.strata, question, items, said)
    bad = corrected_rate(labelled, Design.BY_VERDICT)
    if bad.value is not None and any(each.judged and not each.labelled for each in labelled.values()):
        bad = Figure.absent(Reason.TOO_FEW, bad.method, n=bad.n)
    values = Counter(value for each in said.values() for value in each)
    several = [each for each in said.values() if len(each) > 1]
    scale = LabelScale.NOMINAL if question.scale is Scale.YES_NO else LabelScale.ORDINAL
    return QuestionResult(
        question=question,
        good=turned(bad),
        mean=None if question.scale is Scale.YES_NO else _mean(evaluation.strata, items, said, _LIMITS[question.scale]),
        said=dict(sorted(values.items())),
        strata=tuple(_stratum(each, labelled[each.name]) for each in evaluation.strata),
        agreement=krippendorff_alpha(several, scale),
        twice=len(several),
        disagreed=sum(len({question.is_good(value) for value in each}) > 1 for each in several),
    )


def correct_judge(
    evaluation: Evaluation, question: Question, items: Sequence[Item], ratings: Sequence[Rating]
) -> JudgeResult | None:
    """The judge's rate set right by people; None where the answers were not divided by a judge's verdicts.

    There is no corrected rate before `EACH_MIN` labels of every verdict that the judge gave, and one of every part.
    """
    if not any(stratum.verdict in VERDICTS for stratum in evaluation.strata):
        return None
    labelled = _labelled(evaluation.strata, question, items, ratings_by_item(question, ratings))
    by_verdict = {verdict: Labelled(0) for verdict in VERDICTS}
    for stratum in evaluation.strata:
        if stratum.verdict in VERDICTS:
            one, other = by_verdict[stratum.verdict], labelled[stratum.name]
            by_verdict[stratum.verdict] = Labelled(
                one.judged + other.judged, one.labelled + other.labelled, one.bad + other.bad
            )
    missing = int(sum(max(0, min(EACH_MIN, each.judged) - each.labelled) for each in by_verdict.values()))
    among = {name: each for name, each in labelled.items() if _verdict(evaluation, name) in VERDICTS}
    missing = max(missing, sum(1 for each in among.values() if each.judged and not each.labelled))
    judged = int(by_verdict[FLAGGED].judged + by_verdict[PASSED].judged)
    corrected = corrected_rate(among, Design.BY_VERDICT)
    if missing and corrected.value is not None:
        corrected = Figure.absent(Reason.TOO_FEW, corrected.method, n=corrected.n)
    flagged, passed = by_verdict[FLAGGED], by_verdict[PASSED]
    return JudgeResult(
        judged=judged,
        failed=int(by_verdict[FAILED].judged),
        flagged=share(flagged.judged, judged, Reason.NO_ROWS),
        corrected=corrected,
        missing=missing,
        flagged_good=share(flagged.labelled - flagged.bad, flagged.labelled, Reason.NO_LABELS),
        passed_bad=share(passed.bad, passed.labelled, Reason.NO_LABELS),
    )


def count_raters(ratings: Sequence[Rating]) -> dict[str, tuple[int, int]]:
    """(answers rated, answers skipped) by person.

    >>> count_raters([Rating("r", "a", "jo", 1, {"q": 1.0}), Rating("s", "b", "jo", 2)])
    {'jo': (1, 1)}
    """
    found: dict[str, tuple[int, int]] = {}
    for rating in newest_ratings(list(ratings)):
        rated, skipped = found.get(rating.rater, (0, 0))
        found[rating.rater] = (rated + (not rating.is_skip), skipped + rating.is_skip)
    return dict(sorted(found.items()))


def _verdict(evaluation: Evaluation, name: str) -> str:
    return next(stratum.verdict for stratum in evaluation.strata if stratum.name == name)


def ratings_by_item(question: Question, ratings: Sequence[Rating]) -> dict[str, list[float]]:
    """What people said to a question of each answer that anybody rated."""
    found: dict[str, list[float]] = {}
    for rating in newest_ratings(list(ratings)):
        if question.name in rating.values:
            found.setdefault(rating.item, []).append(rating.values[question.name])
    return found


def _labelled(
    strata: Sequence[Stratum], question: Question, items: Sequence[Item], said: Mapping[str, Sequence[float]]
) -> dict[str, Labelled]:
    counted: dict[str, tuple[int, float]] = {}
    for item in items:
        if item.id in said:
            values = said[item.id]
            rated, bad = counted.get(item.stratum, (0, 0.0))
            worse = sum(not question.is_good(value) for value in values) / len(values)
            counted[item.stratum] = (rated + 1, bad + worse)
    return {each.name: Labelled(each.answers, *counted.get(each.name, (0, 0.0))) for each in strata}


def _stratum(stratum: Stratum, labelled: Labelled) -> StratumResult:
    good = share(labelled.labelled - labelled.bad, labelled.labelled, Reason.NO_LABELS)
    return StratumResult(stratum.name, stratum.answers, stratum.drawn, int(labelled.labelled), good)


def turned(bad: Figure) -> Figure:
    """The share of good answers, of that of bad ones, and the other way round."""
    if bad.value is None or bad.low is None or bad.high is None:
        return bad
    return Figure(1.0 - bad.value, 1.0 - bad.high, 1.0 - bad.low, bad.n, bad.method, bad.reason)


#: The ends of the scales that have a mean.
_LIMITS: Final = {Scale.ONE_TO_FIVE: (1.0, 5.0), Scale.CONTEXTS: (0.0, 1.0)}


def _mean(
    strata: Sequence[Stratum], items: Sequence[Item], said: Mapping[str, Sequence[float]], limits: tuple[float, float]
) -> Figure:
    """The mean of what was said, each part with the weight of its answers; intervals of parts joined by MOVER.

    Two ratings of one answer count as their mean, so that each answer counts once.
    """
    method = "mean on a scale, Wilson at its effective number, parts by MOVER"
    by_part: dict[str, Counter[float]] = {stratum.name: Counter() for stratum in strata if stratum.answers}
    for item in items:
        if item.id in said:
            by_part[item.stratum][sum(said[item.id]) / len(said[item.id])] += 1
    n = sum(sum(values.values()) for values in by_part.values())
    if n == 0:
        return Figure.absent(Reason.NO_LABELS, method)
    if not all(by_part.values()):
        return Figure.absent(Reason.TOO_FEW, method, n=n)
    total = sum(stratum.answers for stratum in strata)
    value = below = above = 0.0
    for stratum in strata:
        if stratum.answers:
            mean, low, high = mean_of_counts(by_part[stratum.name], limits)
            weight = stratum.answers / total
            value += weight * mean
            below, above = math.hypot(below, weight * (mean - low)), math.hypot(above, weight * (high - mean))
    return Figure(value, max(limits[0], value - below), min(limits[1], value + above), n, method)
