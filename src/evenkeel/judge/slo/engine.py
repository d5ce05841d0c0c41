"""The SLO engine: what every SLO counted, and which rules fire. The imperative shell of this room.

It keeps each service's counts in memory, hours for the budget's window and minutes for the last day, and reads
only what was folded since: one query for all services that changed. Rules are judged anew for a service that
changed and, as windows slide, once a minute for all.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evenkeel.judge.objectives.model import ServiceStatus
from evenkeel.judge.slo.burn import BurnResult, Counts, Part, judge_burn, judge_composite
from evenkeel.judge.slo.catalogue import choose_catalogue
from evenkeel.judge.slo.counting import (
    count_sli,
    count_slo,
    count_trials,
    hours_of,
    is_sliced,
    probes_of,
    thresholds_of,
)
from evenkeel.judge.slo.explain import explain_burn, explain_outage
from evenkeel.judge.slo.model import (
    BurnRule,
    CompositeSli,
    ErrorsSli,
    Firing,
    MinutesSli,
    Observation,
    RuleId,
    Slo,
    SourceSli,
)
from evenkeel.judge.slo.outage import FAILURES_MAX, judge_outage
from evenkeel.judge.slo.pulled import Pulled, count_pulled, nothing_pulled
from evenkeel.judge.slo.stream import Buckets, Stream
from evenkeel.judge.slo.suspect import SUSPECT_AT, cumulate
from evenkeel.judge.slo.thresholds import threshold_rules
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window, floor_hour, floor_minute
from evenkeel.store.telemetry.port import LATE_US, ServiceKey, ServiceState, Telemetry
from evenkeel.store.telemetry.series import CountSeries

#: Minutes are kept for this long, whole hours before; the ticket rules' long windows reach into the hours.
MINUTES_KEPT_US: Final = 25 * US_PER_HOUR
#: Hours are kept for the longest budget that is watched here.
HOURS_KEPT_US: Final = 31 * US_PER_DAY
RELOAD_US: Final = 15 * US_PER_MINUTE
#: How far back a run of failures is followed.
RUN_WINDOW_US: Final = 2 * US_PER_HOUR
OUTAGE: Final = "hard-outage"
#: Objectives whose service is down when nothing succeeds any more: the first that a service has carries the rule.
OUTAGE_SLIS: Final = (MinutesSli, ErrorsSli)


@dataclass(slots=True)
class _Watched:
    """One service: its SLOs and what they counted."""

    slos: tuple[Slo, ...]
    folded: int = -1
    judged_at_us: int = 0
    minutes: dict[str, Buckets] = field(default_factory=dict[str, Buckets])  # by SLO, as its SLI counts
    hours: dict[str, Buckets] = field(default_factory=dict[str, Buckets])  # as its budget counts
    streams: dict[str, Stream] = field(default_factory=dict[str, Stream])
    results: dict[str, tuple[BurnResult, ...]] = field(default_factory=dict[str, tuple[BurnResult, ...]])
    trials: Buckets = field(default_factory=Buckets.none)  # requests and probes of the last day's minutes
    suspect: frozenset[str] = frozenset()
    firing: tuple[Firing, ...] = ()
    undecided: frozenset[RuleId] = frozenset()
    since: dict[RuleId, int] = field(default_factory=dict[RuleId, int])


class SloEngine:
    """Judges the alert rules of all SLOs. `observe` has one caller at a time; the rest is safe from any thread."""

    def __init__(self, telemetry: Telemetry, pulled: Pulled = nothing_pulled) -> None:
        self._telemetry = telemetry
        self._pulled = pulled
        self._watched: dict[ServiceKey, _Watched] = {}
        self._loaded_at_us = 0
        self._lock = threading.Lock()

    def set_slos(self, slos: Sequence[Slo]) -> None:
        """Watch these from now on; a service whose SLOs changed is read anew."""
        by_key: dict[ServiceKey, list[Slo]] = {}
        for slo in slos:
            by_key.setdefault(slo.key, []).append(slo)
        with self._lock:
            known = self._watched
            self._watched = {
                key: known[key] if key in known and known[key].slos == tuple(mine) else _Watched(tuple(mine))
                for key, mine in by_key.items()
            }

    def observe(self, now_us: int, statuses: Sequence[ServiceStatus] = ()) -> Observation:
        """What all rules say now; `statuses` are the verdicts that the fixed thresholds go by."""
        self._read(now_us)
        for key, watched in self._watched.items():
            slid = now_us - watched.judged_at_us >= US_PER_MINUTE or now_us < watched.judged_at_us
            if slid:
                self._judge(key, watched, now_us)
        firing = [each for watched in self._watched.values() for each in watched.firing]
        undecided = {each for watched in self._watched.values() for each in watched.undecided}
        suspect = frozenset((key, name) for key, watched in self._watched.items() for name in watched.suspect)
        by_threshold = threshold_rules(statuses)
        return Observation(
            at_us=now_us,
            firing=(*firing, *by_threshold.firing),
            undecided=frozenset(undecided) | by_threshold.undecided,
            suspect=suspect,
        )

    # --- what pages ask

    def slos(self) -> tuple[Slo, ...]:
        """All that are watched."""
        with self._lock:
            return tuple(slo for watched in self._watched.values() for slo in watched.slos)

    def burns(self, slo: Slo) -> tuple[BurnResult, ...]:
        """How the rules of an SLO stood when they were last judged."""
        with self._lock:
            watched = self._watched.get(slo.key)
        return watched.results.get(slo.name, ()) if watched else ()

    def counted(self, slo: Slo) -> tuple[Buckets, Buckets]:
        """(hours of the last 31 days, minutes of the last day) that count against an SLO's budget."""
        with self._lock:
            watched = self._watched.get(slo.key)
        if watched is None:
            return Buckets.none(), Buckets.none()
        minutes = watched.minutes.get(slo.name, Buckets.none())
        return watched.hours.get(slo.name, Buckets.none()), count_slo(slo, minutes)

    def is_suspect(self, slo: Slo) -> bool:
        """Whether something may have begun to fail."""
        with self._lock:
            watched = self._watched.get(slo.key)
        return watched is not None and slo.name in watched.suspect

    # --- reading

    def _read(self, now_us: int) -> None:
        """Take in what was folded since the last time, everything once in a while, and judge what changed."""
        states = {state.key: state for state in self._telemetry.services()}
        is_full = now_us - self._loaded_at_us >= RELOAD_US or now_us < self._loaded_at_us
        changed = {
            key: watched
            for key, watched in self._watched.items()
            if (key in states or _is_pulled(watched))
            and (is_full or watched.folded != _folded(states.get(key)) or _is_pulled_anew(watched, now_us))
        }
        fresh = [
            key
            for key, watched in changed.items()
            if not is_full and watched.folded >= _folded_late(states.get(key)) and not self._catches_up(watched, now_us)
        ]
        whole = [key for key in changed if key not in set(fresh)]
        if whole:
            self._load_hours(whole, now_us)
            self._load_minutes(whole, Window(floor_hour(now_us - MINUTES_KEPT_US), now_us + US_PER_MINUTE), now_us)
        if fresh:
            self._load_minutes(fresh, Window(floor_minute(now_us - LATE_US), now_us + US_PER_MINUTE), now_us)
        # Noted only now: what could not be read is read again.
        self._loaded_at_us = now_us if is_full else self._loaded_at_us
        for key, watched in changed.items():
            watched.folded = _folded(states.get(key))
            self._judge(key, watched, now_us)

    def _load_hours(self, keys: Sequence[ServiceKey], now_us: int) -> None:
        window = Window(floor_hour(now_us - HOURS_KEPT_US), floor_hour(now_us))
        by_hour = self._counts(keys, window, step_minutes=60)
        sliced = [key for key in keys if any(is_sliced(slo) for slo in self._watched[key].slos)]
        by_minute: Mapping[ServiceKey, CountSeries] = {}
        if sliced:
            by_minute = self._counts(sliced, window, step_minutes=1)
        for key in keys:
            watched = self._watched[key]
            for slo in watched.slos:
                counted = self._count(slo, (by_minute if is_sliced(slo) else by_hour).get(key), window)
                by_minutes = is_sliced(slo) or isinstance(slo.sli, SourceSli)
                watched.hours[slo.name] = hours_of(slo, counted) if by_minutes else counted

    def _load_minutes(self, keys: Sequence[ServiceKey], window: Window, now_us: int) -> None:
        found = self._counts(keys, window, step_minutes=1)
        keep_from = floor_hour(now_us - MINUTES_KEPT_US)
        for key in keys:
            watched, series = self._watched[key], found.get(key)
            before = Window(keep_from, window.start_us)
            trials = Buckets.none() if series is None else count_trials(series)
            watched.trials = watched.trials.within(before).joined(trials)
            for slo in watched.slos:
                read = self._count(slo, series, window)
                minutes = watched.minutes.get(slo.name, Buckets.none()).within(before).joined(read)
                watched.minutes[slo.name] = minutes
                watched.streams[slo.name] = Stream(watched.hours.get(slo.name, Buckets.none()), count_slo(slo, minutes))

    def _counts(
        self, keys: Sequence[ServiceKey], window: Window, *, step_minutes: int
    ) -> Mapping[ServiceKey, CountSeries]:
        slos = tuple(slo for key in keys for slo in self._watched[key].slos)
        return self._telemetry.counts(
            window, step_minutes=step_minutes, keys=keys, thresholds=thresholds_of(slos), probes=probes_of(slos)
        )

    def _catches_up(self, watched: _Watched, now_us: int) -> bool:
        """Whether a source, read for the first time or back again, told of minutes before those that are read anew."""
        for slo in watched.slos:
            if isinstance(slo.sli, SourceSli):
                held = watched.minutes.get(slo.name, Buckets.none())
                told_us = int(held.at[-1]) + US_PER_MINUTE if held.at.size else now_us - HOURS_KEPT_US
                untold = Window(told_us, max(told_us, floor_minute(now_us - LATE_US)))
                if untold.end_us > untold.start_us and self._pulled(slo.sli, untold):
                    return True
        return False

    def _count(self, slo: Slo, series: CountSeries | None, window: Window) -> Buckets:
        if isinstance(slo.sli, SourceSli):
            return count_pulled(self._pulled(slo.sli, window))
        return Buckets.none() if series is None else count_sli(slo.sli, series)

    # --- judging

    def _judge(self, key: ServiceKey, watched: _Watched, now_us: int) -> None:
        watched.judged_at_us = now_us
        firing: list[Firing] = []
        undecided: set[RuleId] = set()
        for slo in watched.slos:
            results = self._burns(slo, watched, now_us)
            watched.results[slo.name] = results
            for result in results:
                rule = RuleId(key, slo.name, result.rule.name)
                if result.fires is None:
                    undecided.add(rule)
                elif result.fires:
                    since_us = watched.since.setdefault(rule, now_us)
                    firing.append(explain_burn(slo, rule, result, since_us))
                else:
                    watched.since.pop(rule, None)
        outage = self._judge_outage(key, watched, now_us)
        if isinstance(outage, Firing):
            firing.append(outage)
        elif outage is not None:
            undecided.add(outage)
        watched.suspect = frozenset(slo.name for slo in watched.slos if _is_suspect(slo, watched, now_us))
        watched.firing, watched.undecided = tuple(firing), frozenset(undecided)

    def _burns(self, slo: Slo, watched: _Watched, now_us: int) -> tuple[BurnResult, ...]:
        catalogue = choose_catalogue(slo)
        if catalogue is None:
            return ()
        rules = [rule for rule in catalogue.rules if rule.is_feasible(slo.budget_ratio)]
        if isinstance(slo.sli, CompositeSli):
            found = (judge_composite(rule, _parts(slo.sli, watched, rule, now_us)) for rule in rules)
            return tuple(result for result in found if result is not None)
        stream = watched.streams.get(slo.name)
        if stream is None:
            return ()
        return tuple(judge_burn(rule, slo.budget_ratio, *_windows(stream, rule, now_us)) for rule in rules)

    def _judge_outage(self, key: ServiceKey, watched: _Watched, now_us: int) -> Firing | RuleId | None:
        """What the outage rule says: it fires, or nothing tells whether an outage is over, or it is clear.

        Only a success ends an outage: not that its failures grow older than the window that is looked at. Events are
        looked at only where one of the two newest minutes holds a failure.
        """
        slo = next((slo for kind in OUTAGE_SLIS for slo in watched.slos if isinstance(slo.sli, kind)), None)
        if slo is None:
            return None
        rule = RuleId(key, slo.name, OUTAGE)
        window = Window(now_us - RUN_WINDOW_US, now_us + US_PER_MINUTE)
        recent = watched.trials.within(window)
        if not recent.at.size:
            return rule
        run, any_success = None, True
        if recent.bad[-2:].any():
            outcomes = self._telemetry.outcomes(key, window, limit=FAILURES_MAX)
            usual = _usual(watched.trials, now_us)
            run = judge_outage(outcomes, per_minute=usual, budget_ratio=slo.budget_ratio, now_us=now_us)
            any_success = not all(outcome.bad for outcome in outcomes)
        if run is None:
            watched.since.pop(rule, None)
            return None
        if not run.fires:
            return rule if rule in watched.since or not any_success else None
        return explain_outage(slo, rule, run, watched.since.setdefault(rule, run.first_at_us))


