"""The part of the DuckDB adapter that is about features of predictions and numbers of evaluators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.profile.model import Grid
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry import feature_grids, feature_queries, feature_segments
from evenkeel.store.telemetry.duckdb_reader import DuckReader
from evenkeel.store.telemetry.feature_port import (
    FeatureChanges,
    FeatureCounts,
    FeatureGrid,
    NumberSum,
    RefusedFeatures,
    SegmentCounts,
    Step,
    WaitingFeature,
)
from evenkeel.store.telemetry.port import ServiceKey

_UNCHANGED: Final = FeatureChanges()


class DuckFeatures(DuckReader):
    """`feature_port.FeatureRecords`."""

    def feature_grids(self, key: ServiceKey) -> Sequence[FeatureGrid]:
        """The newest grid of each feature that has one, by the feature's name."""
        return [grid.made for _, grid in sorted(self._state.features.grids.get(key, {}).items())]

    def set_feature_grids(self, key: ServiceKey, grids: Mapping[str, Grid], *, now_us: int) -> None:
        """Count these features on these grids from now on, and count the stored events on them."""
        with self._write_lock:
            feature_grids.set_grids(self._con, self._state, key, grids, now_us)

    def waiting_features(self, key: ServiceKey) -> Sequence[WaitingFeature]:
        """The features that have no grid yet, by name."""
        return [each for _, each in sorted(self._state.features.waiting.get(key, {}).items())]

    def refused_features(self, key: ServiceKey) -> RefusedFeatures | None:
        """Whether a service's features were refused for being too many; None where none was."""
        return self._state.features.refused.get(key)

    def feature_changes(self, key: ServiceKey) -> FeatureChanges:
        """When the counts of a service changed last."""
        return self._state.features.changes.get(key, _UNCHANGED)

    def feature_counts(
        self, key: ServiceKey, window: Window, *, step: Step = "hour", features: Sequence[str] | None = None
    ) -> Sequence[FeatureCounts]:
        """Rows per feature, version and step of the window, on the feature's newest grid."""
        known = self._state.features.grids.get(key, {})
        chosen = [grid for name, grid in known.items() if features is None or name in features]
        with self._reading() as con:
            return feature_queries.feature_counts(con, self._state, chosen, window, step)

    def feature_rows(
        self, key: ServiceKey, window: Window, version: str, features: Sequence[str]
    ) -> Mapping[str, Mapping[int, int]]:
        """Rows of one version by feature and start of the hour."""
        known = self._state.features.grids.get(key, {})
        chosen = [known[name] for name in features if name in known]
        with self._reading() as con:
            return feature_queries.feature_rows(con, self._series(key, version), chosen, window)

    def feature_by_segment(self, key: ServiceKey, feature: str, windows: tuple[Window, Window]) -> SegmentCounts:
        """A feature of the stored predictions of two windows, by the levels of each segment they name."""
        grid = self._state.features.grids.get(key, {}).get(feature)
        if grid is None:
            raise NotFoundError(f"No feature {feature[:60]!r} of {key} is counted.", hint="The view Drift names them.")
        with self._reading() as con:
            return feature_segments.feature_by_segment(con, self._series(key), grid.made, windows)

    def numbers(
        self, key: ServiceKey, window: Window, names: Sequence[str] | None, *, step: Step = "hour"
    ) -> Sequence[NumberSum]:
        """Sums per name, version and step of the window."""
        with self._reading() as con:
            return feature_queries.numbers(con, self._series(key), window, names, step)
