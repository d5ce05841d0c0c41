"""How SLOs stand: reads what was counted, takes out maintenance, and makes statuses, months and burn-downs of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from evenkeel.judge.objectives.cadence import CADENCE_UNKNOWN_S
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.slo.budget import Budget, Tally, Terms, Unit, compute_budget, compute_composite
from evenkeel.judge.slo.burn import BurnResult
from evenkeel.judge.slo.composite import combine_slices
from evenkeel.judge.slo.counting import count_sli, count_slo, hours_of, is_sliced, probes_of, thresholds_of
from evenkeel.judge.slo.ledger import Ledger, find_silences, minutes_of, tally_events, tally_minutes
from evenkeel.judge.slo.model import CompositeSli, Method, MinutesSli, ProbesSli, Slo, SourceSli
from evenkeel.judge.slo.periods import budget_minutes, months_before, period_at
from evenkeel.judge.slo.probed import Paces, ProbeRunsReader, no_probe
from evenkeel.judge.slo.pulled import Pulled, count_pulled, holes_of_pulled, nothing_pulled, told_of
from evenkeel.judge.slo.silence import Silences
from evenkeel.judge.slo.status import SloStatus, rule_reading, worst_first
from evenkeel.judge.slo.stream import Buckets, by_hour, ratio_slices, slices
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window, floor_hour
from evenkeel.org.calendar.model import merge_spans
from evenkeel.store.telemetry.port import ServiceKey, ServiceState, Telemetry

#: Hours that maintenance or a period's edge cuts are told by their minutes; of more than these, by their part in time.
CUT_HOURS_MAX: Final = 48
POINTS: Final = 180


class Counted(Protocol):
    """What the SLO engine knows; asked from any thread."""

    def slos(self) -> tuple[Slo, ...]:
        """All SLOs."""
        ...

    def burns(self, slo: Slo) -> tuple[BurnResult, ...]:
        """How its rules stood when they were last judged."""
        ...

    def counted(self, slo: Slo) -> tuple[Buckets, Buckets]:
        """(hours, minutes or slices of the last day) that count against its budget."""
        ...

    def is_suspect(self, slo: Slo) -> bool:
        """Whether something may have begun to fail."""
        ...


@dataclass(frozen=True, slots=True)
class ReaderDependencies:
    """What readings stand on."""

    telemetry: Telemetry
    engine: Counted
    excluded: Callable[[ServiceKey, Window], tuple[Window, ...]]  # maintenance
    cadence_s: Callable[[ServiceKey], float | None]  # how often a service is heard from, where that is known
    is_fixed_30d: Callable[[], bool]
    pulled: Pulled = nothing_pulled
    pace: Paces = no_probe


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month of an SLO; judged by itself."""

    status: SloStatus
    is_running: bool
    is_partial: bool  # the service began within it, or it is still running


@dataclass(frozen=True, slots=True)
class Point:
    """What was left of the budget at a moment: share of it, (low, high)."""

    at_us: int
    low: float
    high: float


