"""What a drill of the gateway found: how fast each worker obeyed a flip, a kill and a new key (SPEC GW-3, GW-10)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: No configuration can name this environment (`org.config.gateway`), so its route is nobody's.
ENVIRONMENT: Final = "evenkeel:drill"
SERVICE: Final = "drill"
VERSIONS: Final = ("a", "b")
#: What every worker has to do within (SPEC GW-3, GW-10).
LIMIT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class LiveWorker:
    """A worker that runs, and the port that leads to it and to no other."""

    name: str
    port: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What one worker did. Seconds are from the command on, publication included; None: it did not obey."""

    worker: str
    flip_s: float | None = None  # until the other version answered
    kill_s: float | None = None  # until the open stream was ended and the next request refused
    old_key_s: float | None = None  # until a key that was replaced was refused
    fault: str = ""  # in words, where something was not obeyed

    @property
    def worst_s(self) -> float | None:
        """The slowest of the three; None when one was not obeyed."""
        times = [each for each in (self.flip_s, self.kill_s, self.old_key_s) if each is not None]
        return max(times) if len(times) == 3 and not self.fault else None


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill of all workers that ran."""

    at_us: int  # when it ended
    workers: tuple[Proof, ...]

    @property
    def is_proven(self) -> bool:
        """Whether every worker obeyed everything in time."""
        worst = [proof.worst_s for proof in self.workers]
        return bool(worst) and all(each is not None and each < LIMIT_S for each in worst)

    @property
    def flip_s(self) -> float | None:
        """Of the slowest worker; None when one did not obey, or there was none."""
        return _slowest([proof.flip_s for proof in self.workers])

    @property
    def kill_s(self) -> float | None:
        """Of the slowest worker; None when one did not obey, or there was none."""
        return _slowest([proof.kill_s for proof in self.workers])

    @property
    def old_key_s(self) -> float | None:
        """Of the slowest worker; None when one did not obey, or there was none."""
        return _slowest([proof.old_key_s for proof in self.workers])


class Standing(StrEnum):
    """What is known of the gateway's obedience."""

    PROVEN = "proven"
    FAILED = "failed"
    UNKNOWN = "unknown"  # never proven, or too long ago
    OFF = "off"  # nobody asks for drills, or there is nothing to drill


@dataclass(frozen=True, slots=True)
class DrillState:
    """How it stands, for health, API and pages."""

    standing: Standing
    finding: str
    todo: str = ""
    every_s: float = 0.0
    last: Drill | None = None
    proven: Drill | None = None  # the last that was
    held: int = 0  # drills since the start
    failed: int = 0  # of these


def _slowest(times: list[float | None]) -> float | None:
    known = [each for each in times if each is not None]
    return max(known) if known and len(known) == len(times) else None
