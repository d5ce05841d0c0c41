"""A group's rates with their intervals."""

from __future__ import annotations

from evenkeel.judge.fairness.model import GroupCounts, Rate
from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.stats.newcombe import share
from evenkeel.kernel.stats.normal import two_sided_z
from evenkeel.kernel.stats.paired import paired_difference


def hits_of(rate: Rate, counts: GroupCounts) -> tuple[int, int]:
    """(hits, rows) of a rate; of overprediction the surplus of positive predictions, which may be negative.

    >>> counts = GroupCounts(tp=8, fp=2, tn=9, fn=1, positive=5)
    >>> hits_of(Rate.SELECTION, counts), hits_of(Rate.TRUE_POSITIVE, counts), hits_of(Rate.PRECISION, counts)
    ((15, 25), (8, 9), (8, 10))
    """
    match rate:
        case Rate.SELECTION:
            return counts.tp + counts.fp + counts.positive, counts.rows
        case Rate.TRUE_POSITIVE:
            return counts.tp, counts.tp + counts.fn
        case Rate.FALSE_POSITIVE:
            return counts.fp, counts.fp + counts.tn
        case Rate.ACCURACY:
            return counts.tp + counts.tn, counts.labelled
        case Rate.PRECISION:
            return counts.tp, counts.tp + counts.fp
        case Rate.OVERPREDICTION:
            return counts.fp - counts.fn, counts.labelled


def bounded_rate(rate: Rate, counts: GroupCounts, level: float = 0.95) -> Bounded:
    """A rate with Wilson's interval; of overprediction, which compares two shares of the same rows, the paired one.

    >>> [round(number, 3) for number in bounded_rate(Rate.TRUE_POSITIVE, GroupCounts(tp=80, fn=20))]
    [0.8, 0.711, 0.867]
    """
    hits, n = hits_of(rate, counts)
    if rate is Rate.OVERPREDICTION:
        return paired_difference(counts.fp, counts.fn, n, level)
    return share(hits, n, two_sided_z(level))


def needs_truth(rate: Rate) -> bool:
    """Whether it can be told of labelled rows only."""
    return rate is not Rate.SELECTION
