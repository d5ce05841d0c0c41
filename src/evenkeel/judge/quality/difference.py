"""Whether one version is better than another: the difference of each figure with its interval (SPEC OPS-2).

Both versions predicted different rows, so their figures are independent, and the interval of a difference follows in
closed form from those of its two figures (MOVER, `kernel.stats.mover`): it stays valid near 0 and 1. Who looks at
twelve measures would often find one that differs by chance, so none is called better unless its interval, widened for
how many there are (Bonferroni), does not hold 0. The interval that is told is the plain 95 % one.

It says that figures differ, not why: versions that were in use at different times may have had other cases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.judge.quality.advice import DROP_MIN
from evenkeel.judge.quality.model import LEVEL, Figure
from evenkeel.kernel.stats.mover import Bounded, difference
from evenkeel.kernel.stats.normal import one_sided_z, two_sided_z

#: Chance to see a difference that matters with as many rows as are said to be needed.
POWER: Final = 0.8
#: What matters of a figure that is no share, by the older version's value: the operating model's 5 %.
_RELATIVE_MIN: Final = 0.05
#: Figures of which less is better.
_LESS_IS_BETTER: Final = frozenset({"log loss", "Brier score", "calibration error", "RMSE", "MAE", "MAPE"})
#: Figures of which neither more nor less is better.
_NEITHER: Final = frozenset({"bias", "confidence ≥ 0.8", "confidence < 0.5"})
#: Figures that are not shares: of these a part of the older version's value matters, of bias nobody knows what.
_PLAIN: Final = frozenset({"log loss", "Brier score", "RMSE", "MAE", "MAPE", "bias"})


class Told(StrEnum):
    """What is said of a difference."""

    BETTER = "better"
    WORSE = "worse"
    HIGHER = "higher"  # of a figure of which neither more nor less is better
    LOWER = "lower"
    ALIKE = "alike"  # surely no difference that matters
    NOT_TOLD_APART = "not_told_apart"
    UNKNOWN = "unknown"  # one of the two has no interval


@dataclass(frozen=True, slots=True)
class Difference:
    """The newer version's figure less the older one's, with its 95 % interval, both in the unit of the measure.

    `needs` is how many rows more, of both versions together, would most likely show a difference that matters; None
    where that is not the question or nobody knows what matters.
    """

    measure: str
    value: float | None
    low: float | None
    high: float | None
    told: Told
    needs: int | None = None


def is_share(measure: str) -> bool:
    """Whether a measure is a share of rows, or an area of 0 to 1: its differences are told in points.

    >>> is_share("accuracy"), is_share("RMSE")
    (True, False)
    """
    return measure not in _PLAIN


def compare_versions(newer: Mapping[str, Figure], older: Mapping[str, Figure]) -> tuple[Difference, ...]:
    """The difference of each measure that both have, allowing for how many are looked at.

    >>> from evenkeel.judge.quality.model import Reason, share
    >>> def of(right): return {"accuracy": share(right, 2_000, Reason.NO_ROWS)}
    >>> found = compare_versions(of(1_800), of(1_700))[0]
    >>> found.told, round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (<Told.BETTER: 'better'>, 0.05, 0.03, 0.07)
    >>> compare_versions(of(1_702), of(1_700))[0].told
    <Told.ALIKE: 'alike'>
    """
    names = [name for name in newer if name in older]
    compared = {name: _bounds(newer[name], older[name]) for name in names}
    many = sum(each is not None for each in compared.values())
    return tuple(_judge(name, newer[name], older[name], many) for name in names)


def _bounds(newer: Figure, older: Figure) -> tuple[Bounded, Bounded] | None:
    found: list[Bounded] = []
    for figure in (newer, older):
        if figure.value is None or figure.low is None or figure.high is None:
            return None
        found.append(Bounded(figure.value, figure.low, figure.high))
    return found[0], found[1]


def _judge(name: str, newer: Figure, older: Figure, many: int) -> Difference:
    both = _bounds(newer, older)
    if both is None:
        value = None if newer.value is None or older.value is None else newer.value - older.value
        return Difference(name, value, None, None, Told.UNKNOWN)
    plain = difference(*both)
    z = two_sided_z(1.0 - (1.0 - LEVEL) / many)
    widened = z / two_sided_z(LEVEL)
    low = plain.value - widened * (plain.value - plain.low)
    high = plain.value + widened * (plain.high - plain.value)
    matters = _matters(name, both[1].value)
    told, needs = _tell(name, low, high), None
    if told is Told.NOT_TOLD_APART and matters is not None:
        if -matters < low and high < matters:
            told = Told.ALIKE
        else:
            error = max(plain.value - plain.low, plain.high - plain.value) / two_sided_z(LEVEL)
            times = ((z + one_sided_z(POWER)) * error / matters) ** 2
            needs = math.ceil((newer.n + older.n) * (times - 1.0)) if times > 1.0 else None
    return Difference(name, plain.value, plain.low, plain.high, told, needs)


def _tell(name: str, low: float, high: float) -> Told:
    if low <= 0.0 <= high:
        return Told.NOT_TOLD_APART
    is_more = low > 0.0
    if name in _NEITHER:
        return Told.HIGHER if is_more else Told.LOWER
    return Told.BETTER if is_more != (name in _LESS_IS_BETTER) else Told.WORSE


def _matters(name: str, older: float) -> float | None:
    """Which difference matters, in the unit of the measure."""
    if name not in _PLAIN:
        return DROP_MIN
    return None if name == "bias" or older == 0.0 else _RELATIVE_MIN * abs(older)
