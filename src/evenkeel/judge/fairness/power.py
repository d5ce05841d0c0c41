"""What gap could have been found, and how many rows it takes to find or to exclude one.

A test that could hardly have found a gap of the size that matters proves nothing by not finding one. Reckoned with
normal tails from the widths of the groups' own intervals: plans, not bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.fairness.gaps import Gap, GroupRate
from evenkeel.judge.fairness.model import Group
from evenkeel.kernel.stats.normal import one_sided_z, two_sided_z

#: Chance with which a gap that matters should be found (Cohen 1988, the usual convention).
POWER: Final = 0.8


@dataclass(frozen=True, slots=True)
class Power:
    """What the comparison of the smallest group could show."""

    group: Group
    n: int
    detectable: float  # the gap, in ratios, that would be significant with a chance of `POWER`
    needed: int  # rows of that group which find a gap of the size that matters so often

    @property
    def suffices(self) -> bool:
        """Whether a gap that matters would have been found."""
        return self.n >= self.needed


def assess_power(gap: Gap, alert: float) -> Power | None:
    """The power to find a gap of `alert` (a ratio above 0) between the two groups known least well and best.

    None where nothing is compared. Other groups are taken to grow with the smallest one.
    """
    if len(gap.groups) < 2:
        return None
    pairs = len(gap.groups) * (len(gap.groups) - 1)
    known = sorted(gap.groups, key=_standard_error)
    best, worst = known[0], known[-1]
    z = one_sided_z(1.0 - gap.alpha / pairs) + one_sided_z(POWER)
    detectable = z * math.hypot(_standard_error(best), _standard_error(worst))
    return Power(worst.group, worst.n, detectable, math.ceil(worst.n * (detectable / alert) ** 2))


def _standard_error(group: GroupRate) -> float:
    return (group.rate.high - group.rate.low) / (2.0 * two_sided_z(0.95))


def rows_per_group(gap: float, *, rate: float, groups: int, alpha: float, power: float = POWER) -> int:
    """How many rows each of `groups` equally large groups needs to find a `gap` around `rate` so often as `power`.

    Raises ValueError for a gap or a rate that is none.

    >>> rows_per_group(0.1, rate=0.3, groups=5, alpha=0.01)
    709
    >>> rows_per_group(0.1, rate=0.3, groups=2, alpha=0.01)
    485
    """
    if not 0.0 < gap <= 1.0 or not 0.0 <= rate <= 1.0 or groups < 2:
        msg = f"no number of rows finds a gap of {gap} around {rate} between {groups} groups: give ratios, and 2 groups"
        raise ValueError(msg)
    z = one_sided_z(1.0 - alpha / (groups * (groups - 1))) + one_sided_z(power)
    # Where all or nothing is selected, the two groups lie half a gap to either side of what is then possible.
    low = min(max(rate - gap / 2.0, 0.0), 1.0 - gap)
    variance = low * (1.0 - low) + (low + gap) * (1.0 - low - gap)
    return math.ceil(max(variance * (z / gap) ** 2, z / gap))


def rows_to_settle(gap: Gap, target: float, alert: float) -> tuple[Group, int] | None:
    """The group known least, and about how many more rows of it settle the verdict; None if nothing is compared.

    At the difference that is seen: until the upper bound falls to the alert, or the lower one passes the target. All
    groups are taken to grow alike.
    """
    if gap.difference is None or gap.widest is None:
        return None
    seen = gap.difference.value
    factors: list[float] = []
    if seen < alert:
        factors.append(((gap.high - seen) / (alert - seen)) ** 2)
    if seen > target:
        factors.append(((seen - gap.low) / (seen - target)) ** 2)
    rows = {each.group: each.n for each in gap.groups}
    least = gap.widest[0]
    # What is reckoned too low (it is not settled yet) takes a tenth more.
    return least, max(math.ceil((min(factors) - 1.0) * rows[least]), math.ceil(rows[least] / 10))
