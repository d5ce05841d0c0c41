"""The part of the DuckDB adapter that is about groups of people."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry import group_queries
from evenkeel.store.telemetry.duckdb_reader import DuckReader
from evenkeel.store.telemetry.group_port import GroupCell, GroupsAsked, PairedCell, SentTable
from evenkeel.store.telemetry.port import ServiceKey


class DuckGroups(DuckReader):
    """`group_port.GroupRecords`."""

    def group_cells(self, key: ServiceKey, window: Window, asked: GroupsAsked) -> Sequence[GroupCell]:
        """The window's predictions of a class, by version, step and group; more than `CELLS_MAX` are not all."""
        with self._reading() as con:
            return group_queries.group_cells(con, self._series(key), window, asked)

    def paired_cells(
        self, key: ServiceKey, window: Window, asked: GroupsAsked, versions: tuple[str, str]
    ) -> Sequence[PairedCell]:
        """Subjects that both versions (the current one, the candidate) decided; more than `CELLS_MAX` are not all."""
        with self._reading() as con:
            return group_queries.paired_cells(con, self._series(key), window, asked, versions)

    def classes_seen(self, key: ServiceKey, window: Window) -> Sequence[str]:
        """Classes that were predicted, the most frequent first; at most 100."""
        with self._reading() as con:
            return group_queries.classes_seen(con, self._series(key), window)

    def segments_seen(self, key: ServiceKey, window: Window) -> Sequence[str]:
        """Attributes that predictions name segments by, of the latest ones."""
        with self._reading() as con:
            return group_queries.segments_seen(con, self._series(key), window)

    def tables_sent(self, key: ServiceKey, window: Window) -> Sequence[SentTable]:
        """Counts of groups that were sent for times that end within the window, latest first."""
        with self._reading() as con:
            return group_queries.tables_sent(con, self._series(key), window)
