"""What is broken on purpose: one small file in the home, read before every request."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evenkeel.kernel.errors import InvalidInputError

#: What can be broken -> what then happens.
FAULTS: Final[Mapping[str, str]] = {
    "latency": "answers take seconds longer",
    "errors": "about a third of the requests fail",
    "outage": "every request fails",
    "silence": "nothing is sent any more",
}

#: The services of the sample production -> what they are.
SERVICES: Final[Mapping[str, str]] = {
    "support-bot": "assistant that searches evenkeel's documentation and answers from it",
    "chat-lounge": "chat service with conversations and a daily rhythm",
    "triage": "classifier of tumours whose true labels arrive later",
    "product-texts": "writer of texts for a shop, known by the gateway alone",
}


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults in force: (what, service); service None means all of them."""

    active: frozenset[tuple[str, str | None]] = frozenset()

    def has(self, what: str, service: str) -> bool:
        """Whether `service` is broken in this way.

        >>> Faults(frozenset({("errors", None)})).has("errors", "triage")
        True
        """
        return (what, None) in self.active or (what, service) in self.active


def faults_path(home: Path) -> Path:
    """Where the faults of a home are written down."""
    return home / "demo" / "faults.json"


class FaultFile:
    """Follows the file of faults; asking costs one `stat`."""

    def __init__(self, home: Path) -> None:
        self._path = faults_path(home)
        self._seen: tuple[int, int] | None = None
        self._faults = Faults()

    def current(self) -> Faults:
        """The faults in force now; none when there is no such file."""
        try:
            stat = self._path.stat()
            seen = (stat.st_ino, stat.st_mtime_ns)
            if seen != self._seen:
                self._faults, self._seen = _read(self._path), seen
        except FileNotFoundError:
            self._faults, self._seen = Faults(), None
        return self._faults


def break_(home: Path, what: str, service: str | None = None) -> Faults:
    """Break one service, or all of them, in one way; answers what is broken now.

    Raises InvalidInputError for a fault or a service that does not exist.
    """
    _check("fault", what, FAULTS)
    if service is not None:
        _check("service of the sample production", service, SERVICES)
    faults = Faults(FaultFile(home).current().active | {(what, service)})
    _write(faults_path(home), faults)
    return faults


def fix(home: Path) -> Faults:
    """Mend everything; answers what had been broken."""
    faults = FaultFile(home).current()
    _write(faults_path(home), Faults())
    return faults


def _check(thing: str, given: str, known: Mapping[str, str]) -> None:
    if given in known:
        return
    near = difflib.get_close_matches(given, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
    raise InvalidInputError(f"There is no {thing} named {given!r}.", hint=hint, given=given, known=list(known))


def _read(path: Path) -> Faults:
    document: Any = json.loads(path.read_text(encoding="utf-8"))
    return Faults(frozenset((row["what"], row["service"]) for row in document["faults"]))


def _write(path: Path, faults: Faults) -> None:
    """Atomically: a process that reads sees the old or the new, never a mix."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows = [{"what": what, "service": service} for what, service in sorted(faults.active, key=str)]
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_text(json.dumps({"faults": rows}), encoding="utf-8")
    fresh.replace(path)
