"""Whether the process that left its number in a file still runs: numbers are given again, above all in containers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_STARTED_FIELD = 22 - 3  # of /proc/PID/stat, after the name's closing bracket: clock ticks since boot


def own_identity() -> Mapping[str, Any]:
    """What tells this process from any other of this machine: its number and when it was started."""
    return {"pid": os.getpid(), "started": _started(os.getpid())}


def is_running(identity: Mapping[str, Any]) -> bool:
    """Whether the very process that wrote `identity` runs."""
    started = _started(int(identity["pid"]))
    return started is not None and started == identity.get("started", started)


def _started(pid: int) -> str | None:
    """When a process was started: the boot and the ticks since; None when there is none, or it is but a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else f"{boot} {fields[_STARTED_FIELD]}"
