"""What a service counted over time, as columns, how single requests and probes ended, and what the gateway passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the data plane loads this module, and no arrays
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ProbeRuns:
    """The runs of one probe that said good or bad of its service, whatever its kind."""

    good: NDArray[np.float64]
    bad: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CountSeries:
    """A service's counters over time as columns: one place per bucket that holds anything, in order."""

    at: NDArray[np.int64]  # start of each bucket
    good: NDArray[np.float64]
    bad: NDArray[np.float64]
    undetermined: NDArray[np.float64]
    excluded: NDArray[np.float64]
    timed: NDArray[np.float64]  # requests that have a latency
    probes_good: NDArray[np.float64]
    probes_bad: NDArray[np.float64]
    minutes_known: NDArray[np.float64]  # minutes with requests or probes, as long as hours are kept
    minutes_bad: NDArray[np.float64]  # of them bad by the rule of availability
    slow: Mapping[float, NDArray[np.float64]]  # by threshold (seconds): requests that took longer
    sampled_unknown: bool = False
    by_probe: Mapping[str, ProbeRuns] = field(default_factory=dict[str, ProbeRuns])  # of the probes asked for


@dataclass(frozen=True, slots=True)
class OutcomeAt:
    """How one request or probe ended."""

    at_us: int
    bad: bool
    probe: bool
    caller: int | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class GatewayMinute:
    """The attempts of a minute that counted, for one version of a service; no shadows, no cached answers."""

    environment: str
    service: str
    version: str
    at: int  # start of the minute
    decided: int  # good and bad
    bad: int


@dataclass(frozen=True, slots=True)
class GatewayTraffic:
    """What went through the gateway for one version of a service over a window."""

    environment: str
    service: str
    version: str  # empty: no version was asked, because the request was refused or stopped before
    good: int
    bad: int
    other: int  # requests that count for nobody: the caller's own mistakes, what was ended on purpose
    latency_s_p95: float | None  # of good and bad
    shadows: int  # calls that were made beside the one that answered
    last_at: int
    tried: int = 0  # attempts at its upstreams that count, whoever answered in the end; no shadows, no cached answers
    failed: int = 0  # of these

    @property
    def requests(self) -> int:
        """All that callers asked."""
        return self.good + self.bad + self.other


@dataclass(frozen=True, slots=True)
class RuleMoney:
    """What the attempts of a rule cost in one currency, and what the model asked for had cost for the same usage."""

    currency: str
    cost_nano: int
    asked_cost_nano: int


@dataclass(frozen=True, slots=True)
class ModelRuleUse:
    """What a rule of a route did over a window: which requests it sent to another model, and what that cost."""

    environment: str
    service: str
    rule: str
    requests: int
    route_requests: int  # all that came to the service, whatever became of them
    failed: int  # of its requests
    cached: int  # of its requests, those that a kept answer served: they cost nothing with either model
    attempts: int  # that used something
    unpriced: int  # of them, those whose cost, or that of the model asked for, is not known: not in `money`
    tokens_in: int  # of all attempts that told it
    tokens_out: int
    money: tuple[RuleMoney, ...]
    models_asked: tuple[str, ...]  # by callers, some of them
    last_at: int


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """How often the gateway's guard found something over a window."""

    environment: str
    service: str
    entity: str
    side: str  # input | output; empty: not recorded, by workers that did not yet
    action: str  # what was done about it: log | redact | hold | block; empty like `side`
    found: int
    requests: int  # in which it was found
    last_at: int


@dataclass(frozen=True, slots=True)
class GuardCoverage:
    """What of a service's requests the gateway's guard looked at over a window."""

    environment: str
    service: str
    requests: int  # that came to the gateway
    looked: int  # of them, those that it looked at
    found: int  # of these, those with a finding
    stopped: int  # of these, those that were blocked or held
    unseen: int  # of these, those with a text that could not be looked at
    last_at: int


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What came to the gateway with one key over a window."""

    key: str  # its id
    requests: int  # those that were refused as well, unless the key itself was
    last_at: int


@dataclass(frozen=True, slots=True)
class CacheMoney:
    """Money about the gateway's cache in one currency."""

    currency: str
    saved_nano: int  # what hits would have cost at the price of the answer that was kept: an estimate
    asked_nano: int  # what it cost to ask hits again


@dataclass(frozen=True, slots=True)
class CacheUse:
    """What the gateway's cache did for a service over a window."""

    environment: str
    service: str
    requests: int = 0  # that came to the gateway
    hits: int = 0
    misses: int = 0
    metered: int = 0  # hits whose usage is known, and no mere bound
    priced: int = 0  # of these, those whose usage has a price
    saved_tokens_in: int = 0
    saved_tokens_out: int = 0
    same: int = 0  # hits asked again that are right
    wrong: int = 0
    alike: int = 0  # where chance has a part in the answer: those that were answered alike …
    differs: int = 0  # … and otherwise, which proves nothing
    failed: int = 0  # hits asked again of which nothing could be compared
    last_hit_at: int | None = None
    money: Sequence[CacheMoney] = ()

    @property
    def looked(self) -> int:
        """Requests that an answer was looked for."""
        return self.hits + self.misses

    @property
    def proven(self) -> int:
        """Hits asked again that are known to be right or wrong."""
        return self.same + self.wrong


@dataclass(frozen=True, slots=True)
class LabelSquares:
    """Sums of squared weights: how many rows those of a LabelPair are worth (kernel/stats/weights)."""

    n: float
    scored: float = 0.0
    high: float = 0.0
    low: float = 0.0


@dataclass(frozen=True, slots=True)
class LabelPair:
    """Predictions of one class that turned out to be of one class, for one version of a service over a window."""

    version: str
    predicted: str
    truth: str | None  # None: not known yet
    n: float
    disagreeing: float = 0.0  # of these, those that were told several truths; the last one counts
    scored: float = 0.0  # that state a confidence from 0 to 1
    high: float = 0.0  # of 0.8 and more
    low: float = 0.0  # of less than 0.5
    squares: LabelSquares | None = None  # None: nothing was sampled, each row counts for one
    sampled_unknown: bool = False  # of some nobody knows how they were chosen: shares may be biased


@dataclass(frozen=True, slots=True)
class LabelAge:
    """Predictions of one age whose first truth came so long after them, both in whole steps."""

    age: int
    delay: int | None  # None: it has not come
    n: float
