"""What every part of the DuckDB adapter reads with: a cursor of its own, and the numbers of a service's series."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

import duckdb

from evenkeel.kernel.errors import UnreadableError
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.state import StoreState

log = logging.getLogger(__name__)

#: The engine begins its errors with their kind, as in `IO Error: …`.
_KIND_MAX: Final = 40


class DuckReader:
    """The connection that the adapter's parts share; folding and upkeep hold `_write_lock`."""

    _con: duckdb.DuckDBPyConnection
    _state: StoreState
    _write_lock: threading.RLock

    @contextmanager
    def _reading(self) -> Generator[Any]:
        try:
            cursor = self._con.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        except duckdb.Error as error:
            log.warning("the telemetry store cannot be read", exc_info=error)
            kind = str(error).partition(":")[0][:_KIND_MAX]  # what follows may quote what is stored
            raise UnreadableError(
                f"The telemetry store cannot be read ({kind}).", hint="evenkeel's log says more; see Health."
            ) from error

    def _series(self, key: ServiceKey, version: str | None = None) -> list[int]:
        numbers = self._state.by_service.get(key, [])
        if version is None:
            return list(numbers)
        wanted = {number for dims, number in self._state.series.items() if dims[2] == version}
        return [number for number in numbers if number in wanted]
