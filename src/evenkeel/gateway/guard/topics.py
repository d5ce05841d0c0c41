"""Topics that are not talked about: lists of words and phrases, found as whole words in any case."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from evenkeel.gateway.guard.entities import Entity, edges_of
from evenkeel.gateway.guard.expressions import compiled
from evenkeel.gateway.guard.prefixes import longest_chars

GROUP: Final = "topics"
PREFIX: Final = "topic:"
TERM_CHARS_MAX: Final = 80
TERMS_MAX: Final = 200
_BETWEEN: Final = r"[\s_-]{1,3}"


@lru_cache(maxsize=256)
def topic_entities(topics: Sequence[str]) -> tuple[Entity, ...]:
    """A shape for each topic, `topic:<name>`.

    A topic is `name: term, term`, or one term that is its own name. Between the words of a term stand spaces, line
    breaks, hyphens. Raises ValueError that names the topic and what is wrong with it.

    >>> [entity.name for entity in topic_entities(("weapons: rifle, hand grenade", "Insider Trading"))]
    ['topic:weapons', 'topic:insider trading']
    """
    return tuple(_entity(topic) for topic in topics)


def _entity(topic: str) -> Entity:
    name, colon, listed = topic.partition(":")
    terms = [term.split() for term in listed.split(",")] if colon else [name.split()]
    name = " ".join(name.lower().split())
    if not name or not all(terms):
        raise ValueError(f"{topic!r}: a topic is `name: term, term` or one term, and none of them is empty")
    if len(terms) > TERMS_MAX or max(sum(map(len, words)) for words in terms) > TERM_CHARS_MAX:
        raise ValueError(f"{topic!r}: more than {TERMS_MAX} terms, or one of more than {TERM_CHARS_MAX} characters")
    longest_first = sorted({tuple(words) for words in terms}, key=lambda words: (-len(" ".join(words)), words))
    source = f"(?i:{'|'.join(map(_term, longest_first))})"
    edges = edges_of("", refuses_words=True)
    assert longest_chars(source) is not None
    return Entity(f"{PREFIX}{name}", GROUP, source, compiled(source), not_after=edges, not_before=edges)


def _term(words: Sequence[str]) -> str:
    source = _BETWEEN.join("".join(map(_escaped, word)) for word in words)
    return f"{_edge(words[0][0])}{source}{_edge(words[-1][-1])}"


def _escaped(character: str) -> str:
    return character if character.isalnum() or not character.isascii() or character == "_" else f"\\{character}"


def _edge(character: str) -> str:
    r"""RE2's `\b` knows ASCII only; beside other letters the finding's own edges are looked at."""
    return r"\b" if character.isascii() and (character.isalnum() or character == "_") else ""