def _folded(state: ServiceState | None) -> int:
    """Up to which fold a service is known; 0 where only a source tells of it."""
    return 0 if state is None else state.folded


def _folded_late(state: ServiceState | None) -> int:
    """The last fold that brought what only a whole reading finds; whoever never read knows nothing."""
    return 0 if state is None else state.folded_late


def _is_pulled(watched: _Watched) -> bool:
    return any(isinstance(slo.sli, SourceSli) for slo in watched.slos)


def _is_pulled_anew(watched: _Watched, now_us: int) -> bool:
    """Whether counts that no fold announces may have come since the last look."""
    return now_us - watched.judged_at_us >= US_PER_MINUTE and _is_pulled(watched)


def _windows(stream: Stream, rule: BurnRule, now_us: int) -> tuple[Counts, Counts]:
    """What the long and the short window of a rule hold."""
    long, short = (Window(now_us - length_s * US_PER_SECOND, now_us) for length_s in (rule.long_s, rule.short_s))
    return stream.counts(long), stream.counts(short)


def _parts(sli: CompositeSli, watched: _Watched, rule: BurnRule, now_us: int) -> list[Part]:
    weights = dict(sli.parts)
    return [
        Part(part.budget_ratio, weights[part.name], *_windows(watched.streams[part.name], rule, now_us))
        for part in watched.slos
        if part.name in weights and part.name in watched.streams and not isinstance(part.sli, CompositeSli)
    ]


def _usual(trials: Buckets, now_us: int) -> float:
    """Requests and probes of a usual minute: the mean over the last day."""
    lately = trials.within(Window(now_us - US_PER_DAY, now_us + US_PER_MINUTE))
    if not lately.at.size:
        return 1.0
    return float(lately.total.sum()) / max(1.0, (now_us - int(lately.at[0])) / US_PER_MINUTE)


def _is_suspect(slo: Slo, watched: _Watched, now_us: int) -> bool:
    minutes = watched.minutes.get(slo.name, Buckets.none()).within(Window(now_us - US_PER_HOUR, now_us + US_PER_MINUTE))
    if not minutes.bad.any():
        return False
    return cumulate(minutes.total.tolist(), minutes.bad.tolist(), slo.budget_ratio) >= SUSPECT_AT
