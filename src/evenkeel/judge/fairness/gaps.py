"""The gap between groups: how far apart they may be, although the farthest ones were picked by looking.

Fairlearn's definitions: the difference is the highest rate less the lowest, the ratio the lowest over the highest.
Of a fair model it is never 0: with five groups and 1,000 rows it is 12 points on average, since the extremes of five
noisy rates are far apart. So the interval allows for all pairs that might have been picked:

- the lower bound is the largest of the lower bounds of all pairs, each at 1 of as many (Bonferroni). The true gap is at
  least every pair's true difference, so it is wrong only where some pair's bound is;
- the upper bound is the largest of the upper bounds of all pairs, without a correction: the true gap is the
  difference of one pair, and if that pair's bound holds, so does the largest (union-intersection, Berger 1982,
  Technometrics 24:4).

Pairs have Newcombe's interval (Wilson's of each rate, joined by MOVER), ratios Koopman's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.fairness.model import NOT_STATED, Group, GroupCounts, GroupTable, Rate, add_all
from evenkeel.judge.fairness.rates import bounded_rate, hits_of
from evenkeel.kernel.stats.koopman import share_ratio
from evenkeel.kernel.stats.mover import Bounded

#: Rows below which a group is not compared: its rate's interval is some 35 points wide then.
ROWS_MIN: Final = 30

#: Groups that are compared at most: pairs grow with the square, and each takes from what all may err.
COMPARED_MAX: Final = 50

#: Chance that a gap of a fair model is called significant, over all that one audit compares. At most 1 % is promised;
#: Wilson's bounds of small groups near 0 and 1 err more often than they say, which the difference pays for.
ALPHA: Final = 0.007

#: Chance that the bound which proves an ok is too low (as `kernel.stats.spending`).
ALPHA_OK: Final = 0.05


@dataclass(frozen=True, slots=True)
class GroupRate:
    """A group's rate, and what it is apart from the others, each with its own 95 % interval."""

    group: Group
    rate: Bounded
    n: int  # rows that the rate is a share of
    behind: Bounded  # the highest rate less this one, valid though the highest was picked by looking
    ratio: Bounded  # this one over the group of the highest rate
    from_overall: Bounded  # this one less the rate of all that are compared
    ratio_to_overall: Bounded


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest difference between groups in one rate.

    `low` and `high` decide: `low` holds over all pairs with a chance of error of `alpha`, `high` at 95 %. `difference`
    and `ratio` carry the 95 % intervals that are shown, `from_overall` and `ratio_to_overall` are the largest
    distance of a group from all of them together. All are None where `reason` says why there is nothing to compare:
    `one_group`, `too_many_groups`, `no_truth` or `no_rows`.
    """

    rate: Rate
    alpha: float
    groups: tuple[GroupRate, ...] = ()  # lowest rate first
    too_small: tuple[tuple[Group, int | None], ...] = ()  # not compared, with their rows (None: not to be told)
    difference: Bounded | None = None
    ratio: Bounded | None = None
    from_overall: Bounded | None = None
    ratio_to_overall: Bounded | None = None
    low: float = 0.0
    high: float = 1.0
    widest: tuple[Group, Group] | None = None  # the pair that `high` comes from, fewer rows first
    reason: str = ""

    @property
    def significant(self) -> bool:
        """Whether some two groups surely differ."""
        return self.low > 0.0

    @property
    def n(self) -> int:
        """Rows compared."""
        return sum(each.n for each in self.groups)


def compute_gap(table: GroupTable, rate: Rate, *, alpha: float = ALPHA, rows_min: int = ROWS_MIN) -> Gap:
    """The gap between the groups of a table in one rate.

    Those of unknown group and groups with fewer than `rows_min` rows are not compared; the latter are named.

    >>> table = GroupTable(("sex",), {("f",): GroupCounts(tp=400, fn=100), ("m",): GroupCounts(tp=450, fn=50)})
    >>> gap = compute_gap(table, Rate.TRUE_POSITIVE)
    >>> [round(number, 3) for number in gap.difference], [round(number, 3) for number in gap.ratio], gap.significant
    ([0.1, 0.05, 0.144], [0.889, 0.842, 0.943], True)
    """
    stated = {group: counts for group, counts in table.counts.items() if NOT_STATED not in group}
    rows = {group: hits_of(rate, counts)[1] for group, counts in stated.items()}
    enough = sorted(group for group, n in rows.items() if n >= max(1, rows_min))
    small = tuple(sorted((group, n) for group, n in rows.items() if n < max(1, rows_min)))
    reason = _why_not(table, rate, len(enough))
    if reason:
        return Gap(rate, alpha, too_small=small, high=_span(rate), reason=reason)
    return _compared(rate, {group: stated[group] for group in enough}, alpha, small)


def _why_not(table: GroupTable, rate: Rate, groups: int) -> str:
    if groups > COMPARED_MAX:
        return "too_many_groups"
    if groups >= 2:
        return ""
    total = table.total
    if total.rows == 0:
        return "no_rows"
    if total.labelled == 0 and rate is not Rate.SELECTION:
        return "no_truth"
    return "one_group"


def _span(rate: Rate) -> float:
    """The largest gap that there can be."""
    return 2.0 if rate is Rate.OVERPREDICTION else 1.0


def _compared(
    rate: Rate, counts: Mapping[Group, GroupCounts], alpha: float, small: tuple[tuple[Group, int], ...]
) -> Gap:
    names = sorted(counts, key=lambda group: bounded_rate(rate, counts[group]).value)
    parts = [counts[name] for name in names]
    ordered_pairs = len(parts) * (len(parts) - 1)
    low, high, pair = bound_gap(rate, parts, alpha)
    shown_low, _ = pair_bounds(rate, parts, 1.0 - 0.05 / ordered_pairs)
    _, shown_high = pair_bounds(rate, parts, 0.95)
    widest = sorted((names[at] for at in pair), key=lambda name: hits_of(rate, counts[name])[1])
    values = [bounded_rate(rate, part).value for part in parts]
    groups = _group_rates(rate, names, parts, (shown_low, shown_high))
    span = _span(rate)
    farthest = max(groups, key=lambda each: abs(each.from_overall.value))
    unlike = [each.ratio_to_overall for each in groups if not math.isnan(each.ratio_to_overall.value)]
    return Gap(
        rate=rate,
        alpha=alpha,
        groups=groups,
        too_small=small,
        difference=Bounded(
            values[-1] - values[0], max(0.0, float(shown_low.max())), min(span, float(shown_high.max()))
        ),
        ratio=_lowest_ratio(rate, parts, ordered_pairs),
        from_overall=_unsigned(farthest.from_overall),
        ratio_to_overall=min(map(_at_most_1, unlike), default=None, key=lambda each: each.value),
        low=low,
        high=high,
        widest=(widest[0], widest[1]),
    )


def bound_gap(rate: Rate, parts: Sequence[GroupCounts], alpha: float) -> tuple[float, float, tuple[int, int]]:
    """The bounds of the largest difference that decide, and the places of the two groups the upper one comes from.

    >>> parts = [GroupCounts(positive=30, negative=70), GroupCounts(positive=40, negative=60)]
    >>> low, high, pair = bound_gap(Rate.SELECTION, parts, 0.01)
    >>> low, round(high, 3), pair
    (0.0, 0.208, (1, 0))
    """
    lower, _ = pair_bounds(rate, parts, 1.0 - 2.0 * alpha / (len(parts) * (len(parts) - 1)))
    _, upper = pair_bounds(rate, parts, 1.0 - 2.0 * ALPHA_OK)
    one, other = divmod(int(np.argmax(upper)), len(parts))
    return max(0.0, float(lower.max())), min(_span(rate), float(upper.max())), (one, other)


def pair_bounds(
    rate: Rate, parts: Sequence[GroupCounts], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of each group's rate less each other's, by rows and columns; a group is 0 from itself.

    >>> low, high = pair_bounds(Rate.SELECTION, [GroupCounts(positive=9, negative=1), GroupCounts(negative=10)], 0.95)
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([[0.0, 0.49], [-0.98, 0.0]], [[0.0, 0.98], [-0.49, 0.0]])
    """
    value, low, high = np.array([bounded_rate(rate, part, level) for part in parts]).T
    below, above = (value - low) ** 2, (high - value) ** 2
    apart = value[:, None] - value[None, :]
    lower = apart - np.sqrt(below[:, None] + above[None, :])
    upper = apart + np.sqrt(above[:, None] + below[None, :])
    np.fill_diagonal(lower, 0.0)
    np.fill_diagonal(upper, 0.0)
    return lower, upper


