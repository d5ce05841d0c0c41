"""Which of the retrieved documents an answer cites, by their numbers in brackets.

A weak signal of what was relevant: an answer may cite what does not help, and use what it does not cite. One that
cites nothing says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from evenkeel.kernel.facts import fact
from evenkeel.kernel.stats.places import measure_places
from evenkeel.observe.evaluators.text import ANSWER_CHARACTERS_MAX

#: Places that are looked at: what a reader of a list of sources sees at once.
PLACES: Final = 5
#: `[2]`, `[1, 3]`, `[^2]`, `【4】`: how models are usually told to cite.
_CITED: Final = re.compile(r"[\[【]\^?(\d{1,3}(?:\s{0,3}[,;]\s{0,3}\^?\d{1,3}){0,9})[\]】]")
_NUMBER: Final = re.compile(r"\d{1,3}")


@fact
class Citations:
    """Which documents are cited, in their order; and how many numbers stand for none of them."""

    is_cited: tuple[bool, ...]
    missing: int


def find_citations(answer: str, documents: int) -> Citations | None:
    """What an answer cites of so many documents, counted from 1; None where it cites nothing.

    >>> find_citations("It takes two days [2], in summer three [2, 7].", 3)
    Citations(is_cited=(False, True, False), missing=1)
    >>> find_citations("It takes two days.", 3) is None
    True
    """
    found = {int(number) for part in _CITED.findall(answer[:ANSWER_CHARACTERS_MAX]) for number in _NUMBER.findall(part)}
    if not found or not documents:
        return None
    cited = tuple(place in found for place in range(1, documents + 1))
    return Citations(cited, len(found) - sum(cited))


def measure_citations(answer: str, contexts: Sequence[str]) -> dict[str, float]:
    """The numbers of one exchange: documents found, and where the answer cites any, how these are placed."""
    made: dict[str, float] = {"documents": len(contexts)}
    found = find_citations(answer, len(contexts))
    if found is not None:
        places = measure_places(found.is_cited, PLACES)
        made |= {f"cited.{name}": value for name, value in places.items()}
        made["cited.missing"] = found.missing
    return made
