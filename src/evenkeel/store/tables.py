"""Tables that control publishes for the data plane: small JSON files, replaced whole (DESIGN §7).

Workers go on with the last good one when control is dead or a file is damaged.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

#: How often a table is looked at for changes, at most, where nothing else is said.
LOOK_EVERY_S: Final = 1.0


def publish(path: Path, document: Mapping[str, Any], *, mode: int = 0o600) -> None:
    """Replace the file at `path` with `document`: readers see the old or the new one, never half."""
    # Without line breaks: only so is it written by compiled code, which ten thousand keys need.
    replace_file(path, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), mode=mode)


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that is either the old or the new one to whoever reads it, also after the machine has failed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """Where tables are, and how a file is decoded: once for all tables of it that share this (`lines.LineReader`)."""

    path: Path
    decode: Callable[[bytes], Any] = json.loads


class PublishedTable(Generic[T]):
    """A published table as a worker reads it: `current()` is cheap and never fails."""

    def __init__(
        self,
        file: Path | PublishedFile,
        parse: Callable[[Mapping[str, Any]], T],
        empty: T,
        *,
        look_every_s: float = LOOK_EVERY_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        if isinstance(file, Path):
            file = PublishedFile(file)
        self._path = file.path
        self._decode = file.decode
        self._parse = parse
        self._current = empty
        self._look_every_s = look_every_s
        self._stamp: tuple[int, int, int] | None = None
        self._monotonic_s = monotonic_s
        self._look_at_s = float("-inf")

    def current(self) -> T:
        """The last good table, looked for anew at most every `look_every_s`."""
        if self._monotonic_s() >= self._look_at_s:
            self._look_at_s = self._monotonic_s() + self._look_every_s
            self._look()
        return self._current

    def _look(self) -> None:
        try:
            found = self._path.stat()
        except OSError:
            return
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._current = self._parse(self._decode(self._path.read_bytes()))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            log.warning("%s cannot be used, the last good one stays in force: %s", self._path.name, error)
