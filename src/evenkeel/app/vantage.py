"""A prober elsewhere: the same probes from another place, its results sent to evenkeel's event API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from evenkeel.app.prober import run_until_stopped
from evenkeel.app.secrets import own_secrets
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import to_datetime
from evenkeel.observe.events import jsontext
from evenkeel.observe.probes.model import Probe, read_table
from evenkeel.observe.probes.run import ProberDependencies
from evenkeel.observe.sdk.client import Client
from evenkeel.store.system import SystemClock
from evenkeel.store.tables import PublishedTable

log = logging.getLogger(__name__)

_SENT: Final = (
    "environment",
    "service",
    "operation",
    "subject",
    "label",
    "outcome",
    "latency_s",
    "status_code",
    "value",
)


@dataclass(frozen=True, slots=True)
class Vantage:
    """Where a prober stands, and where its results go."""

    name: str
    table: Path  # as `evenkeel probes table` writes it; followed when it changes
    url: str  # of the intake
    key: str
    spool: Path | None = None  # where results wait on disk while evenkeel is away


def run_vantage(given: Vantage, told: Callable[[str], None]) -> None:
    """Run the probes of this vantage until stopped. Raises InvalidInputError when the table is none."""
    probes = PublishedTable(given.table, read_table, ())
    mine = [probe.name for probe in probes.current() if given.name in probe.vantages]
    if not given.table.exists() or not probes.current():
        raise InvalidInputError(
            f"{given.table} holds no probes.", hint="Write it where evenkeel runs: evenkeel probes table > probes.json"
        )
    told(f"{len(mine)} of {len(probes.current())} probes run from {given.name}: {', '.join(mine) or 'none'}")
    with open_vantage(given, probes.current) as dependencies:
        asyncio.run(run_until_stopped(dependencies))


@contextmanager
def open_vantage(given: Vantage, probes: Callable[[], tuple[Probe, ...]]) -> Generator[ProberDependencies]:
    """What a prober at this vantage stands on; what it has left to send is sent at the end."""
    client = Client(given.url, key=given.key, service="probes", spool_dir=given.spool)

    async def send(batch: EventBatch) -> None:
        for index in range(len(batch)):
            event = sent_event(batch.row(index))
            client.log("probe", at=to_datetime(batch.columns["at"][index]), **event)

    try:
        yield ProberDependencies(probes, send, SystemClock(), own_secrets(), given.name)
    finally:
        client.close()


def sent_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """A probe's event as the event API reads it."""
    attributes = jsontext.load(event["attributes"].encode())
    named = {name: event[name] for name in _SENT if name in event}
    return {**named, "id": str(UUID(bytes=event["event_id"])), "error": event.get("reason"), "attributes": attributes}
