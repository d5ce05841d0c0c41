"""A window of a service's predictions: how good, of which classes and versions, and whether its labels are here.

A window a good part of whose labels is still to come is partial. What the labels at hand say is told beside that, and
is no verdict: early labels are seldom a fair sample (see `maturity`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evenkeel.judge.quality.classification import (
    CLASSES_MAX,
    Average,
    Confusion,
    Measure,
    accuracy,
    averaged,
    frequent_classes,
    of_class,
)
from evenkeel.judge.quality.maturity import MATURE_SHARE, ArrivalCurve, Maturity, judge_maturity, learn_arrivals
from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.kernel.stats.weights import Weight, share_design_effect
from evenkeel.store.telemetry.series import LabelAge, LabelPair


@dataclass(frozen=True, slots=True)
class WindowQuality:
    """What is known of one version, or of all together."""

    confusion: Confusion
    figures: Mapping[str, Figure]
    by_class: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict[str, Mapping[str, Figure]])

    @property
    def predictions(self) -> float:
        """With and without a truth."""
        return self.confusion.n + self.confusion.unlabelled


def measure_window(pairs: Sequence[LabelPair]) -> WindowQuality:
    """Accuracy, averages over classes, each class, and the shares of high and low confidence.

    >>> measure_window([]).figures["accuracy"].reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    confusion = confusion_of(pairs)
    figures = {"accuracy": accuracy(confusion)}
    figures |= {f"{Average.MACRO} {each}": averaged(confusion, each, Average.MACRO)[0] for each in Measure}
    scored = sum(pair.scored for pair in pairs)
    for name, part in (("confidence ≥ 0.8", "high"), ("confidence < 0.5", "low")):
        hits, deff = sum(getattr(pair, part) for pair in pairs), _confidence_design_effect(pairs, part)
        figures[name] = share(hits, scored, Reason.NO_ROWS, deff=deff)
    chosen = frequent_classes(confusion, CLASSES_MAX)
    by_class = {name: {each.value: of_class(confusion, each, name) for each in Measure} for name in chosen}
    return WindowQuality(confusion, figures, by_class)


def _confidence_design_effect(pairs: Sequence[LabelPair], part: str) -> float:
    """That of the share of predictions with high or low confidence."""
    hits, misses = Weight(), Weight()
    for pair in pairs:
        n, of_part = pair.scored, getattr(pair, part)
        squares = (n, of_part) if pair.squares is None else (pair.squares.scored, getattr(pair.squares, part))
        hits += Weight(of_part, squares[1])
        misses += Weight(n - of_part, squares[0] - squares[1])
    return share_design_effect(hits, misses)


def confusion_of(pairs: Sequence[LabelPair]) -> Confusion:
    """The counts of true and predicted classes."""
    counts: dict[tuple[str, str], float] = {}
    squares: dict[tuple[str, str], float] = {}
    unlabelled = 0.0
    for pair in pairs:
        if pair.truth is None:
            unlabelled += pair.n
        else:
            key = pair.truth, pair.predicted
            counts[key] = counts.get(key, 0.0) + pair.n
            squares[key] = squares.get(key, 0.0) + (pair.n if pair.squares is None else pair.squares.n)
    return Confusion(counts, unlabelled, squares={} if squares == counts else squares)


def mature_window(ages: Sequence[LabelAge], steps: int, *, skip: int = 0) -> Maturity:
    """Whether the labels of `steps` steps are here, by how they came to all predictions in `ages`.

    The youngest `skip` steps are left out. Only whole steps count: what a prediction is in the middle of is neither
    expected nor counted yet. Nothing is known until labels have been seen to stop coming, in a history at least as
    long as the window.

    >>> mature_window([], 24).state
    <State.EMPTY: 'empty'>
    """
    young = [0.0] * (skip + steps)
    labels = 0.0
    for each in ages:
        if skip < each.age <= skip + steps:
            young[each.age - 1] += each.n
            labels += each.n if each.delay is not None and each.delay < each.age else 0.0
    return judge_maturity(_arrivals(ages, steps), young, labels)


def mature_after(ages: Sequence[LabelAge], steps: int) -> int | None:
    """How old predictions are, in steps, when nearly all labels that ever come are here; None where nobody knows.

    `steps` is the length of the window that is to be judged: labels must have been seen to stop coming in a history
    at least that long.

    >>> old = [LabelAge(age=age, delay=2, n=10.0) for age in range(3, 99)]
    >>> mature_after([*old, LabelAge(age=1, delay=None, n=10.0), LabelAge(age=2, delay=None, n=10.0)], 24)
    3
    """
    curve = _arrivals(ages, steps)
    if curve is None or curve.labelled_ratio[-1] <= 0.0:
        return None
    enough = MATURE_SHARE * curve.labelled_ratio[-1]
    return next(age + 1 for age, share in enumerate(curve.labelled_ratio) if share >= enough)


def _arrivals(ages: Sequence[LabelAge], steps: int) -> ArrivalCurve | None:
    """How labels came to all predictions in `ages`; None where it is not known that they have stopped coming."""
    oldest = max((each.age for each in ages), default=0)
    observed, arrived = [0.0] * oldest, [0.0] * oldest
    for each in ages:
        for step in range(each.age):
            observed[step] += each.n
        if each.delay is not None and each.delay < each.age:
            arrived[each.delay] += each.n
    curve = learn_arrivals(observed, arrived)
    return curve if curve is not None and _has_ended(curve, steps) else None


def _has_ended(curve: ArrivalCurve, steps: int) -> bool:
    """Whether labels are known to have stopped coming: of a service that is young, nobody knows how many will."""
    known = curve.labelled_ratio
    return len(known) >= steps and known[3 * len(known) // 4] >= MATURE_SHARE * known[-1]
