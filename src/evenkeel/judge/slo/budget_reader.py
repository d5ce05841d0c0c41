"""Error budgets as they are counted: reads what an SLO counts, takes out maintenance, and adds what nobody saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from evenkeel.judge.objectives.cadence import CADENCE_UNKNOWN_S
from evenkeel.judge.slo.budget import Budget, Tally, Terms, Unit, compute_budget, compute_composite
from evenkeel.judge.slo.burn import BurnResult
from evenkeel.judge.slo.composite import combine_slices
from evenkeel.judge.slo.counting import count_sli, count_slo, hours_of, is_sliced, probes_of, thresholds_of
from evenkeel.judge.slo.ledger import Ledger, find_silences, minutes_of, tally_events, tally_minutes
from evenkeel.judge.slo.model import CompositeSli, Method, MinutesSli, ProbesSli, Slo, SourceSli
from evenkeel.judge.slo.periods import budget_minutes
from evenkeel.judge.slo.probed import Paces, ProbeRunsReader, no_probe
from evenkeel.judge.slo.pulled import Pulled, count_pulled, holes_of_pulled, nothing_pulled
from evenkeel.judge.slo.silence import Silences
from evenkeel.judge.slo.status import SloStatus
from evenkeel.judge.slo.stream import Buckets, by_hour, ratio_slices, slices
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window, floor_hour
from evenkeel.org.calendar.model import merge_spans
from evenkeel.store.telemetry.port import ServiceKey, ServiceState, Telemetry

#: Hours that maintenance or a period's edge cuts are told by their minutes; of more than these, by their part in time.
CUT_HOURS_MAX: Final = 48


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


class BudgetReader:
    """Counts budgets. Safe to use from any thread."""

    def __init__(self, given: ReaderDependencies) -> None:
        self._given = given
        self._silences = Silences(given.telemetry, self._cadence_s)
        self._states: Mapping[ServiceKey, ServiceState] = {}
        self.probed = ProbeRunsReader(given.telemetry, given.pace)

    def read_states(self) -> Mapping[ServiceKey, ServiceState]:
        """What is known of each service now; what follows goes by it."""
        self._states = {state.key: state for state in self._given.telemetry.services()}
        return self._states

    def read_silences(self, asked: Iterable[tuple[ServiceKey, int]], now_us: int) -> None:
        """Read together what each (service, since when) would ask of its own."""
        self._silences.read(asked, now_us)

    def budget(self, slo: Slo, period: Window, counted: Window, excluded: tuple[Window, ...]) -> Budget | None:
        """The budget of a period after what was counted of it; None where nothing was."""
        spans = self._given.excluded(slo.key, period) if excluded else ()
        left_out = period.minutes - minutes_of(period, spans)
        length = budget_minutes(slo.window, period, fixed_30d=self._given.is_fixed_30d()) - left_out
        elapsed = minutes_of(counted, excluded)
        if length <= 0.0 or elapsed <= 0.0:
            return None
        unit = Unit.MINUTES if is_time(slo) else Unit.EVENTS
        terms = Terms(slo.budget_ratio, unit, length, elapsed)
        if isinstance(slo.sli, CompositeSli) and not is_time(slo):
            parts = [
                (self.budget(replace(part, window=slo.window), period, counted, excluded), weight)
                for part, weight in self.parts(slo)
            ]
            return compute_composite(parts, terms)
        ledger = self.ledger(slo, counted, edges=excluded)
        tally = self._tally(slo, ledger, counted, excluded)
        # Time in which nothing at all was counted leaves nothing to judge; it is no month of outage.
        return compute_budget(tally, terms) if tally.total > 0 else None

    def used(
        self, slo: Slo, budget: Budget | None, status: SloStatus, moments: Sequence[int]
    ) -> list[tuple[float, float]]:
        """The shares (low, high) of `budget` that were spent from the start of what `status` counted to each moment.

        SLOs that burn together by events spend what their parts spend, as in `compute_composite`.
        """
        if budget is None:  # nothing of it was counted: it may have spent nothing, or all
            return [(0.0, 1.0)] * len(moments)
        counted = status.counted
        excluded = self._given.excluded(slo.key, counted)
        if isinstance(slo.sli, CompositeSli) and not is_time(slo):
            sums = [(0.0, 0.0)] * len(moments)
            for part, weight in self.parts(slo):
                one = replace(part, window=slo.window)
                spent = self.used(one, self.budget(one, status.period, counted, excluded), status, moments)
                sums = [
                    (low + weight * more[0], high + weight * more[1])
                    for (low, high), more in zip(sums, spent, strict=True)
                ]
            return sums
        ledger = self.ledger(slo, counted, edges=excluded)
        tallies = (self._tally(slo, ledger, Window(counted.start_us, at_us), excluded) for at_us in moments)
        return [(tally.bad / budget.allowed, (tally.bad + tally.unknown) / budget.allowed) for tally in tallies]

    def _tally(self, slo: Slo, ledger: Ledger, window: Window, excluded: Sequence[Window]) -> Tally:
        if is_time(slo):
            return tally_minutes(ledger, window, excluded)
        if isinstance(slo.sli, SourceSli):
            return tally_events(ledger, window, excluded, holes_of_pulled(self._given.pulled(slo.sli, window), window))
        if isinstance(slo.sli, ProbesSli) and slo.sli.names:
            seen = tally_events(ledger, window, excluded, ())
            return replace(seen, unknown=self.probed.missing(slo.key, slo.sli.names, window, excluded))
        return tally_events(ledger, window, excluded, self._holes_of(slo.key, window))

    def parts(self, slo: Slo) -> list[tuple[Slo, float]]:
        """(part, weight) of SLOs that burn together; none of any other."""
        if not isinstance(slo.sli, CompositeSli):
            return []
        by_name = {part.name: part for part in self._given.engine.slos() if part.key == slo.key}
        return [(by_name[name], weight) for name, weight in slo.sli.parts if name in by_name and name != slo.name]

    def ledger(self, slo: Slo, window: Window, *, edges: Sequence[Window] = ()) -> Ledger:
        """What counts against the budget in `window`; hours that it or `edges` cut are told by their minutes."""
        width_us, worth = slice_us(slo), _worth(slo)
        if isinstance(slo.sli, CompositeSli):
            return Ledger.of(Buckets.none(), self._composite(slo, window), slice_us=width_us, worth=worth)
        hours, minutes = self._given.engine.counted(slo)
        if not hours.at.size or window.start_us < int(hours.at[0]):  # the engine knows the last month only
            hours = self._hours(slo, Window(floor_hour(window.start_us), window.end_us))
        ledger = Ledger.of(hours, minutes, slice_us=width_us, worth=worth)
        cuts = [window.start_us, window.end_us, *(edge for span in edges for edge in (span.start_us, span.end_us))]
        for hour in ledger.cut_hours(cuts)[:CUT_HOURS_MAX]:
            told = self._minutes(slo, Window(hour, hour + US_PER_HOUR))
            if told.at.size:
                ledger = ledger.refined(hour, told, slice_us=width_us, worth=worth)
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

    def _composite(self, slo: Slo, window: Window) -> Buckets:
        held: list[tuple[Buckets, float]] = []
        for part, weight in self.parts(slo):
            minutes = self._counts(part, window, step_minutes=1)
            if slo.method is Method.TIMESLICES:
                target = part.slice_target if part.slice_target is not None else part.target
                held.append((slices(minutes, slo.slice_s, target), weight))
            else:
                held.append((ratio_slices(minutes, slo.slice_s), weight))
        return combine_slices(held, slo.method)

    def _holes_of(self, key: ServiceKey, window: Window) -> tuple[Window, ...]:
        """When the service was not heard from although it should have been, within `window`."""
        known = self._silences.of(key, window)
        silent_us = self._states[key].last_at if key in self._states else window.end_us
        since = Window(min(silent_us, window.end_us), window.end_us)
        now_silent = find_silences((), since, self._cadence_s(key)) if silent_us < window.end_us else ()
        return merge_spans([*known, *now_silent], window)

    def _cadence_s(self, key: ServiceKey) -> float:
        return self._given.cadence_s(key) or CADENCE_UNKNOWN_S


def is_time(slo: Slo) -> bool:
    """Whether its budget is of time, not of events."""
    return slo.method is not Method.OCCURRENCES or isinstance(slo.sli, MinutesSli)


def slice_us(slo: Slo) -> int:
    """How long one count of it is, microseconds."""
    return slo.slice_s * US_PER_SECOND if is_sliced(slo) else US_PER_MINUTE


def _worth(slo: Slo) -> float:
    """What one count is worth, in minutes for budgets of time."""
    return slo.slice_s / 60.0 if is_sliced(slo) else 1.0
