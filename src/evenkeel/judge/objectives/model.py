"""Objective: a target on an indicator of a service; and what judging it yields."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from evenkeel.judge.indicators.model import Indicator
from evenkeel.judge.indicators.table import BY_NAME
from evenkeel.kernel.verdict import Limits, Status, Verdict
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.store.telemetry.port import MinuteRow, ServiceKey


class WindowName(StrEnum):
    """The three horizons every objective is judged over."""

    PAGE = "page"  # is something on fire now
    VERDICT = "verdict"  # how are we; grows until it holds enough to say
    REPORT = "report"  # the calendar month


@dataclass(frozen=True, slots=True)
class Objective:
    """Indicator, target, alert and windows of one service."""

    indicator: str
    target: float
    alert: float | None
    page_s: int | None = 300  # None: judged over no page window
    verdict_s: int = 3_600
    capacity_per_minute: float | None = None  # throughput only
    baseline: float | None = None  # RMSE and MAE only: the error that is normal; None: learned
    source: str = ""  # retrieval_accuracy only: probes, golden, or whichever there is
    golden_set: str = ""  # … of golden sets, which; empty: the only one
    measure: str = "hit_rate"  # … and by what measure
    declared: bool = False  # the configuration names it: it is shown before there is any evidence

    @property
    def definition(self) -> Indicator:
        """The row of the indicator table."""
        return BY_NAME[self.indicator]

    @property
    def name(self) -> str:
        """The key by which configuration and API know it."""
        return self.indicator

    @property
    def title(self) -> str:
        """What people call it."""
        return self.definition.title

    @property
    def unit(self) -> str:
        """ratio, s, points, of 5, psi, area or times."""
        return self.definition.unit

    @property
    def larger_is_worse(self) -> bool:
        """False for availability."""
        return self.definition.larger_is_worse

    @property
    def limits(self) -> Limits:
        """Target and alert as the verdict function takes them."""
        return Limits(self.target, self.alert, self.larger_is_worse)

    @property
    def version(self) -> str:
        """A short hash of everything that decides; verdicts carry it."""
        decides = (self.indicator, self.target, self.alert, self.page_s, self.verdict_s, self.capacity_per_minute)
        more = () if self.baseline is None else (self.baseline,)
        chosen = (self.source, self.golden_set, self.measure)
        text = repr((*decides, *more, *(() if chosen == ("", "", "hit_rate") else chosen)))
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class JudgedService:
    """A service with what it is judged by: catalogue and configuration, resolved."""

    key: ServiceKey
    kind: str
    judged: bool
    why_not: str
    objectives: tuple[Objective, ...]
    cadence_s: float | None = None  # declared; None: learned
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    fairness: FairnessConfig | None = None


@dataclass(frozen=True, slots=True)
class ObjectiveVerdict:
    """How a service stands against one objective."""

    objective: Objective
    headline: Verdict  # of the window that people should look at first
    headline_window: WindowName
    by_window: Mapping[WindowName, Verdict]
    since_us: int  # when the headline status last changed
    sentence: str


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How a service stands: its verdicts, in words too."""

    key: ServiceKey
    kind: str
    status: Status
    since_us: int
    verdicts: tuple[ObjectiveVerdict, ...] = ()
    changed: str = ""  # what changed
    todo: str = ""  # what to do
    judged: bool = True
    why_not_judged: str = ""
    cadence_s: float | None = None
    last_at_us: int = 0
    labels: Mapping[str, str] = field(default_factory=dict[str, str])  # owner, team, tier …
    recent: tuple[MinuteRow, ...] = ()  # the last hour's minutes that hold anything
