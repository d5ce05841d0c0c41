"""What is looked for, compiled: the rows of `entities.toml`, and the selection of them that a policy makes."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

from evenkeel.gateway.guard.expressions import Automaton, Pattern, automaton, compiled, compiled_words
from evenkeel.gateway.guard.prefixes import derive_prefixes, longest_chars
from evenkeel.gateway.guard.validators import VALIDATORS, Validator

PROFILES: Final = ("chat", "telemetry")
GROUPS: Final = ("pii", "secrets")
#: The longest match of a pattern, and so what a stream holds back at most.
MATCH_CHARS_MAX: Final = 256
#: What stands before a finding and is looked at for context.
CONTEXT_CHARS: Final = 48
UNLESS_CHARS: Final = 12
_WORDS: Final = frozenset(f"{string.ascii_letters}{string.digits}_")
_KEYS: Final = frozenset(
    ("name", "group", "pattern", "tail", "ends", "validator", "not_after", "not_before", "context", "context_chars",
     "needs_context", "unless", "profiles", "score")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edges:
    """Characters that may not stand beside a finding."""

    refused: frozenset[str] = frozenset()  # of ASCII, and those that are named
    refuses_words: bool = False  # letters and digits of other scripts, too

    def allows(self, character: str) -> bool:
        """Whether a finding may stand beside this character; the empty text is an end of the whole."""
        if character in self.refused:
            return False
        return character.isascii() or not self.refuses_words or not character.isalnum()


@dataclass(frozen=True, slots=True)
class Entity:
    """One shape. Patterns are RE2's, over UTF-8."""

    name: str
    group: str
    source: str
    pattern: Pattern = field(compare=False)
    value_group: int = 0  # of the pattern: what is the finding
    tail: Pattern | None = field(default=None, compare=False)
    ends: Pattern | None = field(default=None, compare=False)
    validator: Validator | None = field(default=None, compare=False)
    not_after: Edges | None = None
    not_before: Edges | None = None
    context: Pattern | None = field(default=None, compare=False)
    context_chars: int = CONTEXT_CHARS
    unless: Pattern | None = field(default=None, compare=False)
    needs_context: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset(PROFILES)
    score: float = 1.0


@dataclass(frozen=True)
class Selection:
    """What one policy looks for: an automaton that says which rows can be in a text at all, and the rows."""

    profile: str
    entities: tuple[Entity, ...]

    @cached_property
    def rows(self) -> Automaton:
        """Says which rows can be in a text at all."""
        return automaton(entity.source for entity in self.entities)

    @cached_property
    def tailed_rows(self) -> frozenset[int]:
        """Of which a finding may go on as long as its characters do."""
        return frozenset(row for row, entity in enumerate(self.entities) if entity.tail is not None)

    @cached_property
    def pending(self) -> Pattern:
        """At the end of a text, the leftmost place from which something may still become a match."""
        every = "|".join(derive_prefixes(entity.source) for entity in self.entities)
        return compiled(rf"(?:{every})\z")


@cache
def known_entities() -> tuple[Entity, ...]:
    """The rows of `entities.toml`, in their order."""
    text = files("evenkeel.gateway.guard").joinpath("entities.toml").read_text(encoding="utf-8")
    return read_entities(tomllib.loads(text)["entity"])


def read_entities(rows: Iterable[Mapping[str, Any]]) -> tuple[Entity, ...]:
    """Rows as entities. Raises ValueError that names the row which is wrong, KeyError for a validator that is none."""
    return tuple(_entity(row) for row in rows)


def select(profile: str, names: Collection[str], *, without_tail: Collection[str] = ()) -> tuple[Entity, ...]:
    """The rows of a profile whose name or group is named; those of `without_tail` end where their pattern ends.

    >>> sorted({entity.name for entity in select("telemetry", ["iban", "email", "nothing"])})
    ['email', 'iban']
    """
    chosen = (
        entity
        for entity in known_entities()
        if profile in entity.profiles and (entity.name in names or entity.group in names)
    )
    return tuple(replace(entity, tail=None, ends=None) if entity.name in without_tail else entity for entity in chosen)


def _entity(row: Mapping[str, Any]) -> Entity:
    name, source = row["name"], row["pattern"]
    unknown = row.keys() - _KEYS
    longest = longest_chars(source)
    if unknown or longest is None or longest > MATCH_CHARS_MAX:
        raise ValueError(f"{name}: {min(unknown) if unknown else longest} is unknown, or longer than {MATCH_CHARS_MAX}")
    pattern = compiled(source)
    return Entity(
        name=name,
        group=row["group"],
        source=source,
        pattern=pattern,
        value_group=int(pattern.groups > 0),
        tail=compiled(row["tail"]) if "tail" in row else None,
        ends=compiled(row["ends"]) if "ends" in row else None,
        validator=VALIDATORS[row["validator"]] if "validator" in row else None,
        not_after=_edges(row.get("not_after", "")),
        not_before=_edges(row.get("not_before", "")),
        context=_words(row.get("context", ())),
        context_chars=row.get("context_chars", CONTEXT_CHARS),
        unless=_words(row.get("unless", ())),
        needs_context=frozenset(row.get("needs_context", ())),
        profiles=frozenset(row.get("profiles", PROFILES)),
        score=row.get("score", 1.0),
    )


def edges_of(characters: str, *, refuses_words: bool) -> Edges:
    """Edges that refuse these characters, and the letters, digits and underscores of any script.

    >>> [edges_of(".", refuses_words=True).allows(each) for each in (".", "a", "_", "é", " ", "")]
    [False, False, False, False, True, True]
    """
    return Edges(frozenset(characters) | (_WORDS if refuses_words else frozenset[str]()), refuses_words)


def _edges(characters: str) -> Edges | None:
    return edges_of(characters.replace("w", ""), refuses_words="w" in characters) if characters else None


def _words(words: Collection[str]) -> Pattern | None:
    return compiled_words(words) if words else None
