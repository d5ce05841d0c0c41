"""What has drifted of a running service: its features' counts against its reference (SPEC D-1).

Rows of a day resemble each other, so nothing is judged as if they were independent: how much a window may differ is
learned from the days of the reference, or, for a window of hours, from the same hours of those days.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from evenkeel.judge.drift.baseline import by_feature, judged_window
from evenkeel.judge.drift.baseline_cache import Known, KnownServices
from evenkeel.judge.drift.beginnings import Beginning, Beginnings
from evenkeel.judge.drift.beside import counts_before
from evenkeel.judge.drift.carried import Carried, find_carried
from evenkeel.judge.drift.family import judge_window
from evenkeel.judge.drift.heat_map import Asked, HeatRow, draw_map
from evenkeel.judge.drift.judged import BY_HOUR_MAX_US, JudgedFeature, ServiceDrift
from evenkeel.judge.drift.kept_counts import KeptCounts, days_of
from evenkeel.judge.drift.kept_looks import KeptLooks, Said
from evenkeel.judge.drift.limits import PREDICTIONS, DriftLimits
from evenkeel.judge.drift.model import Detected, Finding
from evenkeel.judge.drift.past import LastWeeks, PastDays, weeks_before
from evenkeel.judge.drift.ready import Ready, given_profile, make_ready, ready_with_given, why_waiting
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.retired import Retired
from evenkeel.judge.drift.weeks import KnownWeeks, read_weeks
from evenkeel.kernel.embedding import NORM, split_feature
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.profile.model import Counts, Profile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, isoformat
from evenkeel.store.telemetry.feature_port import FeatureCounts, Step
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: Hours of a window that may stand in for days, where a given reference is younger in traffic than a week.
_CLUSTERS_US: Final = 7 * US_PER_DAY
#: A version is compared with what the one before it had in this time.
_BESIDE_US: Final = 28 * US_PER_DAY
#: Windows whose weeks before are kept: each is asked for by the page, its map and its objectives.
_WEEKS_HELD_MAX: Final = 16
_UNREADABLE: Final = "what is kept of the reference cannot be read"


def _as_usual(_: ServiceKey) -> DriftLimits:
    return DriftLimits()


def _none_retired(_: ServiceKey) -> Mapping[str, Retired]:
    return {}


def _not_in(given: GivenReference) -> str:
    day = isoformat(given.made_at_us)[:10]
    return f"no prediction carries it, nor does the reference that {given.author} gave on {day}"


class DriftJudge:
    """Judges the drift of services from their counts. What does not change is read once."""

    def __init__(
        self,
        telemetry: Telemetry,
        given: Callable[[ServiceKey], GivenReference | None],
        retired: Callable[[ServiceKey], Mapping[str, Retired]] = _none_retired,
        limits: Callable[[ServiceKey], DriftLimits] = _as_usual,
    ) -> None:
        self._retired = retired
        self._limits = limits
        self._telemetry = telemetry
        self._given = given
        self.looks = KeptLooks(telemetry, Said(given, retired, limits))
        self._counts = KeptCounts(telemetry)
        self._known = KnownServices(telemetry, self._counts)
        self._beginnings = Beginnings(telemetry)
        self._lock = threading.Lock()
        self._weeks: OrderedDict[tuple[ServiceKey, int, int, int], tuple[Sequence[int], KnownWeeks]] = OrderedDict()

    def judge(
        self, key: ServiceKey, window: Window, *, version: str | None = None, limits: DriftLimits | None = None
    ) -> ServiceDrift:
        """What of a service has drifted in a window that ends now, as far as whole hours or days of it go.

        Of all versions together, or of one: the reference is that of the service either way. What matters is what the
        service's objectives say, or `limits`.
        """
        asked, step = align_window(window)
        given = self._given(key)
        limits = self._limits(key) if limits is None else limits
        if given is not None and given.unreadable:
            waiting = {grid.feature: _UNREADABLE for grid in self._telemetry.feature_grids(key)}
            return ServiceDrift(key, asked, (), given, waiting, limits=limits)
        known = self._known_of(key, asked, step, given)
        rows = self._counts.read(key, asked, step=step) if known.grids else ()
        counted = by_feature(rows, version)
        if step == "day":
            counted |= self._by_hour(known, asked, version, given)
        ready: list[Ready] = []
        waiting, gone = self._without_grid(key), self._gone(key, given, known, (rows, asked.end_us))
        for grid in known.grids:
            name = split_feature(grid.feature)[0]
            if name in gone:
                continue
            steps = counted.get(grid.feature, {})
            profile = given_profile(given, grid)
            made = make_ready(profile, known, grid, asked, steps)
            if made is None:
                waiting[name] = why_waiting(given)
                continue
            ready.append(made)
        ready = self._with_clusters(key, asked, version, ready)
        found = judge_window([each.feature for each in ready], None, own=limits.of)
        return ServiceDrift(key, asked, _join(found, ready), given, waiting, gone, limits)

    def _by_hour(
        self, known: Known, window: Window, version: str | None, given: GivenReference | None
    ) -> dict[str, Mapping[int, Counts]]:
        """The hours of features of whose days so few follow their reference that the hours of these days matter."""
        if isinstance(known, KnownWeeks):
            return {}
        own = [grid.feature for grid in known.grids if given_profile(given, grid) is None]
        judged = {name: judged_window(known.baselines[name], window)[1] for name in own if known.baselines[name].days}
        short = {name: each for name, each in judged.items() if each.end_us - each.start_us <= BY_HOUR_MAX_US}
        if not short:
            return {}
        span = Window(min(each.start_us for each in short.values()), window.end_us)
        found = by_feature(self._counts.read(known.key, span, step="hour", features=list(short)), version)
        return {name: found.get(name, {}) for name in short}

    def _known_of(self, key: ServiceKey, asked: Window, step: Step, given: GivenReference | None) -> Known:
        """What is known of a service's reference: its first week, days that somebody chose, or the weeks before."""
        past = None if given is None else given.past
        if not isinstance(past, LastWeeks):
            return self._known.of(key, asked.end_us, past)
        known, changes = self._known.of(key, asked.end_us), self._telemetry.feature_changes(key)
        changed = [changes.of_day(day) for week in weeks_before(asked, past.weeks) for day in days_of(week)]
        name = (key, asked.start_us, asked.end_us // US_PER_HOUR, past.weeks)
        with self._lock:
            held = self._weeks.get(name)
        if held is None or held[0] != changed or held[1].grids != known.grids:
            held = changed, read_weeks(known, asked, step, past.weeks)
            with self._lock:
                self._weeks[name] = held
                while len(self._weeks) > _WEEKS_HELD_MAX:
                    self._weeks.popitem(last=False)
        return held[1]

    def _gone(
        self, key: ServiceKey, given: GivenReference | None, known: Known, now: tuple[Sequence[FeatureCounts], int]
    ) -> dict[str, str]:
        """Features that no prediction carries, and that somebody retired or a newer reference does not have.

        One that was carried since then is lost, and not left out. `now` is what the window holds, and its end.
        """
        rows, end_us = now
        carried = {split_feature(row.feature)[0] for row in rows if row.counts.n > row.counts.apart.missing}
        gone = {split_feature(grid.feature)[0] for grid in known.grids} - carried
        found = {
            name: each.describe()
            for name, each in self._retired(key).items()
            if name in gone and not self._carried_since(key, {name}, each.retired_at_us, end_us)
        }
        if given is not None and carried:
            held = set(given.table.named)
            if isinstance(given.past, PastDays):
                held = {split_feature(name)[0] for name, baseline in known.baselines.items() if baseline.days}
            if not isinstance(given.past, LastWeeks):
                left = gone - held - found.keys() - PREDICTIONS
                left -= self._carried_since(key, left, given.made_at_us, end_us)
                found |= {name: _not_in(given) for name in left}
        return found

    def _carried_since(self, key: ServiceKey, features: AbstractSet[str], since_us: int, end_us: int) -> set[str]:
        """Which of these any prediction carried on a day that began after `since_us`."""
        start_us = -(-since_us // US_PER_DAY) * US_PER_DAY
        parts = [
            each.feature for each in self._telemetry.feature_grids(key) if split_feature(each.feature)[0] in features
        ]
        if not features or start_us >= end_us:
            return set()
        rows = self._counts.read(key, Window(start_us, end_us), step="day", features=parts)
        return {split_feature(row.feature)[0] for row in rows if row.counts.n > row.counts.apart.missing}

    def _without_grid(self, key: ServiceKey) -> dict[str, str]:
        """Features of which too few values were seen, and that there are too many of them."""
        waiting = {
            split_feature(each.feature)[0]: f"{each.present:,} values so far; a feature is counted from 500 on"
            for each in self._telemetry.waiting_features(key)
        }
        refused = self._telemetry.refused_features(key)
        if refused is not None:
            waiting[refused.feature] = "the service sends more features than are counted, and this is one too many"
        return waiting

    def beside(self, key: ServiceKey, window: Window, version: str, before: str) -> ServiceDrift:
        """What a version is asked and says in a window, beside what the version before it was and said until then."""
        asked, step = align_window(window)
        known = self._known.of(key, window.end_us)
        span = Window(asked.end_us - _BESIDE_US, asked.end_us)
        now = by_feature(self._counts.read(key, asked, step=step), version)
        then = by_feature(self._counts.read(key, span, step="day"), before)
        held = counts_before(self._telemetry, key, (version, before), asked, (now, then))
        ready: list[Ready] = []
        for grid in known.grids:
            if grid.feature in held:
                profile = Profile(grid.grid, held[grid.feature])
                ready.append(ready_with_given(profile, known, grid, asked, now.get(grid.feature, {})))
        limits = self._limits(key)
        found = judge_window([each.feature for each in ready], None, own=limits.of)
        return ServiceDrift(key, asked, _join(found, ready), limits=limits)

    def map(self, key: ServiceKey, window: Window) -> list[HeatRow]:
        """Each feature by the hours of a window, or by its days where it is longer than a day and a half."""
        asked, step = align_window(window)
        given = self._given(key)
        if given is not None and given.unreadable:
            return []
        known, changes = self._known_of(key, asked, step, given), self._telemetry.feature_changes(key)
        rows = self._counts.read(key, asked, step=step) if known.grids else ()
        found = {grid.feature: given_profile(given, grid) for grid in known.grids}
        profiles = {name: profile for name, profile in found.items() if profile is not None}

        def mark(at: int) -> tuple[int, GivenReference | None]:
            return changes.of_day(at // US_PER_DAY * US_PER_DAY), given

        return draw_map(known, by_feature(rows), Asked(asked, step, self._limits(key), profiles, mark))

    def since(self, drift: ServiceDrift) -> Mapping[str, Beginning]:
        """Since when each feature differs that does, where that is beyond chance; of all versions together."""
        asked, step = align_window(drift.window)
        return self._beginnings.find(self._known_of(drift.key, asked, step, drift.given), drift)

    def carried(self, key: ServiceKey, window: Window, feature: str) -> Carried:
        """Which segment carries the drift of one feature, from the predictions that are stored.

        Raises NotFoundError for a feature that is not judged.
        """
        drift = self.judge(key, window)
        judged = next((each for each in drift.features if each.finding.feature == feature), None)
        if judged is None:
            raise NotFoundError(
                f"No feature {feature[:60]!r} is judged here.", hint="The view Drift names those that are."
            )
        since = self.since(drift).get(feature) if judged.finding.detected is Detected.YES else None
        return find_carried(self._telemetry, key, judged, since, drift.limits.of(feature).alert)

    def versions(self, key: ServiceKey, window: Window) -> list[str]:
        """The versions with rows in a window, the one that appeared last first."""
        asked, step = align_window(window)
        held = {row.version for row in self._counts.read(key, asked, step=step)}
        order = [span.version for span in self._telemetry.version_spans(key)]
        return [*reversed([each for each in order if each in held]), *sorted(held - set(order))]

    def _with_clusters(
        self, key: ServiceKey, asked: Window, version: str | None, ready: Sequence[Ready]
    ) -> list[Ready]:
        """Where a reference was given and no week of traffic is there, the hours of the window tell of chance."""
        young = [each.feature.name for each in ready if each.is_given and not each.baseline.is_whole]
        if not young:
            return list(ready)
        span = Window(max(asked.start_us, asked.end_us - _CLUSTERS_US), asked.end_us)
        hours = by_feature(self._counts.read(key, span, step="hour", features=young), version)
        made: list[Ready] = []
        for each in ready:
            seasons = tuple(counts for counts in hours.get(each.feature.name, {}).values() if counts.n)
            clustered = replace(each.feature, seasons=seasons, parts=max(1, len(seasons)), spread=None)
            made.append(replace(each, feature=clustered) if each.feature.name in young else each)
        return made


def _join(found: Sequence[Finding], ready: Sequence[Ready]) -> tuple[JudgedFeature, ...]:
    by_name = {each.feature.name: each for each in ready}
    made: list[JudgedFeature] = []
    for finding in found:
        each = by_name[finding.told or finding.feature]
        lengths = by_name.get(f"{finding.feature}/{NORM}") if finding.told else None
        beside = None if lengths is None or lengths is each else lengths.feature
        made.append(JudgedFeature(finding, each.feature, each.baseline, each.window, each.is_given, beside))
    return tuple(made)


def align_window(window: Window) -> tuple[Window, Step]:
    """The window from a whole hour or day on, and which of them it is read by.

    Hours reach back as far as was asked; days are as many as asked for, today among them.
    """
    is_short = window.end_us - window.start_us <= BY_HOUR_MAX_US
    if is_short:
        return Window(window.start_us // US_PER_HOUR * US_PER_HOUR, window.end_us), "hour"
    return Window(-(-window.start_us // US_PER_DAY) * US_PER_DAY, window.end_us), "day"
