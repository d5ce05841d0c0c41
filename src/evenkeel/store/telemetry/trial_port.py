"""The part of the telemetry port that is about trials: what was judged one by one, and may be bad together.

A trial is one prediction, rating, answer or golden query with how bad it was, from 0 to 1, and the weight that its
sampling gave it. Trials that may go bad together are one cluster (DESIGN §5).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from evenkeel.kernel.time import Window

if TYPE_CHECKING:
    from evenkeel.store.telemetry.port import ServiceKey  # which takes this part over


class Source(StrEnum):
    """Where trials come from, and what is bad of one."""

    CONFIDENCE_HIGH = "confidence_high"  # predictions of a class with a confidence: it is less than 0.8
    CONFIDENCE_LOW = "confidence_low"  # the same: it is less than 0.5
    RATING = "rating"  # the last rating a person gave of something: from 5, which is 0, to 1, which is 1
    TASK = "task"  # the last outcome of a subject that says how its task ended: not completed
    GOLDEN = "golden"  # runs of golden probes: the share of what was expected that was not found
    UNSUPPORTED = "unsupported"  # answers beside contexts: some of its sentences have nothing in common with them
    DONT_KNOW = "dont_know"  # answers: it says that it does not know


class Labelled(StrEnum):
    """Predictions of a class, whether or not anything is known of them."""

    PREDICTIONS = "predictions"  # all of them
    LABELS = "labels"  # those whose truth is known


#: What the label of an outcome says of how somebody's task ended; the first one is the good one.
TASK_LABELS: Final = ("task_completed", "task_failed", "task_abandoned")


@dataclass(frozen=True, slots=True)
class Trials:
    """How many trials each cluster of a window holds and how bad they were together, both weighted."""

    by: str  # caller | minute | hour
    total: Sequence[float]
    bad: Sequence[float]  # of each cluster: from 0 to its total
    rows: int = 0  # that were looked at; where only sums are left, as many of equal weight
    squares: float = 0.0  # sum of the squared weights
    sampled_unknown: bool = False

    @property
    def effective(self) -> float:
        """As how many trials of the same weight they count: (Σw)²/Σw²."""
        return sum(self.total) ** 2 / self.squares if self.squares > 0 else 0.0


@dataclass(frozen=True, slots=True)
class LabelTrials:
    """Predictions whose truth is known: how many of each cluster were of one class and predicted to be of one."""

    by: str
    cluster: Sequence[int]
    predicted: Sequence[str]
    truth: Sequence[str]
    n: Sequence[float]  # weighted
    rows: int = 0
    squares: float = 0.0
    sampled_unknown: bool = False


class TrialRecords(Protocol):
    """What judges of quality ask. Clusters are callers where nearly all trials name theirs, else minutes or hours."""

    def trials(self, key: ServiceKey, window: Window, source: Source) -> Trials:
        """The window's trials of one source."""
        ...

    def label_trials(self, key: ServiceKey, window: Window) -> LabelTrials:
        """The window's predictions that have a truth, whenever it came; of several truths the last one counts."""
        ...

    def days_with(self, key: ServiceKey, window: Window, of: Source | Labelled) -> Collection[int]:
        """When the days (UTC) of the window began that hold any of these."""
        ...
