"""The engine: which services are looked at now, and what has become of them. The imperative shell.

Cost follows what changed: a service is looked at when events of it were folded since the last look, when
a minute has passed (its windows slid), and at the moment when its silence would no longer be its habit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from evenkeel.judge.objectives import briefing
from evenkeel.judge.objectives.assessing import Assessed, Assessors, Occasion, assess, is_assessed
from evenkeel.judge.objectives.assessors import plain_assessors
from evenkeel.judge.objectives.cadence import has_shown_life, probed_cadence_s, while_heard
from evenkeel.judge.objectives.history import MinuteHistory
from evenkeel.judge.objectives.look import Look, Subject
from evenkeel.judge.objectives.model import JudgedService, Objective, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.objectives.sentences import describe_verdict
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.kernel.verdict import RISK_ORDER, Status, Verdict, read_status, worst_status
from evenkeel.store.telemetry.port import ServiceKey, ServiceState, Telemetry

#: A service is not looked at more often than this, however fast its events come.
LOOK_INTERVAL_US: Final = US_PER_SECOND
#: Windows slide: a verdict older than this is renewed even when nothing came.
RENEW_US: Final = US_PER_MINUTE
#: A service without events in its last day has nothing that slides.
RENEW_QUIET_US: Final = US_PER_HOUR
REPORT_EVERY_US: Final = 5 * US_PER_MINUTE
CALLERS_EVERY_US: Final = 10 * US_PER_MINUTE
#: How often a probe from elsewhere runs is asked anew after this long, or at the next renewal while it is not known.
PROBED_EVERY_US: Final = 10 * US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class StatusChange:
    """An objective's headline went from one status to another."""

    key: ServiceKey
    objective: str
    window: WindowName
    old: Status | None
    new: Status
    at_us: int
    verdict: Verdict


@dataclass(slots=True)
class _Record:
    """What the engine remembers of one service."""

    history: MinuteHistory
    folded: int = -1
    looked_at_us: int = 0
    due_at_us: int = 0
    caller_share: float = 0.0
    callers_at_us: int = 0
    callers_requests: float = 0.0  # in the hour that the share was taken from
    probed_every_s: float | None = None  # as probes from elsewhere say
    probed_at_us: int = 0
    report_at_us: int = 0
    assessed: Assessed = field(default_factory=Assessed)
    status: ServiceStatus | None = None
    since: dict[str, tuple[Status, int]] = field(default_factory=dict[str, tuple[Status, int]])


