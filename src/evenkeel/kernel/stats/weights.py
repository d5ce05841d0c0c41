"""How many rows a weighted sample is worth: a row that was kept with chance p counts for 1/p, and adds as much noise.

Weights add up to the rows that there were, not to those that were seen; an interval of as many rows is too narrow. The
design effect is the factor by which it is: a sample is worth n / design effect independent rows. Kish's (Survey
Sampling, 1965) holds where weights have nothing to do with what is measured. Where errors are kept more often than the
rest, or less, the linearised variance says so; the larger of the two is taken. Without weights both are 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from evenkeel.kernel.stats.means import PowerSums


@dataclass(frozen=True, slots=True)
class Weight:
    """Rows as they count: the sum of their weights, and of the squares of these.

    >>> Weight(20.0, 200.0) + Weight.of_ones(5)
    Weight(n=25.0, squares=205.0)
    """

    n: float = 0.0
    squares: float = 0.0

    @classmethod
    def of_ones(cls, rows: float) -> Weight:
        """Rows that were not sampled: each counts for one."""
        return cls(rows, rows)

    def __add__(self, other: Weight) -> Weight:
        return Weight(self.n + other.n, self.squares + other.squares)

    @property
    def design_effect(self) -> float:
        """Kish's: 1 of rows that count for one each; 1 of nothing.

        >>> Weight(100.0, 1_000.0).design_effect
        10.0
        """
        return self.squares / self.n if self.n > 0 and self.squares > 0 else 1.0

    @property
    def effective(self) -> float:
        """As many rows that count for one tell as much."""
        return self.n / self.design_effect


def share_design_effect(hits: Weight, misses: Weight) -> float:
    """The design effect of the share of `hits` among hits and misses.

    >>> share_design_effect(Weight.of_ones(90), Weight.of_ones(10))
    1.0
    >>> round(share_design_effect(Weight.of_ones(900), Weight(100.0, 1_000.0)), 2)  # errors were kept one in ten
    9.1
    """
    whole = hits + misses
    if whole.n <= 0 or (hits.squares == hits.n and misses.squares == misses.n):
        return 1.0  # without what rounding would leave of it
    share = hits.n / whole.n
    even = whole.n * share * (1.0 - share)
    if even <= 0.0:
        return whole.design_effect
    spread = hits.squares * (1.0 - share) ** 2 + misses.squares * share**2
    return max(whole.design_effect, spread / even)


@dataclass(frozen=True, slots=True)
class WeightedSums:
    """Sums over weighted values: w, wx, wx², wx³ and w², w²x, w²x².

    >>> WeightedSums(4.0, 8.0, 16.0, 32.0, 8.0, 16.0, 32.0).effective()  # 2, twice, counting for two each
    PowerSums(n=2.0, first=4.0, second=8.0, third=16.0)
    """

    n: float = 0.0
    first: float = 0.0
    second: float = 0.0
    third: float = 0.0
    squares: float = 0.0
    squares_first: float = 0.0
    squares_second: float = 0.0

    def __add__(self, other: WeightedSums) -> WeightedSums:
        return WeightedSums(
            self.n + other.n,
            self.first + other.first,
            self.second + other.second,
            self.third + other.third,
            self.squares + other.squares,
            self.squares_first + other.squares_first,
            self.squares_second + other.squares_second,
        )

    @property
    def design_effect(self) -> float:
        """That of the mean."""
        plain = Weight(self.n, self.squares).design_effect
        if self.n <= 0:
            return plain
        mean = self.first / self.n
        even = self.second - self.n * mean**2
        spread = self.squares_second - 2.0 * mean * self.squares_first + mean**2 * self.squares
        # What is left over by rounding alone says nothing.
        return max(plain, spread / even) if even > 1e-9 * self.second else plain

    def effective(self) -> PowerSums:
        """The sums of as many rows that count for one as these are worth: the same mean, and an honest spread."""
        by = self.design_effect
        return PowerSums(self.n / by, self.first / by, self.second / by, self.third / by)
