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


def mature_window(ages: Sequence[LabelAge], steps: int) -> Maturity:
    """Whether the labels of the youngest `steps` steps are here, by how they came to all predictions in `ages`.

    Only whole steps count: what a prediction is in the middle of is neither expected nor counted yet. Nothing is known
    until labels have been seen to stop coming, in a history at least as long as the window.

    >>> mature_window([], 24).state
    <State.EMPTY: 'empty'>
    """
    oldest = max((each.age for each in ages), default=0)
    observed, arrived, young = [0.0] * oldest, [0.0] * oldest, [0.0] * steps
    labels = 0.0
    for each in ages:
        has_come = each.delay is not None and each.delay < each.age
        for step in range(each.age):
            observed[step] += each.n
        if each.delay is not None and has_come:
            arrived[each.delay] += each.n
        if 0 < each.age <= steps:
            young[each.age - 1] += each.n
            labels += each.n if has_come else 0.0
    curve = learn_arrivals(observed, arrived)
    return judge_maturity(curve if curve is not None and _has_ended(curve, steps) else None, young, labels)


def _has_ended(curve: ArrivalCurve, steps: int) -> bool:
    """Whether labels are known to have stopped coming: of a service that is young, nobody knows how many will."""
    known = curve.labelled_ratio
    return len(known) >= steps and known[3 * len(known) // 4] >= MATURE_SHARE * known[-1]
