"""A gateway service with real worker processes, as control has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.drilling import live_workers
from evenkeel.app.home import Home
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.drill.service import DrillDependencies, SelfDrill
from evenkeel.org.access.keys import Keys
from evenkeel.org.config.model import Config
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemClock, SystemIds
from evenkeel.testing.gateway import gateway_worker

CONFIG = Config.model_validate(
    {
        "upstreams": {"u": {"url": "http://127.0.0.1:9", "dialect": "openai"}},
        "gateway": {"routes": {"bot": {"versions": {"1": {"upstreams": ["u"]}}}}},
    }
)


@dataclass
class World:
    home: Home
    gateway: Gateway
    keys: Keys
    stack: ExitStack = field(default_factory=ExitStack)
    every_s: float = 60.0
    drill: Any = None

    def start(self, writer: str) -> Any:
        """A worker's process."""
        return self.stack.enter_context(gateway_worker(self.home, writer))[0]

    def published(self) -> Any:
        return json.loads(self.home.routes.read_bytes())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    home = Home(tmp_path / "home")
    home.create()
    records = Records.open(f"sqlite:///{home.records}")
    clock, ids = SystemClock(), SystemIds()
    gateway = Gateway(records, clock, ids, home.routes)
    gateway.configure(CONFIG)
    made = World(home, gateway, Keys(records, clock, ids, home.tables / "keys.json"))
    made.keys.publish()
    made.drill = SelfDrill(
        DrillDependencies(
            gateway, made.keys.lend, ids.new_id, lambda: live_workers(home), lambda: made.every_s, clock, 3.0
        )
    )
    with made.stack:
        yield made
        made.drill.close()
    records.close()
