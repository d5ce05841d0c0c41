"""The telemetry port: what the house asks of an engine that holds events, counters and sketches.

DuckDB is the embedded adapter (`duckdb_store.py`); a second engine implements the same protocol and
passes the same suite, `tests/contracts/test_telemetry.py`. Times are microseconds since 1970 UTC;
latencies are seconds; money is integer nano-units. "Requests" are logical requests as the fold counts
them (DESIGN §2), weighted by their sampling weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.store.telemetry import series
from evenkeel.store.telemetry.content_port import ContentRecords
from evenkeel.store.telemetry.event_port import EventRecords
from evenkeel.store.telemetry.feature_port import FeatureRecords
from evenkeel.store.telemetry.gateway_port import GatewayRecords
from evenkeel.store.telemetry.group_port import GroupRecords
from evenkeel.store.telemetry.prediction_port import PredictionRecords
from evenkeel.store.telemetry.probe_port import ProbeRecords
from evenkeel.store.telemetry.rating_port import RatingRecords
from evenkeel.store.telemetry.trial_port import TrialRecords
from evenkeel.store.telemetry.upkeep_port import UpkeepRecords


@dataclass(frozen=True, slots=True, order=True)
class ServiceKey:
    """Who is judged: a service in an environment."""

    environment: str
    service: str

    def __str__(self) -> str:
        return f"{self.environment}/{self.service}"


#: Whoever follows the folds reads this much of the past anew, and all of it where older events came.
LATE_US: Final = 30 * US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What the fold last knew of a service; cheap to read for all of them."""

    key: ServiceKey
    first_at: int  # event time of the earliest event
    last_at: int  # event time of the latest event that proves life (requests, heartbeats, probes)
    last_arrived_at: int
    last_heartbeat_at: int | None
    heartbeat_every_s: float | None  # as the heartbeats declare it
    folded: int  # rises with every fold that touched the service: dirty = folded > judged
    kinds: frozenset[str]  # operations and kinds seen: chat, embeddings, retrieval, predict …
    folded_late: int = 0  # the last fold, since the start, that brought events which `LATE_US` may not reach


@dataclass(frozen=True, slots=True)
class JournalOffset:
    """How far a writer's journal has been folded: everything before `position` of `segment`."""

    segment: int
    position: int


@dataclass(frozen=True, slots=True)
class FoldResult:
    """What one fold did."""

    received: int
    stored: int
    duplicates: int  # events already stored
    erased: int  # events of erased people: stored without anything that tells who it was
    services: frozenset[ServiceKey]


@dataclass(frozen=True, slots=True)
class Clusters:
    """Requests of a window grouped by what may fail together (one caller, or one minute).

    `total[i]` good plus bad requests of cluster i; `bad[i]` of them bad; `slow[t][i]` those whose
    latency exceeded threshold t (seconds), `timed[i]` those that have a latency. Excluded requests are
    in none of them. Ordered by the time of the cluster's first request.
    """

    by: str  # caller | minute | hour
    total: Sequence[float]
    bad: Sequence[float]
    timed: Sequence[float]
    slow: Mapping[float, Sequence[float]]
    sampled_unknown: bool = False


@dataclass(frozen=True, slots=True)
class MinuteRow:
    """One minute of one service (or of one version of it)."""

    at: int  # start of the bucket
    good: float
    bad: float
    excluded: float
    attempts: float
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    cost_nano: int
    unpriced: float  # attempts with tokens and no price
    heartbeats: float
    probes_good: float = 0.0
    probes_bad: float = 0.0
    undetermined: float = 0.0  # requests of which nobody said how they ended

    @property
    def requests(self) -> float:
        """Good plus bad."""
        return self.good + self.bad


@dataclass(frozen=True, slots=True)
class Histogram:
    """Latency counts on the base-2 exponential grid of `kernel.sketch` (scale 5)."""

    counts: Mapping[int, float]  # bucket -> requests
    zero: float = 0.0

    @property
    def n(self) -> float:
        """Requests that have a latency."""
        return self.zero + sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Sample:
    """The evidence of one window: its requests in clusters, and (if thresholds were asked for) their latencies."""

    clusters: Clusters
    latencies: Histogram


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """A service's traffic split by one dimension over a window."""

    value: str  # the version, model, environment or reason; "" when not said
    good: float
    bad: float
    excluded: float
    attempts: float
    tokens_in: int
    tokens_out: int
    cost_nano: int
    unpriced: float
    latency_s_p50: float | None
    latency_s_p95: float | None

    @property
    def holds_anything(self) -> bool:
        """Whether there were requests or calls, not only heartbeats."""
        return self.good + self.bad + self.excluded + self.attempts > 0


