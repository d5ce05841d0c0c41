"""What readers are told by a store that cannot answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.kernel.errors import UnreadableError
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.testing.feeder import NOON_US, Feeder

HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + 1)
HEADERS_BYTES = 3 * 4096  # of the file: the store still opens


def test_garbage_where_rows_were_is_told_as_a_store_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "telemetry.duckdb"
    store = DuckTelemetry(str(file), threads=1)
    feeder = Feeder(store)
    feeder.fold(*(feeder.event(source="gateway", role="request", attributes="{}") for _ in range(50)))
    store.close()
    opened = DuckTelemetry(str(file), threads=1)
    try:
        with file.open("r+b") as damaged:
            damaged.seek(HEADERS_BYTES)
            damaged.write(b"\xa5" * (file.stat().st_size - HEADERS_BYTES))
        with pytest.raises(UnreadableError, match=r"cannot be read \(Corrupt database file\)\.") as caught:
            opened.gateway_traffic(HOUR)
        assert caught.value.__cause__ is not None  # which the log has in full
        with pytest.raises(UnreadableError):
            opened.gateway_traffic(HOUR)  # and it stays so
    finally:
        opened.close()


def test_a_store_that_is_closed_says_so(telemetry: DuckTelemetry) -> None:
    assert list(telemetry.gateway_traffic(HOUR)) == []
    telemetry.close()
    with pytest.raises(UnreadableError, match="Connection Error"):
        telemetry.gateway_traffic(HOUR)
