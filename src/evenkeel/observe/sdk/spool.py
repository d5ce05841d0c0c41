"""Events on disk while evenkeel is away: one file per batch, whole or not there, deleted once acknowledged."""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

log = logging.getLogger("evenkeel")


class Spool:
    """A directory that several processes may share: identities make a double sending harmless."""

    def __init__(self, directory: Path, bytes_max: int) -> None:
        self._directory = directory
        self._bytes_max = bytes_max
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def add(self, events: Sequence[str]) -> bool:
        """Whether the events, each a JSON object, are safely on disk now."""
        text = f"[{','.join(events)}]".encode()
        if self._bytes_used() + len(text) > self._bytes_max:
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
            _sync_directory(self._directory)
        except OSError as error:
            log.warning("the evenkeel spool cannot be written: %s", error)
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            return False
        return True

    def _bytes_used(self) -> int:
        """What everything in the directory takes, damaged files and drafts of the killed included."""
        size = 0
        for file in self._directory.iterdir():
            with suppress(FileNotFoundError):  # another process has sent it meanwhile
                size += file.stat().st_size
        return size

    def files(self) -> list[Path]:
        """What waits, oldest first."""
        return sorted(self._directory.glob("*.json"))

    def read(self, file: Path) -> list[str] | None:
        """The events of a file, or None when it is damaged; then it is set aside."""
        try:
            events: Any = json.loads(file.read_bytes())
            if not isinstance(events, list):
                raise TypeError
        except FileNotFoundError:
            return []  # another process sent it
        except (ValueError, TypeError):
            with suppress(FileNotFoundError):
                file.rename(file.with_suffix(".json.damaged"))
            return None
        return [json.dumps(event) for event in cast("list[Any]", events)]


def _sync_directory(directory: Path) -> None:
    """Return when the names in `directory` are on stable storage."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
