"""What the guard looks for and what it does about it (SPEC GW-7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class GuardAction(StrEnum):
    """What happens on a finding, mildest first."""

    LOG = "log"
    REDACT = "redact"
    HOLD = "hold"  # for a person to decide
    BLOCK = "block"


class Side(StrEnum):
    """Which way a text goes."""

    INPUT = "input"
    OUTPUT = "output"


class Finding(NamedTuple):
    """One thing found: what and where, never the text itself."""

    entity: str  # email, iban, aws_access_key, prompt_injection …
    start: int  # characters
    end: int
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What a service's guard does. An entity that is not named is let through unseen."""

    profile: str = "chat"  # chat | telemetry: which entities, how strict
    actions: tuple[tuple[str, GuardAction], ...] = ()  # (entity or group such as pii, secrets, injection; action)
    deny_topics: tuple[str, ...] = ()
    input_chars_max: int = 200_000
    output_chars_max: int = 200_000
    sides: frozenset[Side] = frozenset((Side.INPUT, Side.OUTPUT))
    is_fail_open: bool = False  # whether a text that could not be looked at passes
    hold_back_chars: int = 256  # of a stream, at most: what may still become a finding waits
