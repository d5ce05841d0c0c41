"""Tail probabilities of the usual distributions, from the incomplete beta and gamma functions."""

from __future__ import annotations

import math
from statistics import NormalDist

from evenkeel.kernel.stats.special import beta_tails, gamma_tails

#: The normal distribution of the standard library (Wichura 1988, AS 241), for quantiles.
NORMAL = NormalDist()


def normal_two_sided(z: float) -> float:
    """P(|Z| >= |z|) of a standard normal Z.

    >>> round(normal_two_sided(1.959963984540054), 12)
    0.05
    """
    return math.erfc(abs(z) / math.sqrt(2.0))


def chi2_upper(x: float, df: float) -> float:
    """P(X >= x) of a chi-square X with `df` degrees of freedom; 1 where there are none.

    >>> round(chi2_upper(16.918977604620448, 9), 12)
    0.05
    """
    return gamma_tails(df / 2.0, x / 2.0)[1] if df > 0 else 1.0


def student_two_sided(t: float, df: float) -> float:
    """P(|T| >= |t|) of Student's T with `df` degrees of freedom.

    >>> round(student_two_sided(2.0518305164802833, 27), 12)
    0.05
    """
    return beta_tails(df / 2.0, 0.5, df / (df + t * t))[0]


def student_critical(p: float, df: float) -> float:
    """The t that Student's T with `df` degrees of freedom is beyond, on either side, with probability `p`.

    >>> round(student_critical(0.05, 27), 9)
    2.051830516
    """
    low, high = 0.0, 1.0
    while student_two_sided(high, df) > p and high < _T_MAX:
        low, high = high, 2.0 * high
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if student_two_sided(middle, df) > p else (low, middle)
    return (low + high) / 2.0


#: Farther out nothing is asked for.
_T_MAX = 1e9
_STEPS = 60


def f_upper(x: float, df_above: float, df_below: float) -> float:
    """P(X >= x) of an F-distributed X with these degrees of freedom.

    >>> round(f_upper(4.964602743730711, 1, 10), 12)
    0.05
    """
    if x <= 0.0:
        return 1.0
    return beta_tails(df_below / 2.0, df_above / 2.0, df_below / (df_below + df_above * x))[0]
