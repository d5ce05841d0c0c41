"""What people said to a question as trials: each rated answer with the weight of those it stands for. Pure.

Answers are drawn at random within parts, and the order in which they are shown tells nothing: those of a part that were
rated so far stand for all of the part. So a mean over answers, each with the weight `answers / rated` of its part, is
the post-stratified rate of `judge.quality.correction`, and the bounds that decide hold for it while people still rate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.judge.evaluations.model import VERDICTS, Evaluation, Item, Question, Rating
from evenkeel.judge.evaluations.results import correct_judge, measure_question, ratings_by_item, turned
from evenkeel.judge.quality.model import Figure
from evenkeel.judge.quality.sampling import EACH_MIN
from evenkeel.store.telemetry.trial_port import Trials


@dataclass(frozen=True, slots=True)
class LabelledRate:
    """The share of bad answers by people: `figure` as it is shown, `trials` that decide, labels still `missing`.

    `answers` is how many it is about.
    """

    figure: Figure
    trials: Trials
    missing: int
    answers: int


def rate_by_people(
    evaluation: Evaluation, question: Question, items: Sequence[Item], said: Sequence[Rating]
) -> LabelledRate:
    """The share of answers that people call bad; of those a judge's verdicts divide, the judge's rate set right.

    Ten labels of each verdict (of all, where no judge divides them) and one of each part must be there.
    """
    judge = correct_judge(evaluation, question, items, said)
    parts = {each.name: each.answers for each in evaluation.strata if judge is None or each.verdict in VERDICTS}
    values = ratings_by_item(question, said)
    rated = [item for item in items if item.id in values and item.stratum in parts]
    labelled = Counter(item.stratum for item in rated)
    pairs = [(parts[item.stratum] / labelled[item.stratum], _badness(question, values[item.id])) for item in rated]
    answers = sum(parts.values())
    if judge is not None:
        return LabelledRate(judge.corrected, _trials(pairs), judge.missing, answers)
    empty = sum(1 for name, there in parts.items() if there and not labelled[name])
    missing = max(min(EACH_MIN, answers) - len(pairs), empty)
    good = measure_question(evaluation, question, items, said).good
    return LabelledRate(turned(good), _trials(pairs), missing, answers)


def _badness(question: Question, values: Sequence[float]) -> float:
    """1 for an answer that is bad; one that two people disagree on counts one half."""
    return sum(not question.is_good(value) for value in values) / len(values)


def _trials(pairs: Sequence[tuple[float, float]]) -> Trials:
    return Trials(
        by="answer",
        total=[weight for weight, _ in pairs],
        bad=[weight * bad for weight, bad in pairs],
        rows=len(pairs),
        squares=sum(weight * weight for weight, _ in pairs),
    )
