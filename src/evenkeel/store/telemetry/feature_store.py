"""The part of the DuckDB adapter that is about features of predictions and numbers of evaluators."""

# ruff: noqa: ARG002

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenkeel.kernel.profile.model import Grid
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.duckdb_reader import DuckReader
from evenkeel.store.telemetry.feature_port import FeatureCounts, FeatureGrid, NumberSum, Step
from evenkeel.store.telemetry.port import ServiceKey


class DuckFeatures(DuckReader):
    """`feature_port.FeatureRecords`; nothing is counted yet."""

    def feature_grids(self, key: ServiceKey) -> Sequence[FeatureGrid]:
        """The newest grid of each feature that has one, by the feature's name."""
        return []

    def set_feature_grids(self, key: ServiceKey, grids: Mapping[str, Grid], *, now_us: int) -> None:
        """Count these features on these grids from now on, and count the stored events on them."""

    def feature_counts(
        self,
        key: ServiceKey,
        window: Window,
        *,
        step: Step = "hour",
        features: Sequence[str] | None = None,
    ) -> Sequence[FeatureCounts]:
        """Rows per feature, version and step of the window, on the feature's newest grid."""
        return []

    def numbers(
        self,
        key: ServiceKey,
        window: Window,
        names: Sequence[str] | None,
        *,
        step: Step = "hour",
    ) -> Sequence[NumberSum]:
        """Sums per name, version and step of the window."""
        return []
