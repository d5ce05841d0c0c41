"""Suspicion: something may have begun to fail. It marks a page, and never sends one.

The cumulative sum of Page (Biometrika 41, 1954) of the likelihood ratio between a share of bad ones of twice
the budget and one of 20 %, on counts divided by the design effect of their minute as the burn rules do. It is
quick (a share of 20 % is seen within minutes), and harmless blips set it off too: `bench/false_pages.py`
prints how often.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from evenkeel.judge.slo.burn import CORRELATION

#: Natural logarithm of the evidence at which a service is suspect.
SUSPECT_AT: Final = 10.0
BAD_RATIO: Final = 0.2


def cumulate(total: Sequence[float], bad: Sequence[float], budget_ratio: float, *, start: float = 0.0) -> float:
    """The cumulative sum after these minutes, beginning at `start`; never below 0.

    >>> cumulate([10.0, 10.0], [4.0, 4.0], 0.001) > SUSPECT_AT
    True
    >>> cumulate([1_000.0], [2.0], 0.001)
    0.0
    """
    usual, broken = min(2.0 * budget_ratio, 0.5 * BAD_RATIO), max(BAD_RATIO, min(0.9, 4.0 * budget_ratio))
    per_bad, per_good = math.log(broken / usual), math.log((1.0 - broken) / (1.0 - usual))
    level = start
    for count, failed in zip(total, bad, strict=True):
        alike = 1.0 + CORRELATION * max(0.0, count - 1.0)
        level = max(0.0, level + (failed * per_bad + (count - failed) * per_good) / alike)
    return level
