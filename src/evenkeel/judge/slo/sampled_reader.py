"""How all SLOs stand: those that are counted, and those of rates of quality, which are known from a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.model import JudgedService, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.slo.budget_reader import ReaderDependencies
from evenkeel.judge.slo.model import SampledSli, Slo
from evenkeel.judge.slo.periods import budget_minutes, period_at
from evenkeel.judge.slo.reading import SloReader
from evenkeel.judge.slo.sampled import compute_sampled, sampled_slo, why_no_budget
from evenkeel.judge.slo.status import Month, Point, SloStatus, worst_first
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import Status, read_status
from evenkeel.store.telemetry.port import ServiceKey


class SampledSloReader(SloReader):
    """Adds to what is counted the budgets that verdicts of quality make: they are read, and nothing is judged anew."""

    def __init__(
        self,
        given: ReaderDependencies,
        services: Callable[[int], Sequence[ServiceStatus]],
        timezone: Callable[[], str],
        events_days: Callable[[], int],
        unseen: Callable[[], Sequence[JudgedService]],
    ) -> None:
        super().__init__(given)
        self._services = services
        self._timezone = timezone
        self._events_days = events_days  # for so many days events are kept
        self._unseen = unseen  # services that nobody has judged since the start

    def statuses(self, now_us: int, key: ServiceKey | None = None) -> list[SloStatus]:
        """Every SLO, or those of a service, worst first."""
        first_us = self._first_seen()
        sampled = [
            self._sampled_status(slo, verdict, now_us, first_us.get(slo.key))
            for slo, verdict in self._sampled(now_us)
            if key in (None, slo.key)
        ]
        return sorted([*super().statuses(now_us, key), *sampled], key=worst_first)

    def find_path(self, path: str) -> Slo:
        """The SLO that `environment/service/name` names. Raises NotFoundError."""
        found = next((slo for slo, _ in self._sampled(0) if f"{slo.key}/{slo.name}" == path), None)
        return super().find_path(path) if found is None else found

    def status(self, slo: Slo, now_us: int) -> SloStatus:
        """One SLO as of now."""
        if not isinstance(slo.sli, SampledSli):
            return super().status(slo, now_us)
        verdict = next((verdict for each, verdict in self._sampled(now_us) if each == slo), None)
        return self._sampled_status(slo, verdict, now_us, self._first_seen().get(slo.key))

    def months(self, slo: Slo, now_us: int, *, count: int = 12) -> list[Month]:
        """The months of an SLO; of a rate of quality the month that runs, as its verdicts are of no other."""
        if not isinstance(slo.sli, SampledSli):
            return super().months(slo, now_us, count=count)
        return [Month(self.status(slo, now_us), is_running=True, is_partial=True)]

    def burn_down(self, status: SloStatus) -> list[Point]:
        """What was left over time; a sample is too small to be told by the day."""
        return [] if isinstance(status.slo.sli, SampledSli) else super().burn_down(status)

    def bad_hours(self, status: SloStatus, *, limit: int = 50) -> list[tuple[Window, float, float]]:
        """The stretches with the most bad ones; none where hours are not known."""
        return [] if isinstance(status.slo.sli, SampledSli) else super().bad_hours(status, limit=limit)

    # --- inside

    def _sampled(self, now_us: int) -> list[tuple[Slo, ObjectiveVerdict | None]]:
        """The rates of quality that are judged, each with its verdicts. An SLO of that name that is counted stands.

        What governs is there before it is judged as well: its budget is unknown then, and the gate must not miss it.
        """
        counted = {(slo.key, slo.name) for slo in self.slos()}
        judged = [
            (service.key, verdict.objective, verdict)
            for service in self._services(now_us)
            if service.judged
            for verdict in service.verdicts
        ]
        waiting = [
            (service.key, objective, None)
            for service in self._unseen()
            if service.judged
            for objective in service.objectives
            if objective.declared
        ]
        timezone = self._timezone()
        return [
            (slo, verdict)
            for key, objective, verdict in (*judged, *waiting)
            if (slo := sampled_slo(key, objective, timezone)) is not None and (slo.key, slo.name) not in counted
        ]

    def _first_seen(self) -> dict[ServiceKey, int]:
        return {state.key: state.first_at for state in self._given.telemetry.services()}

    def _sampled_status(
        self, slo: Slo, verdict: ObjectiveVerdict | None, now_us: int, first_us: int | None
    ) -> SloStatus:
        period = period_at(slo.window, now_us)
        month = None if verdict is None else verdict.by_window.get(WindowName.REPORT)
        counted = Window(min(max(period.start_us, first_us or 0), now_us), now_us)
        if verdict is None or month is None:
            return SloStatus(slo, now_us, period, counted, None, None, why_unknown="it is not judged yet")
        if read_status(month, now_us) is Status.STALE:
            why = "the verdict that it is reckoned from was not renewed in time"
            return SloStatus(slo, now_us, period, counted, None, None, why_unknown=why)
        length = budget_minutes(slo.window, period, fixed_30d=self._given.is_fixed_30d())
        known = replace(month.estimate, window=self._told_of(verdict, month.estimate.window, now_us))
        budget = compute_sampled(known, verdict.objective, slo.budget_ratio, length, counted)
        why = "" if budget else why_no_budget(month.estimate, verdict.objective.definition.counts)
        return SloStatus(slo, now_us, period, counted, budget, budget, why_unknown=why)

    def _told_of(self, verdict: ObjectiveVerdict, window: Window, now_us: int) -> Window:
        """What of a month an estimate can be about: not what came before events that are kept, nor the days until now
        of which the verdict found nothing: a sample of the first days says nothing of a month."""
        start_us, end_us = window.start_us, window.end_us
        if verdict.objective.definition.reads is not Reads.PEOPLE:  # labels by people outlive the events
            start_us = max(start_us, (now_us // US_PER_DAY - self._events_days()) * US_PER_DAY)
        latest = verdict.by_window.get(WindowName.VERDICT)
        if latest is not None and latest.estimate.n <= 0:
            end_us = min(end_us, latest.estimate.window.start_us)
        return Window(min(start_us, end_us), end_us)
