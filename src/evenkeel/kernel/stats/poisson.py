"""Exact bounds of a rate from a count (Garwood 1936, Biometrika 28): gamma quantiles."""

from __future__ import annotations

from evenkeel.kernel.stats.special import gamma_quantile


def poisson_interval(count: float, *, alpha_low: float, alpha_high: float) -> tuple[float, float]:
    """Bounds of the expected count behind `count`, each one-sided at its own level.

    >>> [round(bound, 4) for bound in poisson_interval(4, alpha_low=0.025, alpha_high=0.025)]
    [1.0899, 10.2416]
    """
    if count < 0:
        msg = f"a count is not negative: {count}"
        raise ValueError(msg)
    low = gamma_quantile(count, alpha_low, upper=False) if count > 0 else 0.0
    return low, gamma_quantile(count + 1.0, alpha_high, upper=True)
