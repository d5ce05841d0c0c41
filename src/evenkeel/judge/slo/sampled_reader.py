"""How all SLOs stand: those that are counted, and those of rates of quality, which are known from a sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenkeel.judge.objectives.assessing import Assessors
from evenkeel.judge.objectives.model import JudgedService, Objective, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.slo.budget import Budget
from evenkeel.judge.slo.budget_reader import ReaderDependencies
from evenkeel.judge.slo.model import SampledSli, Slo
from evenkeel.judge.slo.periods import budget_minutes, months_before, period_at
from evenkeel.judge.slo.reading import SloReader
from evenkeel.judge.slo.sampled import compute_sampled, sampled_slo, why_no_budget
from evenkeel.judge.slo.sampled_months import SampledPast, burn_steps
from evenkeel.judge.slo.status import Month, Point, SloStatus, worst_first
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import Status, read_status
from evenkeel.store.telemetry.port import ServiceKey, ServiceState


@dataclass(frozen=True, slots=True)
class _Sampled:
    """A rate of quality: its SLO, its objective, and its verdicts once it is judged."""

    slo: Slo
    objective: Objective
    verdict: ObjectiveVerdict | None


class SampledSloReader(SloReader):
    """Adds to what is counted the budgets that verdicts of quality make: they are read, and nothing is judged anew."""

    def __init__(
        self,
        given: ReaderDependencies,
        services: Callable[[int], Sequence[ServiceStatus]],
        timezone: Callable[[], str],
        assessors: Callable[[], Assessors],
        unseen: Callable[[], Sequence[JudgedService]],
    ) -> None:
        super().__init__(given)
        self._services = services
        self._timezone = timezone
        self._past = SampledPast(given.telemetry, assessors, timezone)
        self._unseen = unseen  # services that nobody has judged since the start

    def statuses(self, now_us: int, key: ServiceKey | None = None) -> list[SloStatus]:
        """Every SLO, or those of a service, worst first."""
        states = self._budgets.read_states()
        sampled = [
            self._sampled_status(each, now_us, states.get(each.slo.key))
            for each in self._sampled(now_us)
            if key in (None, each.slo.key)
        ]
        return sorted([*super().statuses(now_us, key), *sampled], key=worst_first)

    def find_path(self, path: str) -> Slo:
        """The SLO that `environment/service/name` names. Raises NotFoundError."""
        found = next((each.slo for each in self._sampled(0) if f"{each.slo.key}/{each.slo.name}" == path), None)
        return super().find_path(path) if found is None else found

    def status(self, slo: Slo, now_us: int) -> SloStatus:
        """One SLO as of now."""
        if not isinstance(slo.sli, SampledSli):
            return super().status(slo, now_us)
        found = self._find(slo, now_us)
        return self._sampled_status(found, now_us, self._state(slo)) if found else self._unjudged(slo, now_us)

    def months(self, slo: Slo, now_us: int, *, count: int = 12) -> list[Month]:
        """The months of an SLO since its service was first seen, the latest first.

        Of a rate of quality one that is over is assessed anew, from what is kept of it; without that it is unknown.
        """
        if not isinstance(slo.sli, SampledSli):
            return super().months(slo, now_us, count=count)
        state, found = self._state(slo), self._find(slo, now_us)
        if state is None or found is None:
            return []
        told: list[Month] = []
        for window in months_before(now_us, slo.window.timezone, count):
            if window.end_us <= state.first_at:
                break
            is_running = window.contains(now_us)
            status = (
                self._sampled_status(found, now_us, state)
                if is_running
                else self._past_month(found, state, window, now_us)
            )
            told.append(Month(status, is_running, is_running or state.first_at > window.start_us))
        return told

    def burn_down(self, status: SloStatus) -> list[Point]:
        """What was left over time; of a sample in a few steps, each by all that was known of the time before it."""
        if not isinstance(status.slo.sli, SampledSli):
            return super().burn_down(status)
        state, found = self._state(status.slo), self._find(status.slo, status.at_us)
        if status.budget is None or state is None or found is None:
            return []
        points = [Point(status.counted.start_us, 1.0, 1.0)]
        for at_us in burn_steps(status.counted):
            part = Window(status.counted.start_us, at_us)
            budget = self._past_budget(found, state, status.period, part, status.at_us)[0]
            spent = (0.0, part.minutes / status.budget.allowed_minutes) if budget is None else budget.used_ratio
            points.append(Point(at_us, 1.0 - spent[1], 1.0 - spent[0]))
        return [*points, Point(status.counted.end_us, *status.budget.remaining_ratio)]

    def bad_hours(self, status: SloStatus, *, limit: int = 50) -> list[tuple[Window, float, float]]:
        """The stretches with the most bad ones; none where hours are not known."""
        return [] if isinstance(status.slo.sli, SampledSli) else super().bad_hours(status, limit=limit)

    # --- inside

    def _unjudged(self, slo: Slo, now_us: int) -> SloStatus:
        period = period_at(slo.window, now_us)
        counted = _counted(period, self._state(slo), now_us)
        return SloStatus(slo, now_us, period, counted, None, None, why_unknown="it is not judged yet")

    def _find(self, slo: Slo, now_us: int) -> _Sampled | None:
        return next((each for each in self._sampled(now_us) if each.slo == slo), None)

    def _sampled(self, now_us: int) -> list[_Sampled]:
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
            _Sampled(slo, objective, verdict)
            for key, objective, verdict in (*judged, *waiting)
            if (slo := sampled_slo(key, objective, timezone)) is not None and (slo.key, slo.name) not in counted
        ]

    def _sampled_status(self, found: _Sampled, now_us: int, state: ServiceState | None) -> SloStatus:
        slo, verdict = found.slo, found.verdict
        period = period_at(slo.window, now_us)
        month = None if verdict is None else verdict.by_window.get(WindowName.REPORT)
        counted = _counted(period, state, now_us)
        if verdict is None or month is None:
            return self._unjudged(slo, now_us)
        if read_status(month, now_us) is Status.STALE:
            why = "the verdict that it is reckoned from was not renewed in time"
            return SloStatus(slo, now_us, period, counted, None, None, why_unknown=why)
        budget = self._reckon(slo, verdict.objective, month.estimate, period, counted)
        why = "" if budget else why_no_budget(month.estimate, verdict.objective.definition.counts)
        return SloStatus(slo, now_us, period, counted, budget, budget, why_unknown=why)

    def _past_month(self, found: _Sampled, state: ServiceState, period: Window, now_us: int) -> SloStatus:
        counted = _counted(period, state, period.end_us)
        budget, why = self._past_budget(found, state, period, counted, now_us)
        return SloStatus(found.slo, now_us, period, counted, budget, budget, why_unknown=why)

    def _past_budget(
        self, found: _Sampled, state: ServiceState, period: Window, counted: Window, now_us: int
    ) -> tuple[Budget | None, str]:
        """The budget of a period after a part of it that is over, or why there is none."""
        estimate = self._past.estimate(state, found.objective, counted, now_us)
        budget = None if estimate is None else self._reckon(found.slo, found.objective, estimate, period, counted)
        return budget, "" if budget else why_no_budget(estimate, found.objective.definition.counts, is_over=True)

    def _reckon(
        self, slo: Slo, objective: Objective, estimate: Estimate, period: Window, counted: Window
    ) -> Budget | None:
        length = budget_minutes(slo.window, period, fixed_30d=self._given.is_fixed_30d())
        return compute_sampled(estimate, objective, slo.budget_ratio, length, counted)


def _counted(period: Window, state: ServiceState | None, now_us: int) -> Window:
    """The part of a period that has been, from when its service was first seen."""
    return Window(min(max(period.start_us, state.first_at if state else 0), now_us), now_us)