class ObjectiveEngine:
    """Judges services and holds the board that the doors read. Safe to read from any thread."""

    def __init__(self, telemetry: Telemetry, *, timezone: str = "UTC", assessors: Assessors | None = None) -> None:
        self._telemetry = telemetry
        self._assessors = plain_assessors() if assessors is None else assessors
        self._timezone = timezone
        self._services: dict[ServiceKey, JudgedService] = {}
        self._records: dict[ServiceKey, _Record] = {}
        self._lock = threading.Lock()

    def set_services(self, services: Sequence[JudgedService]) -> None:
        """Judge these from now on; what changed about a service makes it due."""
        with self._lock:
            for service in services:
                if self._services.get(service.key) != service:
                    record = self._record(service.key)
                    record.due_at_us, record.report_at_us = 0, 0
            self._services = {service.key: service for service in services}

    def set_timezone(self, timezone: str) -> None:
        """Let this zone decide when a month begins; every report is looked at anew."""
        with self._lock:
            if timezone == self._timezone:
                return
            self._timezone = timezone
            for record in self._records.values():
                record.due_at_us, record.report_at_us = 0, 0

    def restore(self, since: Mapping[tuple[ServiceKey, str], tuple[Status, int]]) -> None:
        """Take over when statuses last changed, as an earlier process recorded it."""
        with self._lock:
            for (key, objective), known in since.items():
                self._record(key).since[objective] = known

    def judge(self, now_us: int, *, budget_s: float | None = None) -> list[StatusChange]:
        """Look at every service that is due, the longest-waiting first, until `budget_s` is used up."""
        states = {state.key: state for state in self._telemetry.services()}
        due = sorted(
            (self._record(key).looked_at_us, key)
            for key in self._services.keys() & states.keys()
            if self._is_due(states[key], now_us)
        )
        changes: list[StatusChange] = []
        started = time.thread_time()
        for _, key in due:
            changes += self._look(self._services[key], states[key], now_us)
            if budget_s is not None and time.thread_time() - started > budget_s:
                break
        return changes

    def services(self, now_us: int) -> list[ServiceStatus]:
        """Every known service as of now, worst first."""
        with self._lock:
            statuses = [record.status for record in self._records.values() if record.status is not None]
        read = [read_service(status, now_us) for status in statuses]
        return sorted(read, key=lambda status: (not status.judged, RISK_ORDER.index(status.status), status.key))

    def unseen(self) -> list[JudgedService]:
        """Those that no pass had its turn for since the start: nothing is known of them yet."""
        with self._lock:
            return [service for key, service in self._services.items() if self._record(key).status is None]

    def objectives(self, key: ServiceKey) -> tuple[Objective, ...]:
        """What a service is judged by; nothing of one that is not."""
        with self._lock:
            service = self._services.get(key)
        return () if service is None else service.objectives

    def looked_at(self) -> dict[ServiceKey, int]:
        """When each service was last looked at: what changed since is newer than one remembers."""
        with self._lock:
            return {key: record.looked_at_us for key, record in self._records.items() if record.status is not None}

    def service(self, key: ServiceKey, now_us: int) -> ServiceStatus | None:
        """One service as of now."""
        with self._lock:
            record = self._records.get(key)
        return read_service(record.status, now_us) if record and record.status else None

    # --- inside

    def _record(self, key: ServiceKey) -> _Record:
        if key not in self._records:
            self._records[key] = _Record(MinuteHistory(key))
        return self._records[key]

    def _is_due(self, state: ServiceState, now_us: int) -> bool:
        record = self._record(state.key)
        if now_us >= record.due_at_us or now_us < record.looked_at_us:
            return True
        return state.folded > record.folded and now_us - record.looked_at_us >= LOOK_INTERVAL_US

    def _look(self, service: JudgedService, state: ServiceState, now_us: int) -> list[StatusChange]:
        record = self._record(service.key)
        record.looked_at_us, record.folded = now_us, state.folded
        if not service.judged:
            record.due_at_us = now_us + RENEW_QUIET_US
            self._publish(record, _unjudged(service, state))
            return []
        record.history.refresh(self._telemetry, now_us, state.folded_late)
        declared_s = service.cadence_s or state.heartbeat_every_s or self._probed_every_s(record, state, now_us)
        cadence_s = declared_s or record.history.cadence_s()
        subject = Subject(
            key=service.key,
            state=state,
            history=record.history,
            cadence_s=cadence_s,
            caller_share=self._caller_share(record, now_us),
            timezone=self._timezone,
            thresholds=thresholds_of(service.objectives),
        )
        verdicts, changes = self._judge_objectives(service, subject, record, now_us)
        self._publish(record, briefing.brief_service(self._telemetry, service, subject, verdicts, now_us))
        silent_at_us = subject.silent_us + 1
        renew_at_us = now_us + (RENEW_US if now_us - state.last_at < US_PER_DAY else RENEW_QUIET_US)
        record.due_at_us = min(renew_at_us, silent_at_us) if silent_at_us > now_us else renew_at_us
        return changes

    def _judge_objectives(
        self, service: JudgedService, subject: Subject, record: _Record, now_us: int
    ) -> tuple[tuple[ObjectiveVerdict, ...], list[StatusChange]]:
        verdicts: list[ObjectiveVerdict] = []
        changes: list[StatusChange] = []
        found = self._by_window(service, subject, record, now_us)
        for objective in service.objectives:
            if objective.name not in found:
                continue
            by_window = found[objective.name]
            window = headline_window(by_window)
            headline = by_window[window]
            old = record.since.get(objective.name)
            if old is None or old[0] != headline.status:
                record.since[objective.name] = (headline.status, now_us)
                previous = old[0] if old else None
                changes.append(
                    StatusChange(subject.key, objective.name, window, previous, headline.status, now_us, headline)
                )
            sentence = describe_verdict(objective, headline, headline.status)
            since_us = record.since[objective.name][1]
            verdicts.append(ObjectiveVerdict(objective, headline, window, by_window, since_us, sentence))
        return tuple(verdicts), changes

    def _by_window(
        self, service: JudgedService, subject: Subject, record: _Record, now_us: int
    ) -> Mapping[str, Mapping[WindowName, Verdict]]:
        """The verdicts of each objective there is evidence for, by its name."""
        look = Look(self._telemetry, subject, now_us)
        with_report = now_us - record.report_at_us >= REPORT_EVERY_US or now_us < record.report_at_us
        if with_report:
            record.report_at_us = now_us
        by_minute = [objective for objective in service.objectives if not is_assessed(objective)]
        look.read(by_minute, tuple(WindowName) if with_report else (WindowName.PAGE, WindowName.VERDICT))
        before = {} if record.status is None else {v.objective.name: v for v in record.status.verdicts}
        occasion = Occasion(self._telemetry, subject.state, now_us, subject.timezone, service.fairness)
        found = dict(assess(self._assessors, service, record.assessed, occasion))
        if has_shown_life(subject.state.kinds):
            found = {name: _while_heard(by_window, subject, now_us) for name, by_window in found.items()}
        for objective in by_minute:
            by_window = {name: look.judge(objective, name) for name in (WindowName.PAGE, WindowName.VERDICT)}
            known = before.get(objective.name)
            if with_report or known is None:
                by_window[WindowName.REPORT] = look.judge(objective, WindowName.REPORT)
            else:
                by_window[WindowName.REPORT] = known.by_window[WindowName.REPORT]
            found[objective.name] = by_window
        return found

    def _probed_every_s(self, record: _Record, state: ServiceState, now_us: int) -> float | None:
        """The interval of the most frequent probe from elsewhere; which there are, the configuration does not know."""
        if "probe" not in state.kinds:
            return None
        age_us = now_us - record.probed_at_us
        if not 0 <= age_us < (RENEW_US if record.probed_every_s is None else PROBED_EVERY_US):
            rows = self._telemetry.probes(Window(now_us - US_PER_DAY, now_us + US_PER_MINUTE), state.key)
            record.probed_every_s, record.probed_at_us = probed_cadence_s(rows, now_us), now_us
        return record.probed_every_s

    def _caller_share(self, record: _Record, now_us: int) -> float:
        """Renewed when twice as much is known, and now and then: it is a matter of how a service is built.

        A new service's first spans arrive without the server spans above them, which name the caller.
        """
        hour = Window(now_us - US_PER_HOUR, now_us)
        requests = sum(row.requests for row in record.history.within(hour))
        is_old = now_us - record.callers_at_us >= CALLERS_EVERY_US or now_us < record.callers_at_us
        if is_old or requests >= 2 * record.callers_requests:
            record.caller_share = self._telemetry.caller_share(record.history.key, hour)
            record.callers_at_us, record.callers_requests = now_us, requests
        return record.caller_share

    def _publish(self, record: _Record, status: ServiceStatus) -> None:
        with self._lock:
            record.status = status


