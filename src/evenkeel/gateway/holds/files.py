"""Holds as files of the home, which workers and control hand each other: durable, and of use with the other dead.

`ID.json` are the facts, `ID.content` what it says, `ID.edited` what a person wrote instead, `ID.ruling` what was
decided, `ID.sent` the one that sends an approved request, `ID.answer` what came of that. All are readable by their
owner only. A file is there whole or not at all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from evenkeel.gateway.holds.model import Content, Fate, Hold, Ruling, decide_fate
from evenkeel.kernel.errors import OverloadedError
from evenkeel.kernel.ports import Disk, DiskLock
from evenkeel.kernel.time import US_PER_DAY

#: Of a home, at a time: as many as people can look at, and 4 GiB on disk at most.
HOLDS_MAX: Final = 1_000
#: Facts of what is over are kept so long for callers that still ask.
FACTS_US: Final = US_PER_DAY
_FULL_RETRY_S: Final = 30
_ID: Final = re.compile(r"[0-9a-f]{32}")
_CONTENTS: Final = ("content", "edited", "answer")

T = TypeVar("T")

#: What `Disk.replace` writes before it is in its place names its process.
_DRAFT: Final = re.compile(r"\..+\.(\d+)-\d+\.new")


def is_hold_id(text: str) -> bool:
    """Whether a text can be the id of a hold: it becomes part of a path."""
    return _ID.fullmatch(text) is not None


class Claim:
    """The right to send an approved request, of one process at a time; gone with it."""

    def __init__(self, lock: DiskLock, *, is_first: bool) -> None:
        self._lock = lock
        self.is_first = is_first  # nobody had it before

    def release(self) -> None:
        """Give it up."""
        self._lock.release()


class HoldFiles:
    """All holds of a home. Blocks on the disk; ids have been checked."""

    def __init__(self, root: Path, disk: Disk) -> None:
        self._root = root
        self._disk = disk

    def put(self, hold: Hold, content: Content) -> None:
        """Keep one. Raises OverloadedError when too many wait, and OSError."""
        self._disk.make_directory(str(self._root))
        if len(self.ids()) >= HOLDS_MAX:
            fact = f"{HOLDS_MAX} reviews are open already."
            raise OverloadedError(fact, hint="Somebody has to decide first.", retry_after_s=_FULL_RETRY_S)
        self._write(hold.id, "json", hold)  # first: content without facts would never be erased
        self._write(hold.id, "content", content)

    def ids(self) -> Sequence[str]:
        """Of all there are, those that are over included."""
        names = (name.removesuffix(".json") for name in self._disk.list(str(self._root)) if name.endswith(".json"))
        return [name for name in names if is_hold_id(name)]

    def load(self, hold_id: str) -> Hold | None:
        """The facts."""
        return self._read(hold_id, "json", Hold)

    def content(self, hold_id: str) -> Content | None:
        """What it says as it was held; None once it is erased."""
        return self._read(hold_id, "content", Content)

    def released(self, hold_id: str, ruling: Ruling) -> Content | None:
        """What goes on after a ruling."""
        return self._read(hold_id, "edited" if ruling.state == "edited" else "content", Content)

    def ruling(self, hold_id: str) -> Ruling | None:
        """What was decided."""
        return self._read(hold_id, "ruling", Ruling)

    def rule(self, hold_id: str, ruling: Ruling, edited: Content | None = None) -> None:
        """Tell workers what was decided; what was written instead is there before."""
        if edited is not None:
            self._write(hold_id, "edited", edited)
        self._write(hold_id, "ruling", ruling)

    def claim(self, hold_id: str) -> Claim | None:
        """The right to send it; None while another process has it.

        Only the first one ever may send: of a process that died with it nobody knows how far it came.
        """
        path = self._path(hold_id, "sent")
        try:
            lock = self._disk.lock(path)
        except BlockingIOError:
            return None
        is_first = self._disk.size(path) == 0
        if is_first:
            file = self._disk.open_append(path)
            try:
                file.append(b"sent\n")
                file.sync()
            finally:
                file.close()
            self._disk.sync_directory(str(self._root))
        return Claim(lock, is_first=is_first)

    def answer(self, hold_id: str) -> Content | None:
        """What came of an approved request."""
        return self._read(hold_id, "answer", Content)

    def put_answer(self, hold_id: str, answer: Content) -> None:
        """Keep it for its caller; the request itself is not needed any more."""
        self._write(hold_id, "answer", answer)
        self._remove(hold_id, ("content", "edited"))

    def erase(self, hold_id: str) -> None:
        """Take away all that anybody said; the facts stay."""
        self._remove(hold_id, _CONTENTS)

    def tend(self, now_us: int) -> int:
        """Erase what nobody may have any more, and forget what is long over; answers how many were erased.

        Called by whoever lives, control and workers: doing it twice does nothing.
        """
        names = set(self._disk.list(str(self._root)))
        erased = 0
        for name in names:
            if name.startswith(".") and not _is_being_written(name):
                self._disk.remove(str(self._root / name))
        for hold_id in self.ids():
            hold = self.load(hold_id)
            if hold is None:
                continue  # somebody else forgot it just now
            ruling = self.ruling(hold_id)
            fate = decide_fate(hold, ruling, now_us)
            if fate in (Fate.WAITING, Fate.RELEASED):
                continue
            if any(f"{hold_id}.{each}" in names for each in _CONTENTS):
                self.erase(hold_id)
                erased += 1
            over_us = max(hold.expires_at_us, 0 if ruling is None else ruling.at_us)
            if now_us > over_us + (hold.expires_at_us - hold.asked_at_us) + FACTS_US:
                self._remove(hold_id, ("ruling", "sent", "json"))
        return erased

    def _path(self, hold_id: str, kind: str) -> str:
        return str(self._root / f"{hold_id}.{kind}")

    def _write(self, hold_id: str, kind: str, value: object) -> None:
        self._disk.replace(self._path(hold_id, kind), msgspec.json.encode(value))

    def _read(self, hold_id: str, kind: str, of: type[T]) -> T | None:
        try:
            return msgspec.json.decode(self._disk.read(self._path(hold_id, kind)), type=of)
        except FileNotFoundError:
            return None

    def _remove(self, hold_id: str, kinds: Sequence[str]) -> None:
        for kind in kinds:
            self._disk.remove(self._path(hold_id, kind))
        self._disk.sync_directory(str(self._root))


def _is_being_written(name: str) -> bool:
    """Whether a draft belongs to a process that is there; one that died left content behind."""
    found = _DRAFT.fullmatch(name)
    if found is None:
        return True  # none of ours
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
