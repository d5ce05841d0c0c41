"""How all SLOs stand: those that are counted, and those of rates of quality, which are known from a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evenkeel.judge.objectives.model import ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.slo.model import SampledSli, Slo
from evenkeel.judge.slo.periods import budget_minutes, period_at
from evenkeel.judge.slo.reading import Month, Point, ReaderDependencies, SloReader
from evenkeel.judge.slo.sampled import compute_sampled, sampled_slo, why_no_budget
from evenkeel.judge.slo.status import SloStatus, worst_first
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import Status, read_status
from evenkeel.store.telemetry.port import ServiceKey


class SampledSloReader(SloReader):
    """Adds to what is counted the budgets that verdicts of quality make: they are read, and nothing is judged anew."""

    def __init__(
        self,
        given: ReaderDependencies,
        services: Callable[[int], Sequence[ServiceStatus]],
        timezone: Callable[[], str],
    ) -> None:
        super().__init__(given)
        self._services = services
        self._timezone = timezone

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

    def _sampled(self, now_us: int) -> list[tuple[Slo, ObjectiveVerdict]]:
        """The rates of quality that are judged, each with its verdicts. An SLO of that name that is counted stands."""
        counted = {(slo.key, slo.name) for slo in self.slos()}
        timezone = self._timezone()
        return [
            (slo, verdict)
            for service in self._services(now_us)
            if service.judged
            for verdict in service.verdicts
            if (slo := sampled_slo(service.key, verdict.objective, timezone)) is not None
            and (slo.key, slo.name) not in counted
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
        budget = compute_sampled(month.estimate, verdict.objective, slo.budget_ratio, length, counted)
        why = "" if budget else why_no_budget(month.estimate, verdict.objective.definition.counts)
        return SloStatus(slo, now_us, period, counted, budget, budget, why_unknown=why)
