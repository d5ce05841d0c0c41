"""A DuckDB store of its own for each test, and events to give it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.testing.feeder import Feeder


@pytest.fixture
def telemetry(tmp_path: Path) -> Iterator[DuckTelemetry]:
    store = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield store
    store.close()


@pytest.fixture
def feeder(telemetry: DuckTelemetry) -> Feeder:
    return Feeder(telemetry)
