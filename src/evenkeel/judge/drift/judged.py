"""What is said of a running service's window, feature by feature, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from evenkeel.judge.drift.answer import DriftAnswer, answer
from evenkeel.judge.drift.baseline import Baseline
from evenkeel.judge.drift.family import reference_of
from evenkeel.judge.drift.limits import PREDICTIONS, DriftLimits
from evenkeel.judge.drift.model import Feature, Finding
from evenkeel.judge.drift.records import GivenReference
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.port import ServiceKey

#: A window longer than this is read by the day; a shorter one that is at least a day long is compared with days, too.
BY_HOUR_MAX_US: Final = 36 * US_PER_HOUR


@dataclass(frozen=True)
class JudgedFeature:
    """A feature's finding with what it rests on: its counts then and now, and of when."""

    finding: Finding
    feature: Feature
    baseline: Baseline
    window: Window
    is_given: bool  # somebody gave its reference; else it is the service's own first week
    lengths: Feature | None = None  # of an embedding: how long its vectors are, where another number of them is told

    @property
    def is_provisional(self) -> bool:
        """Whether the reference is not whole yet: it will be another one."""
        return not self.is_given and not self.baseline.is_whole

    @property
    def reference(self) -> Counts:
        """What the window was compared with."""
        return reference_of(self.feature)


@dataclass(frozen=True)
class ServiceDrift:
    """All that is said of a service's window.

    `waiting` are features that have no reference yet, `retired` those that are gone and not compared; each with why.
    """

    key: ServiceKey
    window: Window
    features: tuple[JudgedFeature, ...]
    given: GivenReference | None = None
    waiting: Mapping[str, str] = field(default_factory=dict[str, str])
    retired: Mapping[str, str] = field(default_factory=dict[str, str])
    limits: DriftLimits = field(default_factory=DriftLimits)

    @property
    def data(self) -> DriftAnswer:
        """One answer of what the service is asked."""
        return answer([each.finding for each in self.features if each.finding.feature not in PREDICTIONS])

    @property
    def prediction(self) -> DriftAnswer:
        """One answer of what the service says."""
        return answer([each.finding for each in self.features if each.finding.feature in PREDICTIONS])
