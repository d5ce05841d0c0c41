"""Every adapter of the telemetry port, and events to give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import Telemetry
from evenkeel.testing.feeder import Feeder


@pytest.fixture(params=["duckdb"])
def open_telemetry(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Telemetry]:
    """Opens the same store each time it is called."""
    assert request.param == "duckdb"
    return lambda: DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)


@pytest.fixture
def telemetry(open_telemetry: Callable[[], Telemetry]) -> Iterator[Telemetry]:
    store = open_telemetry()
    yield store
    store.close()


@pytest.fixture
def feeder(telemetry: Telemetry) -> Feeder:
    return Feeder(telemetry)
