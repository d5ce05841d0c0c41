"""The stores of a home, opened and closed together: what control, the doctor and offline commands stand on."""

from __future__ import annotations

from dataclasses import dataclass

from evenkeel.app.home import Home
from evenkeel.observe.intake.keys import TABLE_NAME
from evenkeel.org.access.keys import Keys
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemClock, SystemIds
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that is open in a home."""

    home: Home
    telemetry: DuckTelemetry
    records: Records
    keys: Keys
    clock: SystemClock
    ids: SystemIds

    @classmethod
    def open(cls, home: Home) -> Stores:
        """Open a home's stores. Raises HomeBusyError when another process has it."""
        home.create()
        clock, ids = SystemClock(), SystemIds()
        telemetry = DuckTelemetry(str(home.telemetry))
        records = Records.open(f"sqlite:///{home.records}")
        keys = Keys(records, clock, ids, home.tables / TABLE_NAME)
        return cls(home, telemetry, records, keys, clock, ids)

    def close(self) -> None:
        """Make everything durable and release it."""
        self.telemetry.close()
        self.records.close()