class SloReader:
    """Answers pages, command line, API and gate. Safe to use from any thread."""

    def __init__(self, given: ReaderDependencies) -> None:
        self._given = given
        self._silences = Silences(given.telemetry, self._cadence_s)
        self._states: dict[ServiceKey, ServiceState] = {}
        self._probed = ProbeRunsReader(given.telemetry, given.pace)

    def statuses(self, now_us: int, key: ServiceKey | None = None) -> list[SloStatus]:
        """Every SLO, or those of a service; the one with the least budget left first, unknown ones after them."""
        states = self._read_states()
        slos = [slo for slo in self._given.engine.slos() if key in (None, slo.key)]
        self._read_silences(slos, states, now_us)
        found = [self._status(slo, states.get(slo.key) or self._told(slo), now_us) for slo in slos]
        return sorted(found, key=worst_first)

    def slos(self) -> tuple[Slo, ...]:
        """All that are watched."""
        return self._given.engine.slos()

    def find_path(self, path: str) -> Slo:
        """The SLO that `environment/service/name` names; each may hold slashes. Raises NotFoundError."""
        slos = self._given.engine.slos()
        found = next((slo for slo in slos if f"{slo.key}/{slo.name}" == path), None)
        if found is None:
            near = ", ".join(sorted(slo.name for slo in slos if path.startswith(f"{slo.key}/")))
            hint = f"That service has {near}." if near else "`evenkeel slo list` shows all there are."
            raise NotFoundError(f"There is no SLO {path[:120]!r}.", hint=hint)
        return found

    def parts(self, slo: Slo) -> list[tuple[Slo, float]]:
        """(part, weight) of SLOs that burn together; none of any other."""
        return self._parts(slo, slo.sli) if isinstance(slo.sli, CompositeSli) else []

    def is_known(self, key: ServiceKey) -> bool:
        """Whether the service was ever heard from, or has an SLO."""
        return any(state.key == key for state in self._given.telemetry.services()) or any(
            slo.key == key for slo in self._given.engine.slos()
        )

    def status(self, slo: Slo, now_us: int) -> SloStatus:
        """One SLO as of now."""
        return self._status(slo, self._state(slo), now_us)

    def months(self, slo: Slo, now_us: int, *, count: int = 12) -> list[Month]:
        """The months that hold anything, each judged by itself, the latest first; those in between in any case."""
        state = self._state(slo)
        if state is None:
            return []
        found: list[Month] = []
        first_us = self._first_us(slo, state, now_us)
        for window in months_before(now_us, slo.window.timezone, count):
            if window.end_us <= first_us:
                break
            monthly = replace(slo, window=replace(slo.window, rolling_s=None, calendar="month"))
            status = self._read(monthly, state, window, min(now_us, window.end_us))
            is_running = window.contains(now_us)
            found.append(Month(status, is_running, is_running or first_us > window.start_us))
        while found and found[-1].status.budget is None:
            found.pop()
        return found

    def burn_down(self, status: SloStatus) -> list[Point]:
        """What was left of the budget over the counted part of a period, from its start to now."""
        if status.budget is None or self._state(status.slo) is None:
            return []
        counted = status.counted
        step = max(US_PER_MINUTE, (counted.end_us - counted.start_us) // POINTS)
        moments = [*range(counted.start_us + step, counted.end_us, step), counted.end_us]
        used = self._used(status.slo, status.budget, status, moments)
        return [
            Point(counted.start_us, 1.0, 1.0),
            *(Point(at_us, 1.0 - high, 1.0 - low) for at_us, (low, high) in zip(moments, used, strict=True)),
        ]

    def bad_hours(self, status: SloStatus, *, limit: int = 50) -> list[tuple[Window, float, float]]:
        """(stretch, bad, total) of the stretches of the period with the most bad ones, the latest first."""
        ledger = self._ledger(status.slo, status.counted)
        held = (ledger.bad > 0) & (ledger.at >= status.counted.start_us - US_PER_HOUR)
        rows = sorted(
            zip(ledger.at[held], ledger.width[held], ledger.bad[held], ledger.total[held], strict=True),
            key=lambda row: -row[2],
        )[:limit]
        return sorted(
            ((Window(int(at), int(at + width)), float(bad), float(total)) for at, width, bad, total in rows),
            key=lambda row: -row[0].start_us,
        )

    # --- inside

    def _state(self, slo: Slo) -> ServiceState | None:
        return self._read_states().get(slo.key) or self._told(slo)

    def _told(self, slo: Slo) -> ServiceState | None:
        """What sources tell of a service that was never heard from."""
        parts = [part for part, _ in self.parts(slo)] or [slo]
        asked = [part for part in parts if isinstance(part.sli, SourceSli)]
        return told_of(slo.key, [buckets for part in asked for buckets in self._given.engine.counted(part)])

    def _read_states(self) -> dict[ServiceKey, ServiceState]:
        self._states = {state.key: state for state in self._given.telemetry.services()}
        return self._states

    def _status(self, slo: Slo, state: ServiceState | None, now_us: int) -> SloStatus:
        period = period_at(slo.window, now_us)
        if state is None:
            nothing = Window(period.start_us, period.start_us)
            why = _brought_nothing(slo.sli) if isinstance(slo.sli, SourceSli) else "the service was never heard from"
            return SloStatus(slo, now_us, period, nothing, None, None, why_unknown=why)
        status = self._read(slo, state, period, now_us)
        rules = tuple(rule_reading(slo, result) for result in self._given.engine.burns(slo))
        return replace(status, rules=rules, suspect=self._given.engine.is_suspect(slo))

    def _read(self, slo: Slo, state: ServiceState, period: Window, now_us: int) -> SloStatus:
        """The status over one period, without rules."""
        counted = self._counted_part(slo, state, period, now_us)
        excluded = self._given.excluded(slo.key, counted)
        left_out = counted.minutes - minutes_of(counted, excluded)
        whole = self._budget(slo, period, counted, ())
        budget = self._budget(slo, period, counted, excluded) if excluded else whole
        why = "" if budget else self._why_unknown(slo, state, counted, excluded)
        return SloStatus(slo, now_us, period, counted, budget, whole, left_out, why_unknown=why)

    def _first_us(self, slo: Slo, state: ServiceState, now_us: int) -> int:
        """When what it counts was first seen: the service, or the probes it names."""
        names = slo.sli.names if isinstance(slo.sli, ProbesSli) else ()
        began_us = self._probed.began_us(slo.key, names, now_us) if names else None
        return state.first_at if began_us is None else began_us

    def _counted_part(self, slo: Slo, state: ServiceState, period: Window, now_us: int) -> Window:
        """From when the service was first seen, in whole slices where time is counted: the last one is not over."""
        slice_us = _slice_us(slo)
        end = min(now_us, period.end_us)
        if _is_time(slo):
            end = end // slice_us * slice_us
        start = max(period.start_us, self._first_us(slo, state, now_us) // slice_us * slice_us)
        return Window(min(start, end), end)

    def _budget(self, slo: Slo, period: Window, counted: Window, excluded: tuple[Window, ...]) -> Budget | None:
        spans = self._given.excluded(slo.key, period) if excluded else ()
        left_out = period.minutes - minutes_of(period, spans)
        length = budget_minutes(slo.window, period, fixed_30d=self._given.is_fixed_30d()) - left_out
        elapsed = minutes_of(counted, excluded)
        if length <= 0.0 or elapsed <= 0.0:
            return None
        unit = Unit.MINUTES if _is_time(slo) else Unit.EVENTS
        terms = Terms(slo.budget_ratio, unit, length, elapsed)
        if isinstance(slo.sli, CompositeSli) and not _is_time(slo):
            parts = [
                (self._budget(replace(part, window=slo.window), period, counted, excluded), weight)
                for part, weight in self._parts(slo, slo.sli)
            ]
            return compute_composite(parts, terms)
        ledger = self._ledger(slo, counted, edges=excluded)
        tally = self._tally(slo, ledger, counted, excluded)
        # Time in which nothing at all was counted leaves nothing to judge; it is no month of outage.
        return compute_budget(tally, terms) if tally.total > 0 else None

    def _used(
        self, slo: Slo, budget: Budget | None, status: SloStatus, moments: Sequence[int]
    ) -> list[tuple[float, float]]:
        """The shares (low, high) of `budget` that were spent from the start of what `status` counted to each moment.

        SLOs that burn together by events spend what their parts spend, as in `compute_composite`.
        """
        if budget is None:  # nothing of it was counted: it may have spent nothing, or all
            return [(0.0, 1.0)] * len(moments)
        counted = status.counted
        excluded = self._given.excluded(slo.key, counted)
        if isinstance(slo.sli, CompositeSli) and not _is_time(slo):
            sums = [(0.0, 0.0)] * len(moments)
            for part, weight in self._parts(slo, slo.sli):
                one = replace(part, window=slo.window)
                spent = self._used(one, self._budget(one, status.period, counted, excluded), status, moments)
                sums = [
                    (low + weight * more[0], high + weight * more[1])
                    for (low, high), more in zip(sums, spent, strict=True)
                ]
            return sums
        ledger = self._ledger(slo, counted, edges=excluded)
        tallies = (self._tally(slo, ledger, Window(counted.start_us, at_us), excluded) for at_us in moments)
        return [(tally.bad / budget.allowed, (tally.bad + tally.unknown) / budget.allowed) for tally in tallies]

    def _tally(self, slo: Slo, ledger: Ledger, window: Window, excluded: Sequence[Window]) -> Tally:
        if _is_time(slo):
            return tally_minutes(ledger, window, excluded)
        if isinstance(slo.sli, SourceSli):
            return tally_events(ledger, window, excluded, holes_of_pulled(self._given.pulled(slo.sli, window), window))
        if isinstance(slo.sli, ProbesSli) and slo.sli.names:
            seen = tally_events(ledger, window, excluded, ())
            return replace(seen, unknown=self._probed.missing(slo.key, slo.sli.names, window, excluded))
        return tally_events(ledger, window, excluded, self._holes_of(slo.key, window))

    def _parts(self, slo: Slo, sli: CompositeSli) -> list[tuple[Slo, float]]:
        by_name = {part.name: part for part in self._given.engine.slos() if part.key == slo.key}
        return [(by_name[name], weight) for name, weight in sli.parts if name in by_name and name != slo.name]

    def _ledger(self, slo: Slo, window: Window, *, edges: Sequence[Window] = ()) -> Ledger:
        """What counts against the budget in `window`; hours that it or `edges` cut are told by their minutes."""
        slice_us, worth = _slice_us(slo), _worth(slo)
        if isinstance(slo.sli, CompositeSli):
            return Ledger.of(Buckets.none(), self._composite(slo, slo.sli, window), slice_us=slice_us, worth=worth)
        hours, minutes = self._given.engine.counted(slo)
        if not hours.at.size or window.start_us < int(hours.at[0]):  # the engine knows the last month only
            hours = self._hours(slo, Window(floor_hour(window.start_us), window.end_us))
        ledger = Ledger.of(hours, minutes, slice_us=slice_us, worth=worth)
        cuts = [window.start_us, window.end_us, *(edge for span in edges for edge in (span.start_us, span.end_us))]
        for hour in ledger.cut_hours(cuts)[:CUT_HOURS_MAX]:
            told = self._minutes(slo, Window(hour, hour + US_PER_HOUR))
            if told.at.size:
                ledger = ledger.refined(hour, told, slice_us=slice_us, worth=worth)
        return ledger

    def _hours(self, slo: Slo, window: Window) -> Buckets:
        if is_sliced(slo):
            return hours_of(slo, self._counts(slo, window, step_minutes=1))
        return self._counts(slo, window, step_minutes=60)

    def _minutes(self, slo: Slo, window: Window) -> Buckets:
        return count_slo(slo, self._counts(slo, window, step_minutes=1))

    def _counts(self, slo: Slo, window: Window, *, step_minutes: int) -> Buckets:
        if isinstance(slo.sli, SourceSli):
            minutes = count_pulled(self._given.pulled(slo.sli, window))
            return minutes if step_minutes == 1 else by_hour(minutes)
        series = self._given.telemetry.counts(
            window,
            step_minutes=step_minutes,
            keys=(slo.key,),
            thresholds=thresholds_of((slo,)),
            probes=probes_of((slo,)),
        ).get(slo.key)
        return Buckets.none() if series is None else count_sli(slo.sli, series)

    def _composite(self, slo: Slo, sli: CompositeSli, window: Window) -> Buckets:
        held: list[tuple[Buckets, float]] = []
        for part, weight in self._parts(slo, sli):
            minutes = self._counts(part, window, step_minutes=1)
            if slo.method is Method.TIMESLICES:
                target = part.slice_target if part.slice_target is not None else part.target
                held.append((slices(minutes, slo.slice_s, target), weight))
            else:
                held.append((ratio_slices(minutes, slo.slice_s), weight))
        return combine_slices(held, slo.method)

    def _read_silences(self, slos: Sequence[Slo], states: Mapping[ServiceKey, ServiceState], now_us: int) -> None:
        """Read together what each of these would ask of its service."""
        self._silences.read(
            (
                (slo.key, self._counted_part(slo, states[slo.key], period_at(slo.window, now_us), now_us).start_us)
                for slo in slos
                if slo.key in states and _is_told_by_service(slo)
            ),
            now_us,
        )

    def _holes_of(self, key: ServiceKey, window: Window) -> tuple[Window, ...]:
        """When the service was not heard from although it should have been, within `window`."""
        known = self._silences.of(key, window)
        silent_us = self._states[key].last_at if key in self._states else window.end_us
        since = Window(min(silent_us, window.end_us), window.end_us)
        now_silent = find_silences((), since, self._cadence_s(key)) if silent_us < window.end_us else ()
        return merge_spans([*known, *now_silent], window)

    def _cadence_s(self, key: ServiceKey) -> float:
        return self._given.cadence_s(key) or CADENCE_UNKNOWN_S

    def _why_unknown(self, slo: Slo, state: ServiceState, counted: Window, excluded: Sequence[Window]) -> str:
        if counted.start_us >= counted.end_us:
            return "the period has only begun" if state.first_at < counted.end_us else "the service is only just known"
        if excluded and minutes_of(counted, excluded) <= 0.0:
            return "all of the period so far is maintenance"
        if isinstance(slo.sli, SourceSli):
            return _brought_nothing(slo.sli)
        if isinstance(slo.sli, ProbesSli) and slo.sli.names:
            return f"no run of {' or '.join(slo.sli.names)} said anything of the service in the period"
        return "nothing that it counts was seen in the period"


def known_cadence_s(engine: ObjectiveEngine, key: ServiceKey) -> float | None:
    """How often a service is heard from, as the judge of its objectives declares or learned it."""
    status = engine.service(key, 0)
    return None if status is None else status.cadence_s


def _brought_nothing(sli: SourceSli) -> str:
    return f"the source {sli.source} has brought nothing yet"


def _is_time(slo: Slo) -> bool:
    return slo.method is not Method.OCCURRENCES or isinstance(slo.sli, MinutesSli)


def _is_told_by_service(slo: Slo) -> bool:
    """Whether what is missing of it is told by when its service was heard from."""
    return not _is_time(slo) and not isinstance(slo.sli, SourceSli | ProbesSli)


def _slice_us(slo: Slo) -> int:
    return slo.slice_s * US_PER_SECOND if is_sliced(slo) else US_PER_MINUTE


def _worth(slo: Slo) -> float:
    """What one count is worth, in minutes for budgets of time."""
    return slo.slice_s / 60.0 if is_sliced(slo) else 1.0