def _while_heard(
    by_window: Mapping[WindowName, Verdict], subject: Subject, now_us: int
) -> Mapping[WindowName, Verdict]:
    return {name: while_heard(verdict, name, subject.silent_us, now_us) for name, verdict in by_window.items()}


def headline_window(by_window: Mapping[WindowName, Verdict]) -> WindowName:
    """The window people should look at first: the page window when it proves a breach, else the verdict's."""
    page = by_window.get(WindowName.PAGE)
    if page is not None and page.status is Status.BREACH:
        return WindowName.PAGE
    return WindowName.VERDICT


def thresholds_of(objectives: Sequence[Objective]) -> tuple[float, ...]:
    """The latency limits that need an exact counter, in seconds."""
    limits = {
        limit
        for objective in objectives
        if objective.definition.quantile is not None
        for limit in (objective.target, objective.target if objective.alert is None else objective.alert)
    }
    return tuple(sorted(limits))


def read_service(status: ServiceStatus, now_us: int) -> ServiceStatus:
    """A service's status as of now: verdicts that have expired read `stale`, whoever wrote them."""
    if not status.judged:
        return status
    counted = [verdict for verdict in status.verdicts if briefing.counts_towards_status(verdict)]
    worst = worst_status(tuple(read_status(verdict.headline, now_us) for verdict in counted))
    return status if worst is status.status else replace(status, status=worst)


def _unjudged(service: JudgedService, state: ServiceState) -> ServiceStatus:
    return ServiceStatus(
        key=service.key,
        kind=service.kind,
        status=Status.UNKNOWN,
        since_us=state.first_at,
        judged=False,
        why_not_judged=service.why_not,
        last_at_us=state.last_at,
        labels=service.labels,
    )
