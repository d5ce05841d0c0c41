"""The part of the DuckDB adapter that is about trials."""

from __future__ import annotations

from collections.abc import Collection

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry import trial_queries
from evenkeel.store.telemetry.duckdb_reader import DuckReader
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.trial_port import Labelled, LabelTrials, Source, Trials


class DuckTrials(DuckReader):
    """`trial_port.TrialRecords`."""

    def trials(self, key: ServiceKey, window: Window, source: Source) -> Trials:
        """The window's trials of one source, in clusters."""
        with self._reading() as con:
            return trial_queries.trials(con, self._series(key), window, source)

    def label_trials(self, key: ServiceKey, window: Window) -> LabelTrials:
        """The window's predictions that have a truth, in clusters."""
        with self._reading() as con:
            return trial_queries.label_trials(con, self._series(key), window)

    def days_with(self, key: ServiceKey, window: Window, of: Source | Labelled) -> Collection[int]:
        """When the days of the window began that hold any of these."""
        with self._reading() as con:
            return trial_queries.days_with(con, self._series(key), window, of)
