"""Whether to train a model again: from what it got wrong, not from inputs that moved.

Inputs drift all the time, and most of it costs nothing: on ELEC2, an electricity market, "PSI > 0.2" asks for a
training in every single week. Two things are looked at instead, over the last weeks of labelled rows:

- accuracy, against what this model has while it is fresh, that is in the first stretch after each training;
- the share of positives, against what the scores promised. A model whose scores are off has something to learn that
  it does not know. Harder cases alone lower accuracy too, but leave scores right, and no training mends them.

Either speaks for training when it is material (`DROP_MIN`) and beyond `ERRORS_MIN` standard errors with stretches of
time (days) as the unit of evidence, for errors come in bursts. Whatever does not speak says why not.
What it saves and costs is measured by `python -m bench retraining_advice`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from evenkeel.judge.quality.maturity import State
from evenkeel.kernel.stats.binomial import Z_95

#: Points (of 1) that accuracy or the share of positives must be off by: the operating model's 3 to 5.
DROP_MIN: Final = 0.03
#: Standard errors beyond which a difference is not put down to chance: it is looked at every week, for years.
ERRORS_MIN: Final = 3.0
#: Stretches below which their scatter says too little.
STRETCHES_MIN: Final = 14


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of time, such as a day: labelled rows, how many were predicted rightly, how many were positive.

    `expected_positives` is the sum of the scores of the positive class; None for a model that gives none.
    """

    rows: float
    right: float
    positives: float = 0.0
    expected_positives: float | None = None


class Sign(StrEnum):
    """What may speak for training again."""

    ACCURACY_FELL = "accuracy_fell"
    SCORES_OFF = "scores_off"


class WhyNot(StrEnum):
    """Why a sign does not speak for it."""

    LABELS_MISSING = "labels_missing"  # the labels of the recent stretches have not arrived
    TOO_FEW = "too_few"  # too few stretches of time since the last training, or to compare with
    NO_SCORES = "no_scores"
    BETTER = "better"  # accuracy did not fall
    SMALL = "small"  # smaller than what matters
    CHANCE = "chance"  # within what chance does


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign: the difference in points of 1 with its 95 % interval, and why it does not speak; None where it does.

    A fall of accuracy is above 0; so is a share of positives above what scores promised.
    """

    sign: Sign
    value: float | None
    low: float | None
    high: float | None
    why_not: WhyNot | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether to train again, and what was found of each sign."""

    retrain: bool
    findings: tuple[Finding, ...]


def advise_retraining(fresh: Sequence[Stretch], recent: Sequence[Stretch], labels: State = State.MATURE) -> Advice:
    """Whether a model should be trained again, from stretches when it was fresh and the most recent ones.

    `recent` lie after the last training; `labels` says how far their labels are.

    >>> good, bad = [Stretch(48, 38, 20, 20.5)] * 20, [Stretch(48, 30, 28, 20.0)] * 20
    >>> advice = advise_retraining(good, bad)
    >>> advice.retrain
    True
    >>> print(advice.findings[0].sentence)
    Accuracy is 62.5 %, 16.7 points less than while the model is fresh (95 %: 16.7 to 16.7).
    >>> advise_retraining(good, good).findings[0].why_not
    <WhyNot.SMALL: 'small'>
    """
    if labels is not State.MATURE:
        said = f"The labels of the recent rows are {labels.value}: nothing is concluded from them."
        findings = tuple(Finding(sign, None, None, None, WhyNot.LABELS_MISSING, said) for sign in Sign)
    else:
        held = [each for each in recent if each.rows > 0]
        findings = (_accuracy([each for each in fresh if each.rows > 0], held), _scores(held))
    return Advice(any(each.why_not is None for each in findings), findings)


def _accuracy(fresh: Sequence[Stretch], recent: Sequence[Stretch]) -> Finding:
    sign = Sign.ACCURACY_FELL
    if min(len(fresh), len(recent)) < STRETCHES_MIN:
        return _too_few(sign, min(len(fresh), len(recent)))
    before, before_error = _ratio([each.right for each in fresh], fresh)
    now, now_error = _ratio([each.right for each in recent], recent)
    fall, error = before - now, math.hypot(before_error, now_error)
    low, high = fall - Z_95 * error, fall + Z_95 * error
    why_not = WhyNot.BETTER if fall < 0 else _why_not(fall, error)
    word = "less" if fall >= 0 else "more"
    bounds = (low, high) if fall >= 0 else (-high, -low)
    said = f"Accuracy is {100 * now:.1f} %, {_points(fall)} points {word} than while the model is fresh"
    return Finding(sign, fall, low, high, why_not, f"{said} (95 %: {_span(bounds)}){_because(why_not)}.")


def _scores(recent: Sequence[Stretch]) -> Finding:
    sign = Sign.SCORES_OFF
    surplus = [each.positives - each.expected_positives for each in recent if each.expected_positives is not None]
    if len(surplus) < len(recent):
        return Finding(sign, None, None, None, WhyNot.NO_SCORES, "The model gives no scores that could be off.")
    if len(recent) < STRETCHES_MIN:
        return _too_few(sign, len(recent))
    off, error = _ratio(surplus, recent)
    low, high = off - Z_95 * error, off + Z_95 * error
    why_not = _why_not(abs(off), error)
    share, _ = _ratio([each.positives for each in recent], recent)
    word = "more" if off >= 0 else "less"
    bounds = (low, high) if off >= 0 else (-high, -low)
    said = f"{100 * share:.1f} % are positive, {_points(off)} points {word} than the scores say"
    return Finding(sign, off, low, high, why_not, f"{said} (95 %: {_span(bounds)}){_because(why_not)}.")


def _ratio(sums: Sequence[float], stretches: Sequence[Stretch]) -> tuple[float, float]:
    """(sum over rows, its standard error with stretches as clusters)."""
    top, rows = np.asarray(sums, dtype=float), np.array([each.rows for each in stretches])
    n, k = float(rows.sum()), rows.size
    ratio = float(top.sum()) / n
    return ratio, math.sqrt(float(((top - ratio * rows) ** 2).sum()) * k / (k - 1)) / n


def _why_not(size: float, error: float) -> WhyNot | None:
    if size < DROP_MIN:
        return WhyNot.SMALL
    return WhyNot.CHANCE if size <= ERRORS_MIN * error else None


def _too_few(sign: Sign, stretches: int) -> Finding:
    said = f"{stretches} stretches of time with labels; {STRETCHES_MIN} are needed on each side."
    return Finding(sign, None, None, None, WhyNot.TOO_FEW, said)


def _points(value: float) -> str:
    return f"{100 * abs(value):.1f}"


def _span(bounds: tuple[float, float]) -> str:
    return f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"


def _because(why_not: WhyNot | None) -> str:
    if why_not is WhyNot.SMALL:
        return f", which is less than the {100 * DROP_MIN:.0f} points that matter"
    return ", which may be chance" if why_not is WhyNot.CHANCE else ""
