"""What the house asks of an engine about predictions and what turned out to be true; a part of `port.Telemetry`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry import series
from evenkeel.store.telemetry.predictions import LabelStep, NumberErrors, NumberStep, ScoreTable, Scoring, SegmentRow

if TYPE_CHECKING:
    from evenkeel.store.telemetry.port import ServiceKey


class PredictionRecords(Protocol):
    """Predictions are those that say a class, or a number where they say none; failed ones predicted nothing."""

    def label_pairs(self, key: ServiceKey, window: Window) -> Sequence[series.LabelPair]:
        """The window's predictions by version, predicted class, and true class, whenever the truth came."""
        ...

    def label_ages(self, key: ServiceKey, window: Window, *, step_us: int) -> Sequence[series.LabelAge]:
        """How old the window's predictions are at its end and how long their truth took, in steps of `step_us`."""
        ...

    def number_ages(self, key: ServiceKey, window: Window, *, step_us: int) -> Sequence[series.LabelAge]:
        """The same of predictions that say a number and no class."""
        ...

    def predicted_classes(self, key: ServiceKey, window: Window, *, most: int) -> Sequence[str]:
        """At most `most` of the classes that were predicted in the window, in order."""
        ...

    def scores(self, key: ServiceKey, window: Window, scoring: Scoring, *, part_us: int | None = None) -> ScoreTable:
        """The window's scores by truth and bucket, in parts of `part_us`, or as one."""
        ...

    def number_errors(self, key: ServiceKey, window: Window) -> Sequence[NumberErrors]:
        """The window's predicted numbers beside the true ones, a row per version."""
        ...

    def number_steps(self, key: ServiceKey, window: Window, *, step_us: int) -> Sequence[NumberStep]:
        """How far predicted numbers were off, by step, in order of time."""
        ...

    def label_segments(self, key: ServiceKey, window: Window) -> Sequence[SegmentRow]:
        """How many predictions were right and wrong, by each value of each `segment.` attribute."""
        ...

    def label_steps(self, key: ServiceKey, window: Window, scoring: Scoring, *, step_us: int) -> Sequence[LabelStep]:
        """How many predictions were right and wrong, by step and version, in order of time."""
        ...
