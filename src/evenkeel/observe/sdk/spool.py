"""Events on disk while evenkeel is away: one file per batch, whole or not there, deleted once acknowledged."""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

log = logging.getLogger("evenkeel")


class Spool:
    """A directory that several processes may share: identities make a double sending harmless."""

    def __init__(self, directory: Path, bytes_max: int) -> None:
        self._directory = directory
        self._bytes_max = bytes_max
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def add(self, events: Sequence[dict[str, Any]]) -> bool:
        """Whether the events are safely on disk now."""
        text = json.dumps(list(events)).encode()
        if sum(file.stat().st_size for file in self.files()) + len(text) > self._bytes_max:
            log.warning("the evenkeel spool %s is full", self._directory)
            return False
        name = f"{time.time_ns():020d}-{uuid.uuid4().hex}"
        draft = self._directory / f".{name}"
        try:
            with draft.open("wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._directory / f"{name}.json")
        except OSError as error:
            log.warning("the evenkeel spool cannot be written: %s", error)
            return False
        return True

    def files(self) -> list[Path]:
        """What waits, oldest first."""
        return sorted(self._directory.glob("*.json"))

    def read(self, file: Path) -> list[dict[str, Any]] | None:
        """The events of a file, or None when it is damaged; then it is set aside."""
        try:
            events: list[dict[str, Any]] = json.loads(file.read_bytes())
        except FileNotFoundError:
            return []  # another process sent it
        except ValueError:
            file.rename(file.with_suffix(".json.damaged"))
            return None
        return events
