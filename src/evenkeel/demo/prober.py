"""Asks the services of the sample production on a schedule, as another vantage: `python -m evenkeel.demo.prober`."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from evenkeel.app.vantage import Vantage, open_vantage
from evenkeel.demo.faults import FaultFile
from evenkeel.demo.http import post_json
from evenkeel.demo.probes import VANTAGE, table_path
from evenkeel.demo.process import Orders, run_process
from evenkeel.observe.probes.model import DependencyTarget, GoldenTarget, HttpTarget, Probe, read_table
from evenkeel.observe.probes.run import Prober
from evenkeel.store.tables import PublishedTable

#: Services that only just start are waited for: that they do not answer yet is no outage. Longer, and it is one.
_START_S: Final = 60.0


def ports_of(probes: Collection[Probe]) -> set[int]:
    """Where these probes ask."""
    requests = (_request(probe) for probe in probes)
    return {port for request in requests if request and (port := urlsplit(request.url).port)}


async def main(orders: Orders, stop: asyncio.Event) -> None:
    """Wait until every service answers, then ask until told to stop; of a service that is silent nothing is told."""
    table = PublishedTable(table_path(orders.home), read_table, ())
    faults = FaultFile(orders.home)

    def audible() -> tuple[Probe, ...]:
        found = faults.current()
        return tuple(probe for probe in table.current() if not found.has("silence", probe.service))

    await asyncio.gather(*(_await_answer(port) for port in ports_of(table.current())))
    with open_vantage(Vantage(VANTAGE, table_path(orders.home), orders.intake_url, orders.key), audible) as given:
        work = asyncio.create_task(Prober(given).run(), name="prober")
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        for task in (work, stopped):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _await_answer(port: int) -> None:
    """Wait until anything is answered; the socket takes connections before its service does."""
    with suppress(OSError, TimeoutError):
        await post_json(port, "/", {}, timeout_s=_START_S)


def _request(probe: Probe) -> HttpTarget | None:
    target = probe.target
    if isinstance(target, HttpTarget):
        return target
    return target.request if isinstance(target, (GoldenTarget, DependencyTarget)) else None


if __name__ == "__main__":
    run_process(main)
