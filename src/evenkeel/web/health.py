"""What the health page shows: checks with a finding and a next step."""

from __future__ import annotations

from collections.abc import Mapping
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
        """The worst of all."""
        order = [Level.BREACH, Level.WARNING, Level.OK]
        return min((check.level for check in self.checks), key=order.index, default=Level.OK)

    @property
    def sentence(self) -> str:
        """The whole in a sentence, which names what is not well."""
        unwell = [check.name for check in self.checks if check.level is not Level.OK]
        if not unwell:
            return "Everything that is checked is well."
        named = ", ".join(unwell[:_NAMED_MAX])
        return f"Not well: {named}{f' and {len(unwell) - _NAMED_MAX} more' if len(unwell) > _NAMED_MAX else ''}."
