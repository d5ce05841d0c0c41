"""SLO: a share of good events promised over a window, its error budget, and what fires when it burns.

Every SLI is reduced to two counts a minute, (total, bad); what they count is the SLI's own matter. A burn
rate is the share of bad ones divided by the share that the target allows (SRE Workbook, chapter 5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from evenkeel.store.telemetry.port import ServiceKey


class Method(StrEnum):
    """How a budget is spent (OpenSLO v1 budgetingMethod)."""

    OCCURRENCES = "Occurrences"  # each bad event
    TIMESLICES = "Timeslices"  # each slice whose share of good ones is below `slice_target`
    RATIO_TIMESLICES = "RatioTimeslices"  # each slice by its share of bad ones


class Severity(StrEnum):
    """Whom an alert is for: somebody now, or somebody this week."""

    PAGE = "page"
    TICKET = "ticket"


class Family(StrEnum):
    """The kinds of alert rules (SPEC SLO-3)."""

    THRESHOLD = "threshold"  # the operating model's fixed alert, by the page window's verdict
    BURN = "burn"  # multi-window multi-burn-rate
    OUTAGE = "outage"  # nothing succeeds any more


@dataclass(frozen=True, slots=True)
class ErrorsSli:
    """Bad logical requests of good and bad ones."""


@dataclass(frozen=True, slots=True)
class LatencySli:
    """Requests slower than `threshold_s` seconds of those that have a latency."""

    threshold_s: float


@dataclass(frozen=True, slots=True)
class MinutesSli:
    """Bad minutes of minutes with evidence: at least half of the requests fail, or two probes and none succeeds."""


@dataclass(frozen=True, slots=True)
class ProbesSli:
    """Failed runs of the probes with these names, of any kind; without names, of all probes of the service itself."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceSli:
    """Counts pulled from a source outside (SPEC OBS-5): two queries that each yield a count per minute.

    Exactly one of `good`, `bad` and `raw` is given; `raw` is a share, of successes unless `raw_failure`.
    """

    source: str  # name of the source in the configuration
    total: str = ""
    good: str = ""
    bad: str = ""
    raw: str = ""
    raw_failure: bool = False


@dataclass(frozen=True, slots=True)
class CompositeSli:
    """Other SLOs of the same service with their weights: they burn together."""

    parts: tuple[tuple[str, float], ...]  # (name of the SLO, weight)


@dataclass(frozen=True, slots=True)
class SampledSli:
    """A rate of quality that a sample tells: the objective's own estimate, which is counted nowhere else."""

    indicator: str
    counts: str  # what the sample is of, plural: labels, answers …
    declared: bool = False  # the configuration names the objective: its budget governs


Sli = ErrorsSli | LatencySli | MinutesSli | ProbesSli | SourceSli | CompositeSli | SampledSli


@dataclass(frozen=True, slots=True)
class BudgetWindow:
    """The time a budget is for: the last `rolling_s` seconds, or calendar months, quarters … in a time zone."""

    rolling_s: int | None = None
    calendar: str = ""  # day | week | month | quarter | year; set when not rolling
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Slo:
    """A promise about one service. Its name is unique within the service."""

    key: ServiceKey
    name: str
    title: str
    sli: Sli
    target: float  # share of good ones, 0 < target < 1
    method: Method = Method.OCCURRENCES
    slice_s: int = 60
    slice_target: float | None = None  # Timeslices only: a slice with a smaller share of good ones is bad
    window: BudgetWindow = field(default_factory=lambda: BudgetWindow(calendar="month"))
    catalogue: str = ""  # burn rules by the catalogue's name; empty: by target and window; "none": no alerts
    rules: tuple[BurnRule, ...] = ()  # burn rules of its own, instead of a catalogue's

    @property
    def budget_ratio(self) -> float:
        """The share that may be bad: 1 - target."""
        return round(1.0 - self.target, 12)

    @property
    def governs(self) -> bool:
        """Whether the gate goes by it: rates of quality only where somebody has asked for their objective."""
        return not isinstance(self.sli, SampledSli) or self.sli.declared

    @property
    def version(self) -> str:
        """A short hash of everything that decides."""
        decides = (self.sli, self.target, self.method, self.slice_s, self.slice_target, self.window, self.catalogue)
        decides = (*decides, self.rules) if self.rules else decides
        return hashlib.blake2b(repr(decides).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class BurnRule:
    """Fires when the burn rate exceeds `factor` over both windows (SRE Workbook table 5-8)."""

    severity: Severity
    long_s: int
    short_s: int
    factor: float

    @property
    def name(self) -> str:
        """How alerts and pages call it, e.g. `burn-1h-5m`."""
        return f"burn-{window_name(self.long_s)}-{window_name(self.short_s)}"

    def is_feasible(self, budget_ratio: float) -> bool:
        """Whether a service that fails entirely could fire it."""
        return self.factor * budget_ratio < 1.0


@dataclass(frozen=True, slots=True)
class RuleId:
    """One rule of one objective of one service: what an alert is about."""

    key: ServiceKey
    objective: str  # name of the objective or SLO
    rule: str  # threshold | hard-outage | burn-1h-5m …


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule's condition holds: which rule, since when, and why in words."""

    id: RuleId
    family: Family
    severity: Severity
    since_us: int  # event time at which the condition was first seen to hold
    sentence: str  # number, bound, n, window, since when
    link: str = ""  # path of the page that shows the evidence
    facts: Mapping[str, str] = field(default_factory=dict[str, str])  # further numbers, with units


@dataclass(frozen=True, slots=True)
class Observation:
    """What all rules say at one moment. A rule in none of the lists is clear."""

    at_us: int
    firing: tuple[Firing, ...]
    undecided: frozenset[RuleId] = frozenset()  # cannot be judged for want of data: neither fire nor resolve
    suspect: frozenset[tuple[ServiceKey, str]] = frozenset()  # (service, objective): worth a look, never a page
    unseen: frozenset[RuleId] = frozenset()  # not looked at since the start: what an earlier process said holds on
    judged: frozenset[tuple[ServiceKey, str]] | None = None  # (service, objective) there are; None: not known


def window_name(seconds: int) -> str:
    """How rules write a length.

    >>> window_name(3_600), window_name(1_800), window_name(259_200)
    ('1h', '30m', '3d')
    """
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
