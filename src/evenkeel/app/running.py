"""Whether the process that left its number in a file still runs: numbers are given again, above all in containers."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from evenkeel.app.home import Home

#: A process whose supervisor was killed ends by itself, in order, within this time.
ORPHAN_S: Final = 30.0

_STARTED_FIELD = 22 - 3  # of /proc/PID/stat, after the name's closing bracket: clock ticks since boot


def own_identity(*, supervised: bool = False) -> Mapping[str, Any]:
    """What tells this process from any other of this machine: its number and when it was started.

    One that is `supervised` ends with its parent, and says who that is.
    """
    identity = _identity(os.getpid())
    return {**identity, "supervisor": _identity(os.getppid())} if supervised else identity


def is_running(identity: Mapping[str, Any]) -> bool:
    """Whether the very process that wrote `identity` runs."""
    started = _started(int(identity["pid"]))
    return started is not None and started == identity.get("started", started)


def await_orphans(home: Home, monotonic_s: Callable[[], float], within_s: float = ORPHAN_S) -> None:
    """Return once those processes of a home have ended whose supervisor was killed, or when the time is up.

    Whoever starts evenkeel again at once, as process managers do, would else find the home still taken.
    """
    deadline_s = monotonic_s() + within_s
    for notice in (home.server, home.prober, *home.workers.glob("*.json"), *home.gateways.glob("*.json")):
        with suppress(FileNotFoundError, ValueError):
            identity: Mapping[str, Any] = json.loads(notice.read_bytes())
            supervisor = identity.get("supervisor")
            if supervisor is not None and not is_running(supervisor) and is_running(identity):
                _await_end(int(identity["pid"]), deadline_s - monotonic_s())


def _await_end(pid: int, within_s: float) -> None:
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            ended = select.poll()
            ended.register(descriptor, select.POLLIN)
            ended.poll(max(0.0, within_s) * 1000)
        finally:
            os.close(descriptor)


def _identity(pid: int) -> Mapping[str, Any]:
    return {"pid": pid, "started": _started(pid)}


def _started(pid: int) -> str | None:
    """When a process was started: the boot and the ticks since; None when there is none, or it is but a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else f"{boot} {fields[_STARTED_FIELD]}"
