"""Silence never stays green: with a judge at work, with one that is frozen, and judged later from the files."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.e2e

CADENCE_S = 5
#: A fold and a round of the judge, on a busy machine.
SLACK_S = 6.0


def speak(server: Any) -> float:
    """A service that beats every five seconds answers a hundred requests well; answers when it fell silent."""
    beat = {"kind": "heartbeat", "service": "bot", "every_s": CADENCE_S}
    row = {"kind": "prediction", "service": "bot", "latency_s": 0.1}
    rows = [row | {"subject": f"s{n}", "user": f"u{n}"} for n in range(100)]
    now = time.time()
    past = [row | {"at": now - 60 - n / 10} for n, row in enumerate(rows)]
    beats = [beat | {"at": now - CADENCE_S * n} for n in range(40)]
    assert server.post("/v1/events", [*past, *rows, *beats, beat])[0] == 200
    return time.monotonic()


def statuses(services: dict[str, Any]) -> set[str]:
    """What the objectives of the service read."""
    return {each["status"] for each in services["bot"]["objectives"]} if "bot" in services else set()


def is_ok(server: Any) -> bool:
    return "ok" in statuses(server.services())


def test_a_silent_service_is_not_ok_within_twice_its_cadence(server: Any, wait_until: Any) -> None:
    server.key("read")
    silent = speak(server)
    wait_until(lambda: is_ok(server), within_s=2 * CADENCE_S - 1, what="something is ok")
    wait_until(lambda: not is_ok(server), within_s=30, what="nothing is ok")
    took_s = time.monotonic() - silent
    print(f"{took_s:.1f} s of silence until nothing is ok; twice the cadence is {2 * CADENCE_S} s")
    assert took_s < 2 * CADENCE_S + SLACK_S


def test_verdicts_of_a_frozen_judge_are_stale_the_moment_they_are_read(server: Any, wait_until: Any) -> None:
    speak(server)
    wait_until(lambda: is_ok(server), within_s=2 * CADENCE_S - 1, what="something is ok again")
    (control,) = [
        child for child in psutil.Process(server.process.pid).children() if "evenkeel.app.control" in child.cmdline()
    ]
    last_event = server.services()["bot"]["last_event"]
    control.suspend()
    try:
        wait_until(lambda: time.time() > _seconds(last_event) + 2 * CADENCE_S + 0.1, within_s=30, what="time passes")
    finally:
        control.resume()
    assert "ok" not in statuses(server.services())


def test_a_silent_service_is_not_ok_when_it_is_judged_from_the_files(
    start_server: Any, run: Any, wait_until: Any, tmp_path: Path
) -> None:
    server = start_server(tmp_path / "home")
    server.key("read")
    speak(server)
    wait_until(lambda: is_ok(server), within_s=2 * CADENCE_S - 1, what="something is ok")
    last_event = server.services()["bot"]["last_event"]
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    wait_until(lambda: time.time() > _seconds(last_event) + 2 * CADENCE_S + 0.1, within_s=30, what="time passes")
    services = run.json("status", "--home", server.home)["services"]
    assert statuses({each["service"]: each for each in services}) & {"stale", "unknown", "partial"}
    assert "ok" not in statuses({each["service"]: each for each in services})


def _seconds(text: str) -> float:
    """Seconds since 1970 of a time as the API says it."""
    return datetime.fromisoformat(text).timestamp()
