"""Which of two versions answers better, from a judge that saw each pair of answers in both orders. Pure.

A judge may prefer what it reads first, whatever it says (Zheng et al. 2023, arXiv 2306.05685). So each pair is shown
in both orders, and a side wins only where it wins in both. Where the orders disagree the pair is a tie, is counted as
such, and says how far the place decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from evenkeel.judge.quality.model import LEVEL, Figure, Reason, share
from evenkeel.kernel.stats.binomial import exact_interval
from evenkeel.kernel.stats.bounded_mean import mean_of_counts


class Choice(StrEnum):
    """What a judge said of one pair in one order: which version is better, whatever its place."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair: what was said with the first version's answer shown first, and with the second's shown first."""

    forward: Choice
    backward: Choice

    @property
    def verdict(self) -> Choice:
        """What both orders say together.

        >>> Judged(Choice.FIRST, Choice.SECOND).verdict, Judged(Choice.FIRST, Choice.FAILED).verdict
        (<Choice.TIE: 'tie'>, <Choice.FAILED: 'failed'>)
        """
        if Choice.FAILED in (self.forward, self.backward):
            return Choice.FAILED
        return self.forward if self.forward is self.backward else Choice.TIE

    @property
    def place(self) -> float:
        """How often of twice what was shown first was chosen, a tie counting one half: 0.5 where the place decides
        nothing."""
        return (_score(self.forward) + 1.0 - _score(self.backward)) / 2.0


@dataclass(frozen=True, slots=True)
class Preference:
    """What came of all pairs; rates are ratios.

    `win_rate` is that of the second version, a tie counting one half, and `possible` what it could be had the judge not
    failed. `decided` is the share of wins among pairs with a winner. `better` is named where chance would name a winner
    between equals in 5 % of comparisons at most: the exact two-sided sign test (Dixon and Mood 1946, JASA 41).
    """

    first: int
    second: int
    ties: int  # both orders say so
    split: int  # the orders disagree
    failed: int
    win_rate: Figure
    decided: Figure
    possible: tuple[float, float] | None
    shown_first: Figure
    better: Choice | None

    @property
    def judged(self) -> int:
        """Pairs that the judge answered in both orders."""
        return self.first + self.second + self.ties + self.split


def measure_preference(pairs: Iterable[Judged]) -> Preference:
    """Which version wins, how surely, and how far the place decides.

    >>> won, lost = Judged(Choice.SECOND, Choice.SECOND), Judged(Choice.FIRST, Choice.FIRST)
    >>> found = measure_preference([won] * 18 + [lost] * 4 + [Judged(Choice.FIRST, Choice.SECOND)] * 8)
    >>> round(found.win_rate.value, 3), found.better, found.split, round(found.shown_first.value, 3)
    (0.733, <Choice.SECOND: 'second'>, 8, 0.633)
    """
    given = list(pairs)
    found = [pair for pair in given if pair.verdict is not Choice.FAILED]
    verdicts = Counter(pair.verdict for pair in found)
    failed = len(given) - len(found)
    split = sum(pair.forward is not pair.backward for pair in found)
    wins, decided = verdicts[Choice.SECOND], verdicts[Choice.SECOND] + verdicts[Choice.FIRST]
    scores = Counter(_score_of_second(pair.verdict) for pair in found)
    total = sum(value * n for value, n in scores.items())
    return Preference(
        first=verdicts[Choice.FIRST],
        second=wins,
        ties=verdicts[Choice.TIE] - split,
        split=split,
        failed=failed,
        win_rate=_mean(scores),
        decided=share(wins, decided, Reason.TOO_FEW if found else Reason.NO_ROWS),
        possible=(total / len(given), (total + failed) / len(given)) if given else None,
        shown_first=_mean(Counter(pair.place for pair in found)),
        better=_better(wins, decided),
    )


def _mean(counts: Counter[float]) -> Figure:
    method = "mean of pairs, Wilson at its effective number"
    if not counts:
        return Figure.absent(Reason.NO_ROWS, method)
    return Figure(*mean_of_counts(counts), counts.total(), method)


def _better(wins: int, decided: int) -> Choice | None:
    low, high = exact_interval(wins, decided, 1.0 - LEVEL)
    if low > 0.5:
        return Choice.SECOND
    return Choice.FIRST if high < 0.5 else None


def _score(choice: Choice) -> float:
    """1 for the first version, 0 for the second, one half for neither."""
    return {Choice.FIRST: 1.0, Choice.SECOND: 0.0}.get(choice, 0.5)


def _score_of_second(choice: Choice) -> float:
    return 1.0 - _score(choice)
