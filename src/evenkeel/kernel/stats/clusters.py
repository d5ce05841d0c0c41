"""Bounds of a share when failures come in clusters: the bound that decides.

Requests do not fail independently: one caller retries, one bad minute takes all its requests along. So
the unit of evidence is a cluster i (a caller, a minute, an hour) with n_i requests of which k_i are bad.
Under the hypothesis that the true share is at most m, each cluster's expected number of bad requests is
at most m n_i, whatever happens inside it. Betting against that at stake L gives the wealth

    E(m) = prod over i of (1 + L (k_i - m n_i) / n_max),   0 <= L < 1/m

whose expectation is at most 1, so P(E >= 1/alpha) <= alpha at any one time by Markov, and at any time at
all, for a window whose start is fixed, by Ville (Shafer et al. 2011; Waudby-Smith and Ramdas 2024,
"Estimating means of bounded random variables by betting"). E is averaged over a grid of stakes; the lower
bound is the largest m that is refuted.

A single cluster can multiply the wealth by at most 1/m, so no single caller and no single minute ever
proves a breach of a small target. Where stretches of time are the clusters, one burst may lie across the
edge between two of them and count as both: there, a proof needs `TIME_HITS_MIN` clusters that fail. A caller
far busier than all others makes n_max large and the proof slower, never wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Stakes as shares of the largest possible one, 1/m, from bold to patient. The best one is about m n_max (1 - m/p)
#: for a true share p: with callers of one request each and m = 0.1 %, twice that is seen at a stake of 0.0005 only.
STAKES: Final = np.array([0.95 * 2.0**-power for power in range(16)])

#: Failing clusters that a proof needs where clusters are minutes or hours: one more than a burst can touch.
TIME_HITS_MIN: Final = 3

_BISECTIONS: Final = 40


def wealth(total: Sequence[float], bad: Sequence[float], share: float) -> float:
    """The logarithm of E(share): evidence that the true share is larger; above log(1/alpha) refutes it.

    >>> wealth([1.0] * 4, [1.0] * 4, 0.005) > math.log(1e6)
    True
    """
    counts, failed = _arrays(total, bad)
    if counts.size == 0:
        return 0.0
    return _log_wealth(counts, failed, _clean(counts, failed), share)


def lower_share(total: Sequence[float], bad: Sequence[float], alpha: float, *, hits_min: int = 1) -> float:
    """The largest share refuted at `alpha`; 0 when none is, or when fewer than `hits_min` clusters fail.

    >>> lower_share([10.0] * 100, [0.0] * 99 + [1.0], 1e-6)
    0.0
    >>> 0.05 < lower_share([10.0] * 100, [1.0] * 100, 1e-6) < 0.1
    True
    """
    counts, failed = _arrays(total, bad)
    bad_sum = float(failed.sum())
    if bad_sum <= 0.0 or np.count_nonzero(failed > 0.0) < hits_min:
        return 0.0
    clean = _clean(counts, failed)
    goal = -math.log(alpha)
    high = bad_sum / float(counts.sum())
    low = high * 1e-6
    if _log_wealth(counts, failed, clean, low) < goal:
        return 0.0
    for _ in range(_BISECTIONS):
        middle = math.sqrt(low * high)
        if _log_wealth(counts, failed, clean, middle) >= goal:
            low = middle
        else:
            high = middle
        if high - low <= 1e-6 * high:
            break
    return low


def design_effect(total: Sequence[float], bad: Sequence[float]) -> float:
    """How many times the variance of the share exceeds that of independent requests; at least 1.

    The variance of a ratio between clusters over the binomial one (Kish 1965; Rao and Scott 1992).

    >>> design_effect([10.0] * 50, [0.0] * 45 + [10.0] * 5) > 9
    True
    """
    counts, failed = _arrays(total, bad)
    groups, n = counts.size, float(counts.sum())
    share = float(failed.sum()) / n if n > 0 else 0.0
    if groups < 2 or share <= 0.0 or share >= 1.0:
        return 1.0
    between = float(((failed - share * counts) ** 2).sum()) * groups / (groups - 1)
    return max(1.0, between / (n * share * (1.0 - share)))


def _arrays(total: Sequence[float], bad: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    counts, failed = np.asarray(total, dtype=float), np.asarray(bad, dtype=float)
    heard = counts > 0
    return counts[heard], failed[heard]


def _clean(counts: NDArray[np.float64], failed: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the clusters without a failure take from the wealth at each stake, whatever the share."""
    quiet = counts[failed <= 0.0] / counts.max()
    return np.log1p(-STAKES[:, None] * quiet[None, :]).sum(axis=1)


def _log_wealth(
    counts: NDArray[np.float64], failed: NDArray[np.float64], clean: NDArray[np.float64], share: float
) -> float:
    hit = failed > 0.0
    gains = (failed[hit] / share - counts[hit]) / counts.max()
    logs = clean + np.log1p(STAKES[:, None] * gains[None, :]).sum(axis=1)
    top = float(logs.max())
    return top + math.log(float(np.exp(logs - top).mean()))
