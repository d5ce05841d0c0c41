"""Pulling at work: every SLO whose counts are at a source outside is asked for, each source at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.app.configuration import Configuration
from evenkeel.app.secrets import own_secrets
from evenkeel.app.stores import Stores
from evenkeel.judge.slo.model import Slo, SourceSli
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, Window, format_duration
from evenkeel.observe.sources.model import PulledQuery, PullState, SourceMinute
from evenkeel.observe.sources.prometheus import Prometheus
from evenkeel.observe.sources.pull import Puller, PullPlan, is_due
from evenkeel.observe.sources.records import forget_minutes, pull_states, read_minutes
from evenkeel.org.config.secrets import Secrets
from evenkeel.org.config.sources import SourceConfig
from evenkeel.store.records.engine import Records
from evenkeel.web.health import Check, Level

#: Trouble that is over within this time is not worth a word.
PATIENCE_US: Final = 120 * US_PER_SECOND


@dataclass(frozen=True, slots=True)
class PullingDependencies:
    """What pulling stands on."""

    records: Records
    configuration: Configuration
    slos: Callable[[], Sequence[Slo]]
    clock: Clock
    secrets: Secrets


class Pulling:
    """Asks what is due. One caller of `step` at a time; the rest may be called from any thread."""

    def __init__(self, given: PullingDependencies) -> None:
        self._records = given.records
        self._configuration = given.configuration
        self._slos = given.slos
        self._clock = given.clock
        self._secrets = given.secrets
        self._states = pull_states(given.records)
        self._forgot_on = 0

    @classmethod
    def of(cls, stores: Stores, configuration: Configuration, slos: Callable[[], Sequence[Slo]]) -> Pulling:
        """What pulls into these stores."""
        return cls(PullingDependencies(stores.records, configuration, slos, stores.clock, own_secrets()))

    def step(self) -> None:
        """Pull every query that is due."""
        for query in self.queries():
            source = self._configuration.current.sources.get(query.source)
            now_us = self._clock.now_us()
            state = self._states.get(query.id)
            if source is None or not is_due(state, plan_of(source), now_us):
                continue
            self._states[query.id] = self._pull(query, source, state, now_us)
        self._forget(self._clock.now_us())

    def queries(self) -> list[PulledQuery]:
        """What all SLOs ask of sources, each query once."""
        asked = (pulled_query(slo.sli) for slo in self._slos() if isinstance(slo.sli, SourceSli))
        return list({query.id: query for query in asked}.values())

    def read(self, sli: SourceSli, window: Window) -> list[SourceMinute]:
        """The known minutes of an SLI that begin in the window, in order; one that is absent is unknown."""
        return read_minutes(self._records, pulled_query(sli).id, window)

    def checks(self) -> list[Check]:
        """How each source is: one line for each that is asked anything."""
        queries, now_us = self.queries(), self._clock.now_us()
        configured = self._configuration.current.sources.keys()
        checks: list[Check] = []
        for name in sorted({query.source for query in queries} | configured):
            asked = [query for query in queries if query.source == name]
            if name in configured:
                known = [self._states[query.id] for query in asked if query.id in self._states]
                checks.append(_check(f"source {name}", len(asked), known, now_us))
            else:
                finding = "SLOs count by it, and it is not configured: they are unknown."
                checks.append(Check(f"source {name}", Level.WARNING, finding, "Write it under `sources`."))
        return checks

    def _pull(self, query: PulledQuery, source: SourceConfig, state: PullState | None, now_us: int) -> PullState:
        try:
            headers = self._secrets.filled_in(source.headers)
            if source.token:
                headers["authorization"] = f"Bearer {self._secrets.read(source.token)}"
        except EvenkeelError as error:  # a secret that is not there
            known = state or PullState(query.id, query.source, 0, 0)
            since_us = known.trouble_since_us or now_us
            return PullState(
                query.id, query.source, known.pulled_until_us, now_us, known.minutes, error.message, since_us
            )
        return Puller(self._records, Prometheus(source.url, headers), plan_of(source)).pull(query, state, now_us)

    def _forget(self, now_us: int) -> None:
        """Once a day, what is older than counters are kept."""
        if now_us // US_PER_DAY != self._forgot_on:
            kept_us = self._configuration.current.retention.counters_hour * US_PER_DAY
            forget_minutes(self._records, now_us - kept_us)
            self._forgot_on = now_us // US_PER_DAY


def plan_of(source: SourceConfig) -> PullPlan:
    """How a source is pulled, as it is configured."""
    return PullPlan(source.every, source.delay, source.backfill_days)


def pulled_query(sli: SourceSli) -> PulledQuery:
    """What an SLI asks."""
    return PulledQuery(sli.source, sli.total, sli.good, sli.bad, sli.raw, sli.raw_failure)


def _check(title: str, asked: int, known: Sequence[PullState], now_us: int) -> Check:
    if not asked:
        return Check(title, Level.OK, "No SLO counts by it.", "")
    troubled = {
        state.trouble_since_us: state.trouble
        for state in known
        if state.trouble_since_us is not None and now_us - state.trouble_since_us >= PATIENCE_US
    }
    if troubled:
        since_us, trouble = min(troubled.items())
        age = format_duration((now_us - since_us) / US_PER_SECOND)
        return Check(title, Level.WARNING, f"For {age}: {trouble}", "Minutes it does not tell are unknown.")
    until_us = min((state.pulled_until_us for state in known), default=0)
    if not until_us:
        return Check(title, Level.OK, "It is being read for the first time.", "")
    lag_s = (now_us - until_us) / US_PER_SECOND
    return Check(title, Level.OK, f"Read until {format_duration(lag_s)} ago.", "", {"lag_s": lag_s, "queries": asked})
