"""Composition root of the prober: `python -m evenkeel.app.prober --home DIR`.

A process of its own, so that neither a burst of telemetry nor a long look of the judge holds up a probe and
makes a healthy service look slow. It reads the table that control publishes and writes a journal of its own; it
loads no engine, no ORM, no judge, and goes on with control dead.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from evenkeel.app.home import Home
from evenkeel.app.parent import end_with_parent, tell_ready, telling_failure
from evenkeel.app.running import own_identity
from evenkeel.app.secrets import own_secrets
from evenkeel.kernel.errors import NotFoundError
from evenkeel.observe.probes.model import HERE, Probe, Result, read_table
from evenkeel.observe.probes.run import CONCURRENT_MAX, Prober, ProberDependencies, run_probe
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock
from evenkeel.store.tables import PublishedTable, publish

log = logging.getLogger(__name__)

WRITER: Final = "probes"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run probes until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m evenkeel.app.prober", description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--ready-fd", type=int, help="where a supervisor waits to hear that the work has begun")
    given = parser.parse_args(arguments)
    if given.ready_fd is not None:
        end_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s probes: %(message)s")
    with suppress(KeyboardInterrupt), telling_failure(given.ready_fd):
        asyncio.run(_serve(Home(Path(given.home)), given.ready_fd))


def published_probes(home: Home) -> PublishedTable[tuple[Probe, ...]]:
    """The probes of a home, as they are in force."""
    return PublishedTable(home.probes, read_table, ())


async def _serve(home: Home, ready_fd: int | None) -> None:
    home.create()
    clock = SystemClock()
    commit = GroupCommit(JournalWriter(RealDisk(), str(home.journal / WRITER), writer=WRITER, clock=clock))
    publish(home.prober, own_identity(supervised=ready_fd is not None))
    tell_ready(ready_fd, {"port": 0})
    try:
        await run_until_stopped(
            ProberDependencies(published_probes(home).current, commit.commit, clock, own_secrets(), HERE)
        )
    finally:
        await commit.close()
        home.prober.unlink(missing_ok=True)


async def run_until_stopped(given: ProberDependencies) -> None:
    """Run probes until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    # Names are looked up in threads that cannot be given up: one that hangs must not hold up the others.
    loop.set_default_executor(ThreadPoolExecutor(CONCURRENT_MAX, thread_name_prefix="names"))
    task = asyncio.create_task(Prober(given).run(), name="prober")
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def probe_once(probes: Sequence[Probe], name: str) -> tuple[Probe, Result]:
    """What one probe finds, here and now; nothing is written down. Raises NotFoundError when there is none."""
    chosen = next((probe for probe in probes if probe.name == name), None)
    if chosen is None:
        listed = ", ".join(probe.name for probe in probes[:20]) or "none is configured"
        raise NotFoundError(f"There is no probe {name!r}.", hint=f"Known: {listed}.")
    return chosen, asyncio.run(run_probe(chosen, own_secrets(), SystemClock()))


if __name__ == "__main__":
    main()
