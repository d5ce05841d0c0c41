"""Where things are in a home: the one directory that holds everything an evenkeel knows."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from evenkeel.kernel.errors import NotFoundError

ENVIRONMENT_VARIABLE = "EVENKEEL_HOME"
#: OTLP's own port.
INTAKE_PORT = 4318


@dataclass(frozen=True, slots=True)
class Home:
    """Paths inside a home directory."""

    root: Path

    @classmethod
    def find(cls, given: str | None = None) -> Home:
        """The directory that was given, or `EVENKEEL_HOME`, or ~/.local/share/evenkeel."""
        chosen = given or os.environ.get(ENVIRONMENT_VARIABLE)
        return cls(Path(chosen).expanduser() if chosen else Path.home() / ".local" / "share" / "evenkeel")

    def create(self) -> None:
        """Make the directories, readable by their owner only."""
        for directory in (
            self.root,
            self.journal,
            self.tables,
            self.secrets,
            self.workers,
            self.gateways,
            self.imports,
        ):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def existing(self) -> Self:
        """This home. Raises NotFoundError where no evenkeel made one.

        Whoever only looks, or changes what is there, asks for it: a mistyped directory that looks well because
        it is empty would be a false green.
        """
        if any(path.exists() for path in (self.journal, self.records, self.telemetry)):
            return self
        raise NotFoundError(
            f"There is no evenkeel home at {self.root}.",
            hint="Check --home and EVENKEEL_HOME; `evenkeel up` or `evenkeel import`, with"
            f" --home {shlex.quote(str(self.root))}, makes one there.",
            home=str(self.root),
        )

    @property
    def journal(self) -> Path:
        """Journals, one directory per writer."""
        return self.root / "journal"

    @property
    def telemetry(self) -> Path:
        """The telemetry store."""
        return self.root / "telemetry.duckdb"

    @property
    def records(self) -> Path:
        """The relational records."""
        return self.root / "records.sqlite"

    @property
    def tables(self) -> Path:
        """Tables that control publishes for the data plane."""
        return self.root / "tables"

    @property
    def secrets(self) -> Path:
        """Keys."""
        return self.root / "secrets"

    @property
    def workers(self) -> Path:
        """What each data-plane worker says of itself."""
        return self.root / "workers"

    @property
    def gateways(self) -> Path:
        """What each gateway worker says of itself."""
        return self.root / "gateways"

    def intake_port(self) -> int:
        """The port on which the latest data-plane worker took telemetry; the usual one before any did."""
        files = sorted(self.workers.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
        return int(json.loads(files[-1].read_bytes())["port"]) if files else INTAKE_PORT

    @property
    def imports(self) -> Path:
        """Manifests of imports."""
        return self.root / "imports"

    @property
    def routes(self) -> Path:
        """What control publishes for gateway workers: routes, limits, guards, caches, purges."""
        return self.tables / "gateway.json"

    @property
    def limits(self) -> Path:
        """What is used of limits: the accounts of this machine, and the leases of its gateway workers."""
        return self.root / "limits"

    @property
    def holds(self) -> Path:
        """What the guard holds for people to decide on, until they did."""
        return self.root / "holds"

    @property
    def gateway_keys(self) -> Path:
        """The table of virtual keys that control publishes for gateway workers."""
        return self.tables / "gateway_keys.json"

    @property
    def probes(self) -> Path:
        """The table of probes that control publishes for probers."""
        return self.tables / "probes.json"

    @property
    def prober(self) -> Path:
        """Which process runs this home's probes."""
        return self.root / "prober.json"

    @property
    def server(self) -> Path:
        """Which process owns the home, and where it listens."""
        return self.root / "server.json"

    @property
    def configuration(self) -> Path:
        """The configuration: `evenkeel.d` if there is such a folder, else `evenkeel.yaml`."""
        folder = self.root / "evenkeel.d"
        return folder if folder.is_dir() else self.root / "evenkeel.yaml"
