"""Since when the features of a running service differ: looked for in their hours, and in their days where it is longer.

Only features that differ are looked at, with all of them corrected for, and what was found is remembered for as long as
the counts that it rests on are the same. The same counts give the same answer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.drift.baseline import by_feature
from evenkeel.judge.drift.baseline_cache import Known
from evenkeel.judge.drift.chance import seeded
from evenkeel.judge.drift.judged import BY_HOUR_MAX_US, JudgedFeature, ServiceDrift
from evenkeel.judge.drift.model import Detected
from evenkeel.judge.drift.since import Since, Usual, describe_since, find_since
from evenkeel.kernel.profile.merge import empty_counts
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.stats.false_discovery import adjusted_p
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, isoformat
from evenkeel.store.telemetry.feature_port import FeatureGrid, Step
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: Hours that are looked through, whatever shorter window is judged; what began before them is looked for in days.
_HOURS_US: Final = 48 * US_PER_HOUR
_DAYS_US: Final = 60 * US_PER_DAY
#: Features that are looked at, the ones that differ most.
LOOKED_AT_MAX: Final = 100
_REMEMBERED_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Beginning:
    """Since when a feature differs: a window of a series that begins at `start_us`."""

    since: Since  # its p-value corrected for all features that were looked at
    start_us: int
    step: Step

    @property
    def at_us(self) -> int:
        """The start of the hour or day in which it most likely began."""
        return self._time(self.since.first)

    @property
    def earliest_us(self) -> int:
        """The start of the first hour or day of the 95 % interval."""
        return self._time(self.since.earliest)

    @property
    def latest_us(self) -> int:
        """The start of the last hour or day of the interval."""
        return self._time(self.since.latest)

    @property
    def may_be_older(self) -> bool:
        """Whether it may have begun before anything that was looked at."""
        return self.since.earliest == 0

    def describe(self) -> str:
        """In words, with the interval.

        >>> Beginning(Since(2, 1, 3, 1e-6, 1.0), 0, "hour").describe()
        'since 1970-01-01 02:00 UTC (95 % interval: 1970-01-01 01:00 UTC to 1970-01-01 03:00 UTC)'
        """
        return describe_since(self.since, lambda place: say_time(self._time(place), self.step))

    def _time(self, place: int) -> int:
        return self.start_us + place * _STEP_US[self.step]


def say_time(at_us: int, step: Step) -> str:
    """An hour or a day (UTC)."""
    return f"{isoformat(at_us)[:16].replace('T', ' ')} UTC" if step == "hour" else isoformat(at_us)[:10]


class Beginnings:
    """Finds since when features differ. Safe to use from any thread."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._remembered: OrderedDict[tuple[ServiceKey, str, Step, int], tuple[int, Since | None]] = OrderedDict()

    def find(self, known: Known, drift: ServiceDrift) -> Mapping[str, Beginning]:
        """By feature, of those that differ and whose beginning is beyond chance."""
        drifted = [each for each in drift.features if each.finding.detected is Detected.YES]
        drifted = sorted(drifted, key=lambda each: -each.finding.effect.psi.debiased)[:LOOKED_AT_MAX]
        if not drifted:
            return {}
        if drift.window.end_us - drift.window.start_us > BY_HOUR_MAX_US:
            return self._look(known, drift, drifted, "day")
        found = dict(self._look(known, drift, drifted, "hour"))
        older = [each for each in drifted if _is_older(found.get(each.finding.feature))]
        return {**found, **self._look(known, drift, older, "day")} if older else found

    def _look(
        self, known: Known, drift: ServiceDrift, chosen: Sequence[JudgedFeature], step: Step
    ) -> Mapping[str, Beginning]:
        step_us, end_us = _STEP_US[step], drift.window.end_us
        start_us = min(drift.window.start_us, end_us - (_HOURS_US if step == "hour" else _DAYS_US))
        span = Window(start_us // step_us * step_us, end_us)
        names = [each.feature.name for each in chosen]
        counted = by_feature(self._telemetry.feature_counts(drift.key, span, step=step, features=names))
        grids = {grid.feature: grid for grid in known.grids}
        found: dict[str, Beginning] = {}
        for each in chosen:
            name = each.feature.name
            first_us = span.start_us if each.is_given else max(span.start_us, each.baseline.ends_us)
            first_us = max(first_us, known.hours_from_us) if step == "hour" else first_us
            series = [
                counted.get(name, {}).get(at) or empty_counts(grids[name].grid)
                for at in range(first_us, end_us, step_us)
            ]
            usual = _usual(known, grids[name], first_us, len(series)) if step == "hour" else None
            since = self._find((drift.key, name, step, first_us), each, series, usual)
            if since is not None:
                found[each.finding.feature] = Beginning(since, first_us, step)
        return _beyond_chance(found)

    def _find(
        self,
        name: tuple[ServiceKey, str, Step, int],
        judged: JudgedFeature,
        series: Sequence[Counts],
        usual: Usual | None,
    ) -> Since | None:
        """Found once for the same counts."""
        reference = judged.feature.reference
        rests_on = hash((_mark(reference.counts), *(_mark(counts) for counts in series)))
        with self._lock:
            held = self._remembered.get(name)
        if held is not None and held[0] == rests_on:
            return held[1]
        since = find_since(reference.grid, reference.counts, series, seeded(), usual)
        with self._lock:
            self._remembered[name] = rests_on, since
            self._remembered.move_to_end(name)
            while len(self._remembered) > _REMEMBERED_MAX:
                self._remembered.popitem(last=False)
        return since


_STEP_US: Final[Mapping[Step, int]] = {"hour": US_PER_HOUR, "day": US_PER_DAY}


def _is_older(found: Beginning | None) -> bool:
    """Whether hours do not tell, or only that it has been so all along."""
    return found is None or found.since.first == 0


def _beyond_chance(found: Mapping[str, Beginning]) -> dict[str, Beginning]:
    q_values = adjusted_p([each.since.p for each in found.values()])
    corrected = {
        name: replace(each, since=replace(each.since, p=q))
        for (name, each), q in zip(found.items(), q_values, strict=True)
    }
    return {name: each for name, each in corrected.items() if each.since.is_beyond_chance}


def _usual(known: Known, grid: FeatureGrid, start_us: int, many: int) -> Usual | None:
    """What the reference's days hold at each hour; None while they are too few."""
    seasons = [known.season(grid, start_us + place * US_PER_HOUR, "hour") for place in range(many)]
    filled = [season.whole for season in seasons if season is not None]
    if not filled:
        return None
    nothing = empty_counts(grid.grid)
    return Usual(known.whole(grid), [nothing if season is None else season.whole for season in seasons])


def _mark(counts: Counts) -> int:
    return hash((counts.grid_id, counts.buckets, counts.apart, tuple(sorted(counts.new.items())), counts.new_rest))
