"""One look at one service: every objective over every window, each piece of evidence read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.latency import estimate_latency
from evenkeel.judge.indicators.load import PEAK_MINUTES, estimate_load
from evenkeel.judge.indicators.minutes import MinuteCounts, estimate_availability
from evenkeel.judge.indicators.model import Measure
from evenkeel.judge.indicators.share import estimate_share
from evenkeel.judge.objectives.cadence import is_silent, silent_from_us, while_heard
from evenkeel.judge.objectives.history import MinuteHistory, MonthPart, by_peak, joined, peak_load
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.windows import group_by, page_window, report_window, since, verdict_windows
from evenkeel.kernel.estimate import Estimate, Evidence
from evenkeel.kernel.stats.binomial import needed_for_upper
from evenkeel.kernel.stats.spending import alpha_for
from evenkeel.kernel.time import US_PER_SECOND, Window, floor_minute
from evenkeel.kernel.verdict import Verdict, judge_verdict
from evenkeel.store.telemetry.port import MinuteRow, Sample, ServiceKey, ServiceState, Telemetry

#: One-sided risk of the bound that proves an `ok`.
ALPHA_HIGH: Final = 0.05
#: A verdict is renewed at least every minute; one that was not renewed for three reads `stale`.
VALID_US: Final = 180 * US_PER_SECOND
REPORT_VALID_US: Final = 900 * US_PER_SECOND


@dataclass(frozen=True, slots=True)
class Subject:
    """The service looked at, and what is known about how it is heard."""

    key: ServiceKey
    state: ServiceState
    history: MinuteHistory
    cadence_s: float
    caller_share: float
    timezone: str
    thresholds: tuple[float, ...]

    @property
    def silent_us(self) -> int:
        """After this it is silent, if nothing comes."""
        return silent_from_us(self.state.last_at, self.cadence_s)


class Look:
    """Reads the evidence of one service as it is asked for, and judges objectives by it."""

    def __init__(self, telemetry: Telemetry, subject: Subject, now_us: int) -> None:
        self._telemetry = telemetry
        self._subject = subject
        self._now_us = now_us
        self._samples: dict[Window, Sample] = {}

    def read(self, objectives: Sequence[Objective], names: Sequence[WindowName]) -> None:
        """Read together what judging these objectives over these windows takes: they overlap."""
        windows = {
            self._window(objective, name)
            for objective in objectives
            for name in names
            if objective.definition.measure in (Measure.LATENCY, Measure.SHARE)
        }
        grouped: dict[str, list[Window]] = {}
        for window in windows - self._samples.keys():
            grouped.setdefault(group_by(window, caller_share=self._subject.caller_share), []).append(window)
        for by, chosen in grouped.items():
            self._samples.update(zip(chosen, self._read_samples(chosen, by), strict=True))

    def judge(self, objective: Objective, name: WindowName) -> Verdict:
        """The verdict on one objective over one window."""
        window = self._window(objective, name)
        estimate = self._estimate(objective, name, window)
        valid_us = REPORT_VALID_US if name is WindowName.REPORT else VALID_US
        verdict = judge_verdict(
            estimate,
            objective.limits,
            now_us=self._now_us,
            valid_for_us=valid_us,
            objective_version=objective.version,
        )
        return while_heard(verdict, name, self._subject.silent_us, self._now_us)

    # --- windows

    def _window(self, objective: Objective, name: WindowName) -> Window:
        first = self._subject.state.first_at
        if name is WindowName.PAGE:
            return since(page_window(objective.page_s or objective.verdict_s, self._now_us), first)
        if name is WindowName.REPORT:
            return since(report_window(self._now_us, self._subject.timezone), first)
        needed = self._needed(objective)
        windows = [since(window, first) for window in verdict_windows(objective.verdict_s, self._now_us)]
        return next((window for window in windows if self._holds(objective, window) >= needed), windows[-1])

    def _needed(self, objective: Objective) -> float:
        """How many clean trials prove an ok: what the verdict window grows for."""
        definition = objective.definition
        if definition.measure is Measure.LATENCY:
            return needed_for_upper(1 - (definition.quantile or 0.95), ALPHA_HIGH)
        if definition.measure is Measure.SHARE:
            return needed_for_upper(objective.limits.oriented()[1], ALPHA_HIGH)
        return 1.0

    def _holds(self, objective: Objective, window: Window) -> float:
        rows = self._subject.history.within(window)
        if objective.definition.measure is Measure.LATENCY:
            return sum(row.requests + row.undetermined for row in rows)
        return sum(row.requests for row in rows)

    # --- estimates

    def _estimate(self, objective: Objective, name: WindowName, window: Window) -> Estimate:
        measure = objective.definition.measure
        if measure is Measure.MINUTES:
            return self._availability(objective, name, window)
        given = self._circumstances(objective, name, window)
        if measure is Measure.LOAD:
            return self._load(objective, name, given)
        sample = self._sample(window)
        if measure is Measure.LATENCY:
            q = objective.definition.quantile or 0.95
            return estimate_latency(sample.clusters, sample.latencies, q, objective.limits, given)
        return estimate_share(sample.clusters, objective.limits, given)

    def _availability(self, objective: Objective, name: WindowName, window: Window) -> Estimate:
        """Whole minutes only: the one that is running is not over yet."""
        whole = Window(window.start_us, max(window.start_us, floor_minute(window.end_us)))
        given = self._circumstances(objective, name, whole)
        if name is WindowName.REPORT:
            month = self._month(window)
            today = self._subject.history.minutes(self._rest_of_month(whole))
            parts = [*month.minutes, MinuteCounts(len(today), sum(minute.bad for minute in today))]
        else:
            parts = self._subject.history.minutes(whole)
        return estimate_availability(parts, objective.limits, given)

    def _load(self, objective: Objective, name: WindowName, given: Circumstances) -> Estimate:
        is_report = name is WindowName.REPORT
        rows = self._subject.history.within(self._rest_of_month(given.window) if is_report else given.window)
        stretches = by_peak(rows)
        if is_report:
            peak = max(self._month(given.window).peak, peak_load(rows))
            stretches.append(MinuteRow(given.window.start_us, peak, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        return estimate_load(stretches, objective.capacity_per_minute, PEAK_MINUTES, given)

    def _circumstances(self, objective: Objective, name: WindowName, window: Window) -> Circumstances:
        coverage = self._coverage(name, window)
        silent = is_silent(self._subject.state.last_at, self._subject.cadence_s, self._now_us)
        reasons = (("hole",) if coverage < 1 else ()) + (("silent",) if silent else ())
        return Circumstances(
            window=window,
            as_of_us=self._now_us,
            watermark_us=self._subject.state.last_arrived_at,
            coverage=coverage,
            alpha_low=alpha_for(name.value),
            alpha_high=ALPHA_HIGH,
            evidence=Evidence(evidence_link(self._subject.key, objective, window), objective.definition.definition),
            reasons=reasons,
        )

    def _coverage(self, name: WindowName, window: Window) -> float:
        subject = self._subject
        if name is not WindowName.REPORT:
            return subject.history.coverage(window, subject.cadence_s, subject.state.last_at).share
        month = self._month(window)
        rest = Window(max(window.start_us, month.window.end_us), window.end_us)
        today = subject.history.coverage(rest, subject.cadence_s, subject.state.last_at)
        missing = min(window.seconds, month.missing_s + today.missing_s)
        return 1.0 - missing / window.seconds if window.seconds else 1.0

    # --- evidence

    def _month(self, window: Window) -> MonthPart:
        subject = self._subject
        return subject.history.month_before_today(self._telemetry, window, subject.cadence_s, self._now_us)

    def _rest_of_month(self, window: Window) -> Window:
        """What the part before the last day leaves of the report window."""
        start = max(window.start_us, self._month(window).window.end_us)
        return Window(min(start, window.end_us), window.end_us)

    def _sample(self, window: Window) -> Sample:
        if window not in self._samples:
            by = group_by(window, caller_share=self._subject.caller_share)
            (self._samples[window],) = self._read_samples([window], by)
        return self._samples[window]

    def _read_samples(self, windows: Sequence[Window], by: str) -> Sequence[Sample]:
        subject = self._subject
        if by == "hour":
            return [self._read_month(window) for window in windows]
        return self._telemetry.samples(subject.key, windows, by=by, thresholds=subject.thresholds)

    def _read_month(self, window: Window) -> Sample:
        """A long window by the hour: what lies before the last day is known from an earlier look."""
        subject = self._subject
        month = self._month(window)
        before = subject.history.sample_before_today(self._telemetry, month, subject.thresholds)
        rest = Window(max(window.start_us, month.window.end_us), window.end_us)
        (today,) = self._telemetry.samples(subject.key, [rest], by="hour", thresholds=subject.thresholds)
        return joined(before, today)


def evidence_link(key: ServiceKey, objective: Objective, window: Window) -> str:
    """The event list that shows what a verdict stands on."""
    query: dict[str, object] = {
        "environment": key.environment,
        "service": key.service,
        "from": window.start_us,
        "to": window.end_us,
    }
    measure = objective.definition.measure
    if measure in (Measure.SHARE, Measure.MINUTES):
        query["outcome"] = "bad"
    if measure is Measure.LATENCY:
        query["slower_than_s"] = objective.target
    return f"/events?{urlencode({**query, 'counted': 'true'})}"
