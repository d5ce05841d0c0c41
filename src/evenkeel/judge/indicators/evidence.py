"""What an estimator is given: the circumstances of a window, apart from the counts themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.kernel.estimate import Estimate, Evidence, Need
from evenkeel.kernel.stats.clusters import TIME_HITS_MIN
from evenkeel.kernel.stats.shares import ShareBounds, share_bounds
from evenkeel.kernel.time import Window


@dataclass(frozen=True, slots=True)
class Circumstances:
    """A window, when it was looked at, how much of it was heard, and what its bounds may err."""

    window: Window
    as_of_us: int
    watermark_us: int  # everything acknowledged before this is in
    coverage: float  # share of the window in which the service was heard from
    alpha_low: float  # chance that the bound which proves a breach is wrong
    alpha_high: float  # chance that the bound which proves an ok is wrong
    evidence: Evidence
    reasons: tuple[str, ...] = ()

    def bounds(self, total: Sequence[float], bad: Sequence[float], *, by: str) -> ShareBounds:
        """Bounds of the share of bad ones in clusters that are callers, minutes or hours (`by`)."""
        hits_min = 1 if by == "caller" else TIME_HITS_MIN
        return share_bounds(total, bad, alpha_low=self.alpha_low, alpha_high=self.alpha_high, hits_min=hits_min)

    def missing(self, seen: float) -> float:
        """How many more there would have been, had the whole window been heard, given `seen`.

        At least one when anything is missing at all: a hole is never worth nothing.
        """
        if self.coverage >= 1.0:
            return 0.0
        if self.coverage <= 0.0:
            return max(1.0, seen)
        return max(1.0, seen * (1.0 / self.coverage - 1.0))

    def unknown(self, unit: str, method: str) -> Estimate:
        """The estimate of what there is nothing to compute from; bounds in `unit`, which exclude nothing."""
        return Estimate(
            value=None,
            unit=unit,
            low=0.0,
            high=math.inf,
            level_low=1 - self.alpha_low,
            level_high=1 - self.alpha_high,
            n=0,
            method=method,
            window=self.window,
            coverage=self.coverage,
            as_of_us=self.as_of_us,
            watermark_us=self.watermark_us,
            reasons=self.reasons,
            evidence=self.evidence,
        )

    def need(self, more: float, of: str, seen: float) -> Need:
        """`more` of something, and how long that takes at the rate of this window."""
        covered_s = self.window.seconds * self.coverage
        eta_s = more * covered_s / seen if seen > 0 and covered_s > 0 else None
        return Need(more=more, of=of, eta_s=eta_s)
