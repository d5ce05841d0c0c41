"""The part of the DuckDB adapter that is about predictions and what turned out to be true."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry import label_queries, number_queries, score_queries
from evenkeel.store.telemetry.duckdb_reader import DuckReader
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.predictions import LabelStep, NumberErrors, NumberStep, ScoreTable, Scoring, SegmentRow
from evenkeel.store.telemetry.series import LabelAge, LabelPair


class DuckPredictions(DuckReader):
    """`prediction_port.PredictionRecords`."""

    def label_pairs(self, key: ServiceKey, window: Window) -> Sequence[LabelPair]:
        """The window's predictions by version, predicted class, and true class, whenever the truth came."""
        with self._reading() as con:
            return label_queries.label_pairs(con, self._series(key), window)

    def label_ages(self, key: ServiceKey, window: Window, *, step_us: int) -> Sequence[LabelAge]:
        """How old the window's predictions are at its end and how long their truth took, in steps of `step_us`."""
        with self._reading() as con:
            return label_queries.label_ages(con, self._series(key), window, step_us)

    def number_ages(self, key: ServiceKey, window: Window, *, step_us: int) -> Sequence[LabelAge]:
        """The same of predictions that say a number and no class."""
        with self._reading() as con:
            return number_queries.number_ages(con, self._series(key), window, step_us)

    def predicted_classes(self, key: ServiceKey, window: Window, *, most: int) -> Sequence[str]:
        """At most `most` of the classes that were predicted in the window, in order."""
        with self._reading() as con:
            return score_queries.predicted_classes(con, self._series(key), window, most)

    def scores(self, key: ServiceKey, window: Window, scoring: Scoring, *, part_us: int | None = None) -> ScoreTable:
        """The window's scores by truth and bucket, in parts of `part_us`, or as one."""
        with self._reading() as con:
            part = window.end_us - window.start_us if part_us is None else part_us
            return score_queries.scores(con, self._series(key), window, scoring, part)

    def number_errors(self, key: ServiceKey, window: Window) -> Sequence[NumberErrors]:
        """The window's predicted numbers beside the true ones, a row per version."""
        with self._reading() as con:
            return number_queries.number_errors(con, self._series(key), window)

    def number_steps(self, key: ServiceKey, window: Window, *, step_us: int) -> Sequence[NumberStep]:
        """How far predicted numbers were off, by step, in order of time."""
        with self._reading() as con:
            return number_queries.number_steps(con, self._series(key), window, step_us)

    def label_segments(self, key: ServiceKey, window: Window) -> Sequence[SegmentRow]:
        """How many predictions were right and wrong, by each value of each `segment.` attribute."""
        with self._reading() as con:
            return score_queries.label_segments(con, self._series(key), window)

    def label_steps(self, key: ServiceKey, window: Window, scoring: Scoring, *, step_us: int) -> Sequence[LabelStep]:
        """How many predictions were right and wrong, by step and version, in order of time."""
        with self._reading() as con:
            return score_queries.label_steps(con, self._series(key), window, scoring, step_us)
