"""A feature that can be judged: its window, the reference that counts for it, and what tells how much is chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evenkeel.judge.drift.baseline import Baseline, judged_window, of_same_hours
from evenkeel.judge.drift.baseline_cache import Known
from evenkeel.judge.drift.chance import seeded
from evenkeel.judge.drift.design import Spread
from evenkeel.judge.drift.judged import BY_HOUR_MAX_US
from evenkeel.judge.drift.model import Feature
from evenkeel.judge.drift.past import matching_days
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.rhythm import of_same_rhythm
from evenkeel.judge.drift.weeks import KnownWeeks
from evenkeel.kernel.profile.merge import empty_counts, merge
from evenkeel.kernel.profile.model import Counts, Profile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import FeatureGrid


@dataclass(frozen=True)
class Ready:
    """A feature that can be judged."""

    feature: Feature
    baseline: Baseline
    window: Window
    is_given: bool


def given_profile(given: GivenReference | None, grid: FeatureGrid) -> Profile | None:
    """The profile that somebody gave of a feature, if it is counted on its grid."""
    profile = None if given is None else given.table.sent.get(grid.feature)
    return profile if profile is not None and profile.grid.id == grid.grid.id else None


def ready_with_given(
    profile: Profile, known: Known, grid: FeatureGrid, window: Window, steps: Mapping[int, Counts]
) -> Ready:
    baseline = known.baselines[grid.feature]
    if window.end_us - window.start_us <= BY_HOUR_MAX_US:  # what drifts now must not tell how much is chance
        baseline = baseline.before(window.start_us)
    seasons, parts = _seasons_of(known, grid, baseline, window, steps)
    now, spread = _sum(grid, steps, window), _spread_of_days(known, grid, baseline, window)
    feature = Feature(grid.feature, profile, now, seasons, is_fixed=True, parts=parts, spread=spread)
    return Ready(feature, baseline, window, is_given=True)


def make_ready(
    profile: Profile | None, known: Known, grid: FeatureGrid, window: Window, steps: Mapping[int, Counts]
) -> Ready | None:
    """What a feature is compared with; None where there is nothing yet."""
    if profile is not None:
        return ready_with_given(profile, known, grid, window, steps)
    if isinstance(known, KnownWeeks):
        return _from_weeks(known, grid, window, steps)
    return _from_traffic(known, grid, window, steps)


def why_waiting(given: GivenReference | None) -> str:
    if given is None or given.past is None:
        return "no whole day of it lies before this window"
    return f"there are no counts of it of {given.past.describe()}"


def _from_weeks(known: KnownWeeks, grid: FeatureGrid, window: Window, steps: Mapping[int, Counts]) -> Ready | None:
    seasons, parts = known.seasons(grid)
    if not seasons:
        return None
    reference = Profile(grid.grid, merge(seasons))
    feature = Feature(grid.feature, reference, _sum(grid, steps, window), seasons, parts=parts)
    return Ready(feature, known.baselines[grid.feature], window, is_given=False)


def _from_traffic(known: Known, grid: FeatureGrid, window: Window, steps: Mapping[int, Counts]) -> Ready | None:
    baseline, judged = judged_window(known.baselines[grid.feature], window)
    if not baseline.days:
        return None
    seasons, parts = _seasons_of(known, grid, baseline, judged, steps)
    lacks_hours, spread = False, _spread_of_days(known, grid, baseline, judged)
    if judged.end_us - judged.start_us <= BY_HOUR_MAX_US:
        days = [day for day in known.days_by_hour(grid.feature) if day in baseline.days]
        lacks_hours = len(days) < len(baseline.days)
        if judged.end_us - judged.start_us >= US_PER_DAY - US_PER_HOUR:
            inside = {at: counts.n for at, counts in steps.items() if judged.contains(at)}
            alike = of_same_rhythm(known.hours(grid.feature), days, inside, seeded())
            spread, seasons = (spread, seasons) if alike is None else (None, alike)
    reference = Profile(grid.grid, merge([known.days[grid.feature][day] for day in baseline.days]))
    now = _sum(grid, steps, judged)
    feature = Feature(grid.feature, reference, now, seasons, parts=parts, spread=spread, lacks_hours=lacks_hours)
    return Ready(feature, baseline, judged, is_given=False)


def _seasons_of(
    known: Known, grid: FeatureGrid, baseline: Baseline, window: Window, steps: Mapping[int, Counts]
) -> tuple[tuple[Counts, ...], int]:
    """What tells how much the window may differ by chance, and how many of these it holds itself."""
    if window.end_us - window.start_us < US_PER_DAY - US_PER_HOUR:
        return of_same_hours(known.hours(grid.feature), matching_days(baseline.days, window.start_us), window), 1
    days = {at // US_PER_DAY for at, counts in steps.items() if counts.n and window.contains(at)}
    is_by_day = window.end_us - window.start_us > BY_HOUR_MAX_US
    seasons = tuple(known.days[grid.feature][day] for day in baseline.days)
    return seasons, max(1, len(days)) if is_by_day else 1


def _spread_of_days(known: Known, grid: FeatureGrid, baseline: Baseline, window: Window) -> Spread | None:
    """That of the days which `_seasons_of` gives: the same for each version and each look, so it is kept."""
    if isinstance(known, KnownWeeks) or window.end_us - window.start_us < US_PER_DAY - US_PER_HOUR:
        return None
    return known.spread(grid, baseline.days)


def _sum(grid: FeatureGrid, steps: Mapping[int, Counts], window: Window) -> Counts:
    inside = [counts for at, counts in steps.items() if window.contains(at)]
    return merge(inside) if inside else empty_counts(grid.grid)
