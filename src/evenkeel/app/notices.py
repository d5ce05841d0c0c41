"""What processes of a home say of themselves while they run: one reader for health, pages and drills."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from evenkeel.app.running import is_running


@dataclass(frozen=True, slots=True)
class Notice:
    """A process, as the file that it left says; the file of one that was killed stays."""

    writer: str
    port: int  # that it shares with its siblings
    pid: int
    is_alive: bool  # the very process runs
    own_port: int | None = None  # that leads to it alone; None: it has none
    store: str = ""  # where a gateway's worker keeps what is used of limits; empty: in this home


def read_notices(folder: Path) -> list[Notice]:
    """All in a folder, by their names. One that is being written, damaged or of another release is left out."""
    found = (_read(path) for path in sorted(folder.glob("*.json")))
    return [notice for notice in found if notice is not None]


def _read(path: Path) -> Notice | None:
    try:
        document: Any = json.loads(path.read_bytes())
        if not isinstance(document, dict):
            return None
        said = cast("Mapping[str, Any]", document)
        own_port = said.get("own_port")
        return Notice(
            str(said["writer"]),
            int(said["port"]),
            int(said["pid"]),
            is_running(said),
            None if own_port is None else int(own_port),
            str(said.get("store", "")),
        )
    except (OSError, ValueError, LookupError, TypeError):  # it ended while we looked
        return None
