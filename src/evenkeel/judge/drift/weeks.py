"""The same weekday and hours of the weeks before, as a reference that moves along with time.

It knows seasons, and no slow drift: what has drifted for as many weeks is what is usual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evenkeel.judge.drift.baseline import Baseline, by_feature
from evenkeel.judge.drift.baseline_cache import Known, Season, make_season
from evenkeel.judge.drift.past import WEEK_US, weeks_before
from evenkeel.kernel.profile.merge import empty_counts, merge
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.feature_port import FeatureGrid, Step


@dataclass
class KnownWeeks(Known):
    """What the weeks before a window held, at the same time of the week."""

    window: Window = field(default_factory=lambda: Window(0, 0))
    step: Step = "hour"
    parts: Sequence[Mapping[str, Mapping[int, Counts]]] = ()  # of one week before, of two, …

    @property
    def hours_from_us(self) -> int:
        """Nothing else was read."""
        return self.window.start_us

    def whole(self, grid: FeatureGrid) -> Counts:
        """All that is compared with."""
        found, _ = self.seasons(grid)
        return merge(found) if found else empty_counts(grid.grid)

    def season(self, grid: FeatureGrid, at_us: int, step: Step) -> Season | None:
        """The same hour or day of each week before."""
        name = (grid.feature, None, (at_us,))
        if name not in self._seasons:
            same = [
                part.get(grid.feature, {}).get(at_us - number * WEEK_US)
                for number, part in enumerate(self.parts, start=1)
            ]
            found = [counts for counts in same if counts is not None]
            self._seasons[name] = make_season(grid, found) if step == self.step else None
        return self._seasons[name]

    def seasons(self, grid: FeatureGrid) -> tuple[tuple[Counts, ...], int]:
        """What tells how much the window may differ by chance, and how many of these it holds itself.

        The window in each week before; of a longer one than a week, the days of these weeks.
        """
        held = [part.get(grid.feature, {}) for part in self.parts]
        if self.window.end_us - self.window.start_us <= WEEK_US:
            return tuple(merge(list(part.values())) for part in held if part), 1
        days = {at: counts for part in held for at, counts in part.items() if at < self.window.start_us}
        return tuple(days.values()), max(1, (self.window.end_us - self.window.start_us) // US_PER_DAY)


def read_weeks(known: Known, window: Window, step: Step, weeks: int) -> KnownWeeks:
    """What a service held at the same time of the weeks before a window."""
    parts = [
        by_feature(known.telemetry.feature_counts(known.key, each, step=step)) for each in weeks_before(window, weeks)
    ]
    baselines = {grid.feature: _days(grid, parts) for grid in known.grids}
    made = KnownWeeks(known.key, known.telemetry, known.grids, {}, baselines, known.read_us)
    made.window, made.step, made.parts = window, step, parts
    return made


def _days(grid: FeatureGrid, parts: Sequence[Mapping[str, Mapping[int, Counts]]]) -> Baseline:
    """The days in which these weeks' windows begin, the earliest first."""
    first = [min(steps) for part in parts if (steps := part.get(grid.feature))]
    return Baseline(tuple(sorted({at // US_PER_DAY * US_PER_DAY for at in first})))