def _lowest_ratio(rate: Rate, parts: Sequence[GroupCounts], ordered_pairs: int) -> Bounded | None:
    """The lowest rate over the highest; the same reasoning as for the difference, turned around."""
    if rate is Rate.OVERPREDICTION:
        return None
    lows, highs = [1.0], [1.0]
    hits = [hits_of(rate, part) for part in parts]
    for place, (lower_hits, lower_n) in enumerate(hits):
        for upper_hits, upper_n in hits[place + 1 :]:
            pair = (lower_hits, lower_n, upper_hits, upper_n)
            alone, together = share_ratio(*pair), share_ratio(*pair, 1.0 - 0.05 / ordered_pairs)
            # The pair the other way round is the inverse: whichever lies below 1 bounds the lowest ratio.
            lows.append(min(alone.low, 1.0 / alone.high))
            highs.append(min(together.high, 1.0 / together.low if together.low > 0.0 else math.inf))
    value = share_ratio(*hits[0], *hits[-1]).value
    return Bounded(1.0 if math.isnan(value) else value, min(lows), min(highs))


def _group_rates(
    rate: Rate,
    names: Sequence[Group],
    parts: Sequence[GroupCounts],
    bounds: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[GroupRate, ...]:
    low, high = bounds
    rates = [bounded_rate(rate, part) for part in parts]
    found: list[GroupRate] = []
    for place, part in enumerate(parts):
        n = hits_of(rate, part)[1]
        rest = add_all([other for at, other in enumerate(parts) if at != place])
        behind = Bounded(
            rates[-1].value - rates[place].value,
            max(0.0, float(low[:, place].max())),
            max(0.0, float(high[:, place].max())),
        )
        has_ratio = rate is not Rate.OVERPREDICTION
        found.append(
            GroupRate(
                group=names[place],
                rate=rates[place],
                n=n,
                behind=behind,
                ratio=_over(rate, part, parts[-1]) if place < len(parts) - 1 and has_ratio else Bounded(1.0, 1.0, 1.0),
                from_overall=_from_overall(rate, part, rest),
                ratio_to_overall=_over_overall(_over(rate, part, rest), n, hits_of(rate, rest)[1]),
            )
        )
    return tuple(found)


def _over(rate: Rate, part: GroupCounts, other: GroupCounts) -> Bounded:
    if rate is Rate.OVERPREDICTION:
        return Bounded(math.nan, 0.0, math.inf)
    return share_ratio(*hits_of(rate, part), *hits_of(rate, other))


def _from_overall(rate: Rate, part: GroupCounts, rest: GroupCounts) -> Bounded:
    """A group is part of the whole: it lies away from it as far as from the rest, times the rest's share of rows."""
    low, high = pair_bounds(rate, [part, rest], 0.95)
    n, others = hits_of(rate, part)[1], hits_of(rate, rest)[1]
    share = others / (n + others)
    apart = bounded_rate(rate, part).value - bounded_rate(rate, rest).value
    return Bounded(share * apart, share * float(low[0, 1]), share * float(high[0, 1]))


def _over_overall(over_rest: Bounded, n: int, others: int) -> Bounded:
    """The ratio to the whole follows from the ratio to the rest, and rises with it."""
    share = n / (n + others)

    def to_whole(ratio: float) -> float:
        if ratio == 0.0:
            return 0.0
        return 1.0 / (share + (1.0 - share) / ratio)

    return Bounded(*(to_whole(ratio) for ratio in over_rest))


def _unsigned(signed: Bounded) -> Bounded:
    """The size of a difference, with its interval."""
    if signed.value < 0.0:
        signed = Bounded(-signed.value, -signed.high, -signed.low)
    return Bounded(signed.value, max(0.0, signed.low), max(signed.high, -signed.low))


def _at_most_1(ratio: Bounded) -> Bounded:
    """A ratio or its inverse, whichever is at most 1."""
    if ratio.value <= 1.0:
        return Bounded(ratio.value, ratio.low, min(1.0, ratio.high))
    low = 0.0 if math.isinf(ratio.high) else 1.0 / ratio.high
    return Bounded(1.0 / ratio.value, low, min(1.0, 1.0 / ratio.low if ratio.low > 0.0 else 1.0))
