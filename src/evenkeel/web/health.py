"""What the health page shows: checks with a finding and a next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

#: Parts that the headline names; the page lists all.
_NAMED_MAX: Final = 3


class Level(StrEnum):
    """How a part of evenkeel itself is."""

    OK = "ok"
    WARNING = "warning"
    BREACH = "breach"
    UNKNOWN = "unknown"  # it cannot be told


@dataclass(frozen=True, slots=True)
class Check:
    """One part, what was found, what to do."""

    name: str
    level: Level
    finding: str
    todo: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Health:
    """All of them."""

    checks: tuple[Check, ...]
    folded_rows: int = 0

    @property
    def level(self) -> Level:
        """The worst of all; what cannot be told is not well."""
        order = [Level.BREACH, Level.WARNING, Level.UNKNOWN, Level.OK]
        return min((check.level for check in self.checks), key=order.index, default=Level.OK)

    @property
    def sentence(self) -> str:
        """The whole in a sentence, which names what is not well."""
        unwell = [check.name for check in self.checks if check.level in (Level.BREACH, Level.WARNING)]
        untold = [check.name for check in self.checks if check.level is Level.UNKNOWN]
        told = [f"{said}: {_named(names)}." for said, names in (("Not well", unwell), ("Not known", untold)) if names]
        return " ".join(told) or "Everything that is checked is well."


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED_MAX} more" if len(names) > _NAMED_MAX else ""
    return f"{', '.join(names[:_NAMED_MAX])}{more}"
