"""What was found in a text, marked in it: parts that a page writes one after the other, and where they are. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from evenkeel.gateway.guard.model import Finding
from evenkeel.ui.invisible import Piece, split_invisible

#: Marks of a text that the Tab key goes to, and places of an entity that are links; all are marked.
REACHED_MAX: Final = 100
PLACES_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, and what was found there; where findings overlap, all of them."""

    text: str
    entities: tuple[str, ...] = ()
    begun: tuple[int, ...] = ()  # numbers of the findings that begin here: what links lead to
    labels: tuple[str, ...] = ()  # what these are
    ends: bool = False  # whether a finding ends with it

    @property
    def pieces(self) -> list[Piece]:
        """The piece cut where it holds what nobody would see."""
        return split_invisible(self.text)


def mark_text(said: str, findings: Sequence[Finding]) -> list[Part]:
    """A text cut where findings begin and end. Together the parts are the text, whatever the findings are.

    >>> [(part.text, part.entities) for part in mark_text("Hi ada@example.org", [Finding("email", 3, 18)])]
    [('Hi ', ()), ('ada@example.org', ('email',))]
    """
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for number, each in enumerate(findings):
        if each.start < each.end <= len(said) and each.start >= 0:
            begins.setdefault(each.start, []).append(number)
            ends.setdefault(each.end, []).append(number)
    cuts = sorted({0, len(said), *begins, *ends})
    parts: list[Part] = []
    open_: dict[int, None] = {}  # numbers of the findings that are open, in order
    for start, end in pairwise(cuts):
        for number in ends.get(start, ()):
            open_.pop(number)
        begun = tuple(begins.get(start, ()))
        open_.update(dict.fromkeys(begun))
        names = dict.fromkeys(findings[number].entity for number in open_)
        labels = dict.fromkeys(findings[number].entity for number in begun)
        parts.append(Part(said[start:end], tuple(names), begun, tuple(labels), end in ends))
    return parts


def list_places(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """By entity, how often it was found and the first places: what the marks say, for those who cannot see them.

    >>> list_places([Finding("email", 3, 18)])
    [{'entity': 'email', 'found': 1, 'places': [{'number': 0, 'start': 3, 'end': 18}], 'more': 0}]
    """
    by_entity: dict[str, list[dict[str, int]]] = {}
    for number, each in enumerate(findings):
        by_entity.setdefault(each.entity, []).append({"number": number, "start": each.start, "end": each.end})
    return [
        {"entity": entity, "found": len(all_), "places": all_[:PLACES_MAX], "more": max(0, len(all_) - PLACES_MAX)}
        for entity, all_ in by_entity.items()
    ]
