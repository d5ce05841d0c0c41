"""How SLOs stand: makes statuses, months and burn-downs of what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.slo.budget_reader import BudgetReader, ReaderDependencies, is_time, slice_us
from evenkeel.judge.slo.ledger import minutes_of
from evenkeel.judge.slo.model import ProbesSli, Slo, SourceSli
from evenkeel.judge.slo.periods import months_before, period_at
from evenkeel.judge.slo.pulled import told_of
from evenkeel.judge.slo.status import Month, Point, SloStatus, rule_reading, worst_first
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.port import ServiceKey, ServiceState

#: Points of a burn-down.
POINTS: Final = 180


class SloReader:
    """Answers pages, command line, API and gate. Safe to use from any thread."""

    def __init__(self, given: ReaderDependencies) -> None:
        self._given = given
        self._budgets = BudgetReader(given)

    def statuses(self, now_us: int, key: ServiceKey | None = None) -> list[SloStatus]:
        """Every SLO, or those of a service; the one with the least budget left first, unknown ones after them."""
        states = self._budgets.read_states()
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
        return self._budgets.parts(slo)

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
        used = self._budgets.used(status.slo, status.budget, status, moments)
        return [
            Point(counted.start_us, 1.0, 1.0),
            *(Point(at_us, 1.0 - high, 1.0 - low) for at_us, (low, high) in zip(moments, used, strict=True)),
        ]

    def bad_hours(self, status: SloStatus, *, limit: int = 50) -> list[tuple[Window, float, float]]:
        """(stretch, bad, total) of the stretches of the period with the most bad ones, the latest first."""
        ledger = self._budgets.ledger(status.slo, status.counted)
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
        return self._budgets.read_states().get(slo.key) or self._told(slo)

    def _told(self, slo: Slo) -> ServiceState | None:
        """What sources tell of a service that was never heard from."""
        parts = [part for part, _ in self.parts(slo)] or [slo]
        asked = [part for part in parts if isinstance(part.sli, SourceSli)]
        return told_of(slo.key, [buckets for part in asked for buckets in self._given.engine.counted(part)])

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
        whole = self._budgets.budget(slo, period, counted, ())
        budget = self._budgets.budget(slo, period, counted, excluded) if excluded else whole
        why = "" if budget else self._why_unknown(slo, state, counted, excluded)
        return SloStatus(slo, now_us, period, counted, budget, whole, left_out, why_unknown=why)

    def _first_us(self, slo: Slo, state: ServiceState, now_us: int) -> int:
        """When what it counts was first seen: the service, or the probes it names."""
        names = slo.sli.names if isinstance(slo.sli, ProbesSli) else ()
        began_us = self._budgets.probed.began_us(slo.key, names, now_us) if names else None
        return state.first_at if began_us is None else began_us

    def _counted_part(self, slo: Slo, state: ServiceState, period: Window, now_us: int) -> Window:
        """From when the service was first seen, in whole slices where time is counted: the last one is not over."""
        width_us = slice_us(slo)
        end = min(now_us, period.end_us)
        if is_time(slo):
            end = end // width_us * width_us
        start = max(period.start_us, self._first_us(slo, state, now_us) // width_us * width_us)
        return Window(min(start, end), end)

    def _read_silences(self, slos: Sequence[Slo], states: Mapping[ServiceKey, ServiceState], now_us: int) -> None:
        """Read together what each of these would ask of its service."""
        self._budgets.read_silences(
            (
                (slo.key, self._counted_part(slo, states[slo.key], period_at(slo.window, now_us), now_us).start_us)
                for slo in slos
                if slo.key in states and _is_told_by_service(slo)
            ),
            now_us,
        )

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


def _is_told_by_service(slo: Slo) -> bool:
    """Whether what is missing of it is told by when its service was heard from."""
    return not is_time(slo) and not isinstance(slo.sli, SourceSli | ProbesSli)
