"""Composition root of a data-plane worker: `python -m evenkeel.app.dataplane --home DIR --writer w0`.

It takes telemetry and makes it durable, with control alive or dead. It loads no engine, no ORM, no judge.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from evenkeel.app.home import Home
from evenkeel.app.parent import end_with_parent, tell_ready, telling_failure
from evenkeel.app.running import own_identity
from evenkeel.app.serving import OrderlyServer, listen
from evenkeel.observe.evaluators.evaluating import Evaluating, EvaluationClocks
from evenkeel.observe.evaluators.policy import EVERYTHING, EvaluationTable
from evenkeel.observe.evaluators.policy import TABLE_NAME as EVALUATORS_TABLE
from evenkeel.observe.intake.door import DoorDependencies, IntakeDoor
from evenkeel.observe.intake.keys import TABLE_NAME, IntakeTable
from evenkeel.observe.pricing.book import OwnPrice, PriceBook
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock
from evenkeel.store.tables import PublishedTable, publish

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one worker until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m evenkeel.app.dataplane", description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--writer", required=True, help="name of this worker's journal, the same after a restart")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4318)
    parser.add_argument("--ready-fd", type=int, help="where a supervisor waits to hear that the work has begun")
    given = parser.parse_args(arguments)
    if given.ready_fd is not None:
        end_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s intake: %(message)s")
    with suppress(KeyboardInterrupt), telling_failure(given.ready_fd):
        listener = listen(given.host, given.port, option="--intake-port", shared=True)
        serve(Home(Path(given.home)), given.writer, listener, given.ready_fd)


def serve(home: Home, writer: str, listener: socket.socket, ready_fd: int | None = None) -> None:
    """Serve until told to stop; the journal is closed after the last request."""
    home.create()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(home, writer, listener, ready_fd))


async def _serve(home: Home, writer: str, listener: socket.socket, ready_fd: int | None) -> None:
    clock = SystemClock()
    journal = JournalWriter(RealDisk(), str(home.journal / writer), writer=writer, clock=clock)
    commit = GroupCommit(journal)
    config = uvicorn.Config(
        IntakeDoor(build_door(home, commit, clock)),
        http="httptools",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    notice = home.workers / f"{writer}.json"

    def announce(port: int) -> None:
        """Only now: whoever is told to stop before it takes signals would leave its notice behind."""
        publish(notice, {**own_identity(supervised=ready_fd is not None), "port": port, "writer": writer})
        tell_ready(ready_fd, {"port": port})
        log.info("taking OTLP and events on port %d, journal %s", port, writer)

    try:
        await OrderlyServer(config, announce).serve(sockets=[listener])
    finally:
        await commit.close()
        notice.unlink(missing_ok=True)


def build_door(home: Home, commit: GroupCommit, clock: SystemClock) -> DoorDependencies:
    """The door of a home, with tables that follow what control publishes."""
    keys = PublishedTable(home.tables / TABLE_NAME, IntakeTable.parse, IntakeTable())
    prices = PublishedTable(home.tables / "prices.json", parse_prices, PriceBook.load())
    return DoorDependencies(
        commit=commit,
        keys=keys.current,
        pricing=prices.current,
        pseudonyms=open_pseudonyms(home.secrets, clock.now_us()),
        clock=clock,
        evaluating=open_evaluating(home),
    )


def open_evaluating(home: Home) -> Evaluating:
    """What looks at answers in a process of this home, as control publishes it."""
    table = PublishedTable(home.tables / EVALUATORS_TABLE, EvaluationTable.parse, EVERYTHING)
    return Evaluating(table.current, EvaluationClocks(SystemClock().monotonic_s, time.thread_time), _log_failure)


def _log_failure(evaluator: str, error: Exception) -> None:
    log.error("evaluator %s failed", evaluator, exc_info=error)


def parse_prices(document: Mapping[str, Any]) -> PriceBook:
    """A price book with the prices that the configuration declares."""
    return PriceBook.load([OwnPrice(**row) for row in document["prices"]])


if __name__ == "__main__":
    main()
