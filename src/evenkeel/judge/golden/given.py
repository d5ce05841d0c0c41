"""Golden sets and runs as somebody gives them, checked. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.golden.model import ID_MAX, NAME_MAX, PLACES_MAX
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.store.telemetry.port import ServiceKey

#: How often a run may be expected, in seconds: a minute to a year.
EVERY_S: Final = (60, 366 * 86_400)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class NewSet:
    """A set as somebody gives it: JSON lines, how many places count, and how often a run is expected."""

    key: ServiceKey
    name: str
    lines: str
    k: int = 5
    every_s: int = 7 * 86_400

    def check(self) -> None:
        """Raises InvalidInputError for a name, a number of places or a time that cannot be."""
        if len(self.name) > NAME_MAX or not _NAME.fullmatch(self.name):
            raise InvalidInputError(
                f"{self.name[:NAME_MAX]!r} is no name of a set.", hint=f"Write a-z, 0-9, . _ -, at most {NAME_MAX}."
            )
        if not 1 <= self.k <= PLACES_MAX:
            raise InvalidInputError(
                f"Of the first {self.k} places there is none.", hint=f"Give k from 1 to {PLACES_MAX}."
            )
        if not EVERY_S[0] <= self.every_s <= EVERY_S[1]:
            raise InvalidInputError(f"A run every {self.every_s:,} s is none.", hint="Give a minute to a year.")


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run as somebody sends it: JSON lines, under an id of the sender's; the same id again is the same run."""

    key: ServiceKey
    name: str
    id: str
    lines: str
    release: str = ""

    @property
    def digest(self) -> str:
        """Of what was sent."""
        return hashlib.blake2b(f"{self.release}\n{self.lines}".encode(), digest_size=16).hexdigest()

    def check(self) -> None:
        """Raises InvalidInputError for an id that is none."""
        if not 0 < len(self.id) <= ID_MAX or not self.id.isprintable():
            raise InvalidInputError(f"A run has an id of 1 to {ID_MAX} characters.", hint="That of the CI job will do.")
