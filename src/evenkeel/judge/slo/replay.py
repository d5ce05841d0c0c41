"""Rules over a stretch of minutes, all at once: what simulation and backtest run on.

Minutes are dense arrays here, one place for each minute; rules are judged at the end of each. The decisions are
those of `burn` and `outage`: arithmetic on running sums only rules out where they cannot fire.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.slo.burn import Counts, judge_burn
from evenkeel.judge.slo.model import BurnRule
from evenkeel.judge.slo.outage import FAILURES_MIN, judge_outage
from evenkeel.judge.slo.stream import Floats
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.telemetry.series import OutcomeAt

Flags = NDArray[np.bool_]

#: Minutes before a failing one that its run of failures is followed back into.
_RUN_MINUTES: Final = 9
#: A minute in whose random order a run of `FAILURES_MIN` is less likely than this is not looked into.
_RUN_CHANCE_MIN: Final = 1e-3
#: Requests of a minute that are spread out one by one; a busier minute is thinned to this many.
_SPREAD_MAX: Final = 300


class Replay:
    """A service's minutes: `total[i]` and `bad[i]` of minute i, judged at its end."""

    def __init__(self, total: Floats, bad: Floats, budget_ratio: float) -> None:
        self.total, self.bad, self._budget_ratio = total, bad, budget_ratio
        rows = np.vstack((total, bad, total**2, bad > 0))
        self._sums = np.zeros((4, total.size + 1))
        np.cumsum(rows, axis=1, out=self._sums[:, 1:])

    def window(self, end: int, length: int) -> Counts:
        """What the `length` minutes up to and with minute `end` hold."""
        held = self._sums[:, end + 1] - self._sums[:, max(0, end + 1 - length)]
        return Counts(*(float(each) for each in held))

    def textbook(self, rule: BurnRule) -> Flags:
        """Where the burn rate exceeds the factor over both windows, however few requests they hold."""
        ends = np.arange(1, self.total.size + 1)
        holds = np.ones(self.total.size, dtype=np.bool_)
        for seconds in (rule.long_s, rule.short_s):
            starts = np.maximum(0, ends - seconds // 60)
            count, failed = (self._sums[row][ends] - self._sums[row][starts] for row in (0, 1))
            holds &= failed > rule.factor * self._budget_ratio * count
        return holds

    def fires(self, rule: BurnRule) -> Flags:
        """Where `rule` fires."""
        found = self.textbook(rule)
        for end in np.flatnonzero(found):
            long, short = self.window(int(end), rule.long_s // 60), self.window(int(end), rule.short_s // 60)
            found[end] = bool(judge_burn(rule, self._budget_ratio, long, short).fires)
        return found

    def outage(self, rng: np.random.Generator, *, per_minute: float) -> Flags:
        """Where the outage rule fires within a minute, its requests in random order and at random moments."""
        found = np.zeros(self.total.size, dtype=np.bool_)
        ratio = self.bad / np.maximum(self.total, 1.0)
        may = (self.bad > 0) & (self.total * ratio**FAILURES_MIN >= _RUN_CHANCE_MIN)
        for minute in np.flatnonzero(may):
            first = self._run_begins(int(minute))
            events = [event for each in range(first, int(minute) + 1) for event in self._spread(rng, each)]
            found[minute] = self._any_run_fires(events, per_minute)
        return found

    def _run_begins(self, minute: int) -> int:
        """The first minute that a run which reaches into `minute` can have begun in."""
        first = minute
        while first > 0 and minute - first < _RUN_MINUTES and self.bad[first - 1] >= self.total[first - 1]:
            first -= 1
        return max(0, first - 1)

    def _spread(self, rng: np.random.Generator, minute: int) -> list[tuple[int, bool]]:
        total = round(float(self.total[minute]))
        count = min(total, _SPREAD_MAX)
        if count == 0:
            return []
        failed = round(float(self.bad[minute]) * count / total)
        moments = np.sort(rng.uniform(60.0 * minute, 60.0 * (minute + 1), count))
        is_bad = rng.permutation(count) < failed
        return [(int(at * US_PER_SECOND), bool(bad)) for at, bad in zip(moments, is_bad, strict=True)]

    def _any_run_fires(self, events: Sequence[tuple[int, bool]], per_minute: float) -> bool:
        run: list[OutcomeAt] = []
        for at_us, is_bad in [*events, (events[-1][0] + 1, False)] if events else []:
            if is_bad:
                run.append(OutcomeAt(at_us, bad=True, probe=False, caller=None, weight=1.0))
                continue
            if len(run) >= FAILURES_MIN:
                budget = self._budget_ratio
                judged = judge_outage(run[::-1], per_minute=per_minute, budget_ratio=budget, now_us=at_us)
                if judged is not None and judged.fires:
                    return True
            run = []
        return False


def stretches(fires: Flags, *, apart: int = 60) -> list[tuple[int, int]]:
    """(first, last) minute of each stretch of firing; quiet of up to `apart` minutes does not divide one.

    >>> stretches(np.array([0, 1, 1, 0, 1, 0, 0, 0, 1], dtype=bool), apart=2)
    [(1, 4), (8, 8)]
    """
    at = np.flatnonzero(fires)
    if not at.size:
        return []
    breaks = np.flatnonzero(np.diff(at) > apart)
    firsts, lasts = np.concatenate(([0], breaks + 1)), np.concatenate((breaks, [at.size - 1]))
    return [(int(at[first]), int(at[last])) for first, last in zip(firsts, lasts, strict=True)]