@dataclass(frozen=True, slots=True)
class VersionSpan:
    """The minutes in which a version of a service was first and last counted."""

    version: str
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Latency thresholds (seconds) that have an exact counter, per service and by default."""

    default: tuple[float, ...] = (2.0, 3.0, 5.0, 7.0)
    by_service: Mapping[ServiceKey, tuple[float, ...]] = field(default_factory=dict[ServiceKey, tuple[float, ...]])

    def of(self, key: ServiceKey) -> tuple[float, ...]:
        """The thresholds counted for a service."""
        return self.by_service.get(key, self.default)


class Telemetry(
    GroupRecords,
    GatewayRecords,
    FeatureRecords,
    TrialRecords,
    ContentRecords,
    RatingRecords,
    PredictionRecords,
    ProbeRecords,
    EventRecords,
    UpkeepRecords,
    Protocol,
):
    """What every engine does. One writer; readers may run beside it."""

    # --- fold
    def offsets(self) -> Mapping[str, JournalOffset]:
        """How far each writer's journal has been folded."""
        ...

    def fold(self, batches: Sequence[Any], offsets: Mapping[str, JournalOffset], *, now_us: int) -> FoldResult:
        """Store Arrow batches of the event schema and move the offsets, in one transaction.

        Re-sent events are dropped by (event_id, at); which rows count as logical requests and attempts
        is decided here, and counters and closed sketches are corrected for what changed.
        """
        ...

    def close_periods(self, now_us: int) -> int:
        """Make the sketches of hours and days that have ended; answers how many rows were written."""
        ...

    # --- what judging asks
    def services(self) -> Sequence[ServiceState]:
        """Every service ever seen, in memory: no query."""
        ...

    def samples(
        self, key: ServiceKey, windows: Sequence[Window], *, by: str, thresholds: Sequence[float]
    ) -> Sequence[Sample]:
        """The evidence of each window, grouped by `caller` (requests without one: by minute), `minute` or `hour`.

        One call for the windows of a look: they overlap, and are cheaper read together.
        """
        ...

    def caller_share(self, key: ServiceKey, window: Window) -> float:
        """Share of the window's requests that name their caller (0 when there are none)."""
        ...

    def minutes(
        self, key: ServiceKey, window: Window, *, step_minutes: int = 1, version: str | None = None
    ) -> Sequence[MinuteRow]:
        """The buckets of the window that hold anything, in order; `step_minutes` wide."""
        ...

    def counts(
        self,
        window: Window,
        *,
        step_minutes: int,
        keys: Sequence[ServiceKey] | None = None,
        thresholds: Sequence[float] = (),
        probes: Sequence[str] = (),
    ) -> Mapping[ServiceKey, series.CountSeries]:
        """By service with any, its counters per minute (`step_minutes` 1) or hour (60), from one state of the store.

        Requests slower than each of `thresholds` and the runs of each of the named `probes` are counted too.
        """
        ...

    def outcomes(self, key: ServiceKey, window: Window, *, limit: int) -> Sequence[series.OutcomeAt]:
        """How the latest requests and probes of a window ended, latest first; at most `limit`."""
        ...

    def latency_histogram(self, key: ServiceKey, window: Window, *, version: str | None = None) -> Histogram:
        """Latency of the window's requests, from events, hours and days as it pays."""
        ...

    # --- what people ask
    def breakdown(self, key: ServiceKey, window: Window, *, by: str) -> Sequence[BreakdownRow]:
        """The window split by `version`, `model`, `environment` or `reason`, most requests first."""
        ...

    def latency_histograms(
        self, key: ServiceKey, window: Window, *, step_minutes: int
    ) -> Sequence[tuple[int, Histogram]]:
        """(start of bucket, its latencies) for each bucket of the window that has any, in order."""
        ...

    def version_spans(self, key: ServiceKey) -> Sequence[VersionSpan]:
        """When each version of a service was first and last counted, earliest first."""
        ...
