"""Rates from a judge, corrected by labels of people: what the intervals cover, and how wide they are.

A judge misses 20 % of bad answers and flags 5 % of good ones; 2,000 are judged, 100 labelled. Beside the corrected
interval: Jeffreys' and Wilson's of the labels alone, and Wald's of the same estimate. With enriched labelling 35 of
the 100 labels come from flagged answers; the labels alone are wrong then.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from bench.report import Row

from evenkeel.judge.quality.correction import Design, JudgeAccuracy, Stratum, corrected_rate, rate_by_accuracy
from evenkeel.kernel.stats.binomial import Z_95, wilson_interval
from evenkeel.kernel.stats.jeffreys import jeffreys_interval

HEADING = "Rates from a judge (misses 20 %, flags 5 % wrongly): coverage and width of 95 % intervals"
RATES = (0.02, 0.05, 0.10, 0.20)
MISSED, FLAGGED_WRONGLY = 0.2, 0.05
JUDGED, LABELLED, ENRICHED = 2_000, 100, 35
RUNS = 10_000
SEED = 20261129

_jeffreys = lru_cache(maxsize=None)(jeffreys_interval)
_wilson = lru_cache(maxsize=None)(wilson_interval)


@dataclass
class Tally:
    """Intervals of one method."""

    covered: int = 0
    widths: list[float] = field(default_factory=list[float])

    def add(self, low: float, high: float, true: float) -> float:
        """Its width."""
        self.covered += low <= true <= high
        self.widths.append(high - low)
        return high - low

    def row(self, what: str, required: float | None = None, beside: str = "") -> Row:
        """Its coverage, with its mean width beside it."""
        width = f"mean width {100 * statistics.fmean(self.widths):.2f} points"
        return Row(what, 100 * self.covered / len(self.widths), "% covered", required, beside=f"{width}{beside}")


def measure(*, full: bool = False) -> Sequence[Row]:
    """Labels drawn from all first, then enriched, then no labels of the window's own."""
    runs = 3 * RUNS if full else RUNS
    rows: list[Row] = []
    for rate in RATES:
        rows += _random_labels(rate, runs)
        rows.append(_enriched(rate, runs))
        rows.append(_pooled(rate, runs))
    return rows


def _judged(chance: np.random.Generator, rate: float) -> tuple[int, int, int, int]:
    """Flagged bad ones, flagged good ones, passed bad ones, passed good ones."""
    bad = int(chance.binomial(JUDGED, rate))
    caught, wronged = int(chance.binomial(bad, 1 - MISSED)), int(chance.binomial(JUDGED - bad, FLAGGED_WRONGLY))
    return caught, wronged, bad - caught, JUDGED - bad - wronged


def _labelled(chance: np.random.Generator, bad: int, good: int, n: int) -> Stratum:
    n = min(n, bad + good)
    return Stratum(bad + good, n, int(chance.hypergeometric(bad, good, n)) if n else 0)


def _random_labels(rate: float, runs: int) -> list[Row]:
    chance = np.random.default_rng(SEED)
    ours, jeffreys, wilson, wald = Tally(), Tally(), Tally(), Tally()
    ratios: list[float] = []
    for _ in range(runs):
        caught, wronged, missed, right = _judged(chance, rate)
        of_flagged = int(chance.hypergeometric(caught + wronged, missed + right, LABELLED))
        strata = {
            "flagged": _labelled(chance, caught, wronged, of_flagged),
            "passed": _labelled(chance, missed, right, LABELLED - of_flagged),
        }
        figure = corrected_rate(strata, Design.RANDOM)
        width = ours.add(figure.low or 0.0, figure.high or 0.0, rate)
        bad = int(sum(stratum.bad for stratum in strata.values()))
        ratios.append(width / jeffreys.add(*_jeffreys(bad, LABELLED), rate))
        wilson.add(*_wilson(bad, LABELLED), rate)
        wald.add(*_wald(strata), rate)
    about = f"rate {100 * rate:g} %"
    beside = f", × Jeffreys of the labels alone: median {statistics.median(ratios):.2f}"
    return [
        ours.row(f"{about}: corrected", 94.0, beside),
        Row(f"{about}: widest, times that of the labels alone", max(ratios), "×", 1.05 + 1e-9, at_most=True),
        Row(f"{about}: median, times that of the labels alone", statistics.median(ratios), "×", 1.0, at_most=True),
        jeffreys.row(f"{about}: labels alone, Jeffreys"),
        wilson.row(f"{about}: labels alone, Wilson"),
        wald.row(f"{about}: the same estimate, Wald"),
    ]


def _wald(strata: dict[str, Stratum]) -> tuple[float, float]:
    value = variance = 0.0
    shares = [(each.judged / JUDGED, each.bad / each.labelled if each.labelled else 0.5) for each in strata.values()]
    for (weight, share), each in zip(shares, strata.values(), strict=True):
        value += weight * share
        variance += weight**2 * share * (1 - share) / max(1, each.labelled)
    variance += sum(weight * (share - value) ** 2 for weight, share in shares) / JUDGED
    half = Z_95 * math.sqrt(variance)
    return value - half, value + half


def _enriched(rate: float, runs: int) -> Row:
    chance = np.random.default_rng(SEED + 1)
    ours, alone = Tally(), Tally()
    for _ in range(runs):
        caught, wronged, missed, right = _judged(chance, rate)
        strata = {
            "flagged": _labelled(chance, caught, wronged, ENRICHED),
            "passed": _labelled(chance, missed, right, LABELLED - ENRICHED),
        }
        figure = corrected_rate(strata, Design.BY_VERDICT)
        ours.add(figure.low or 0.0, figure.high or 0.0, rate)
        alone.add(*_wilson(int(sum(stratum.bad for stratum in strata.values())), LABELLED), rate)
    beside = f"; the labels alone cover {100 * alone.covered / runs:.0f} %"
    return ours.row(f"rate {100 * rate:g} %: enriched, {ENRICHED} of {LABELLED} labels of flagged ones", 94.0, beside)


def _pooled(rate: float, runs: int) -> Row:
    chance = np.random.default_rng(SEED + 2)
    ours = Tally()
    for _ in range(runs):
        bad, good = int(chance.binomial(100, 1 - MISSED)), int(chance.binomial(900, FLAGGED_WRONGLY))
        caught, wronged, _, _ = _judged(chance, rate)
        figure = rate_by_accuracy(caught + wronged, JUDGED, JudgeAccuracy(bad, 100 - bad, good, 900 - good))
        ours.add(figure.low or 0.0, figure.high or 0.0, rate)
    return ours.row(f"rate {100 * rate:g} %: by sensitivity and specificity of 1,000 pooled labels", 94.0)
