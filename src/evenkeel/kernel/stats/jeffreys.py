"""The interval of a share that is right on average, near 0 and 1 too.

Jeffreys' prior, Beta(1/2, 1/2), with equal tails; the lower bound is 0 where nothing was hit, the upper one 1
where all was (Brown, Cai and DasGupta 2001, Statistical Science 16:2). Its coverage swings around the level as the
true share varies, but near 0 it is shorter than Wilson's and nearer to the level than any of Wald's. What must never
fall below its level takes the exact bounds of `binomial`.
"""

from __future__ import annotations

from evenkeel.kernel.stats.special import beta_quantile


def jeffreys_interval(hits: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """(low, high) of the share behind `hits` of `n`, as ratios; (0, 1) of nothing.

    Raises ValueError where `hits` is not within 0 and `n`.

    >>> [round(bound, 4) for bound in jeffreys_interval(3, 100)]
    [0.0085, 0.0779]
    >>> jeffreys_interval(0, 0)
    (0.0, 1.0)
    """
    if not 0 <= hits <= n:
        msg = f"of {n} there cannot be {hits}: give hits from 0 to n"
        raise ValueError(msg)
    if n == 0:
        return 0.0, 1.0
    tail = (1.0 - level) / 2.0
    low = 0.0 if hits == 0 else beta_quantile(hits + 0.5, n - hits + 0.5, tail, upper=False)
    high = 1.0 if hits == n else beta_quantile(hits + 0.5, n - hits + 0.5, tail, upper=True)
    return low, high
