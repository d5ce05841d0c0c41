"""The part of the DuckDB adapter that is about what people thought of answers."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.duckdb_reader import DuckReader
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.rating_port import RatingCount
from evenkeel.store.telemetry.rating_queries import rating_counts


class DuckRatings(DuckReader):
    """`rating_port.RatingRecords`."""

    def ratings(self, key: ServiceKey, window: Window) -> Sequence[RatingCount]:
        """The window's ratings and thumbs, by what they say."""
        with self._reading() as con:
            return rating_counts(con, self._series(key), window)
