"""Words of many languages by the concept they stand for, and rules over concepts: what `injection*.toml` say.

A rule is kept apart from the words it is told in: "set aside" near "instructions" near "previous" is one rule, whatever
the language and the order of words.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from evenkeel.gateway.guard.expressions import Automaton, Pattern, automaton, compiled

#: Bytes on either side of a rule's anchor that its other concepts are looked for in: a clause.
WITHIN_BYTES: Final = 70
#: For the states of all concepts together, and of one: RE2 forgets those that it has when they are used up. A text in
#: many languages at once needs as much; most need a tenth.
_AUTOMATON_BYTES: Final = 16 << 20
_CONCEPT_BYTES: Final = 2 << 20
_GAP: Final = re.compile(r"\(\?: ?(?:\\w|\[\\w.\]|\\pL)\+ ?\)(?:\{\d,\d\}|[?*])")
_BETWEEN: Final = r"[\s!-/:-@\[-`]+"
_PERHAPS: Final = r"[\s!-/:-@\[-`]*"
#: `\pL` without its thousands of ranges: a small letter of ASCII, or anything beyond.
_LETTER: Final = r"[a-z\x{80}-\x{10ffff}]"
#: What a blank stands for; and letters that people leave the accents out of.
_ACCENTED: Final = (
    "àáâãäåçèéêëìíîïñòóôõöùúûüýāăąćčďēęěğģīįķļńňőřśşšťţũūůűųźżžơưșțạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
)
_OTHERS: Final = {"ø": "o", "ł": "l", "ı": "i", "đ": "d", "ß": "ss"}  # that Unicode does not take apart
_PLAIN: Final = {each: unicodedata.normalize("NFD", each)[0] for each in _ACCENTED} | _OTHERS
_UNITS: Final = str.maketrans({" ": _BETWEEN, **{each: f"(?:{each}|{plain})" for each, plain in _PLAIN.items()}})


@dataclass(frozen=True, slots=True)
class Rule:
    """Concepts that mean something near each other; rules of one name count once, with the heaviest."""

    name: str
    weight: float
    anchor: str
    near: tuple[tuple[str, ...], ...]  # of each, one
    unless: str | None
    within: int
    is_before: bool  # whether it all stands before the anchor
    needs: tuple[int, ...]  # the rows of the automaton, as bits; of each, one is there or the rule does not hold


@dataclass(frozen=True, slots=True)
class Sign:
    """A shape that means something alone."""

    name: str
    weight: float
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Grammar:
    """All that is looked for. Rows of the automaton: the concepts in order, then the signs."""

    automaton: Automaton
    sources: dict[str, str]  # of the concepts, by name
    rules: tuple[Rule, ...]
    signs: tuple[Sign, ...]
    names: tuple[str, ...]  # of the concepts

    def concept(self, name: str) -> Pattern:
        """The pattern of a concept: made when a text first needs it, which for most is never."""
        return _concept(self.sources[name])


@cache
def _concept(source: str) -> Pattern:
    return compiled(source, memory_bytes=_CONCEPT_BYTES)


@cache
def known_grammar(*, is_ascii: bool) -> Grammar:
    """The rows of the two files, compiled once: for texts in ASCII without the words that have other letters."""
    words = {
        name: [entry.strip() for entries in languages.values() for entry in entries.split(", ")]
        for name, languages in _read("injection_words").items()
    }
    gates = {name: gate for name, entries in words.items() if (gate := _gate(entries, is_ascii=is_ascii))}
    sources = {name: _any_of(words[name], is_ascii=is_ascii) for name in gates}
    read = _read("injection")
    signs = read["sign"]
    return Grammar(
        automaton(
            [*gates.values(), *(sign.get("gate", sign["pattern"]) for sign in signs)], memory_bytes=_AUTOMATON_BYTES
        ),
        sources,
        tuple(_rule(row, list(gates)) for row in read["rule"]),
        tuple(Sign(row["name"], row["weight"], _concept(row["pattern"])) for row in signs),
        tuple(sources),
    )


def _gate(entries: Iterable[str], *, is_ascii: bool) -> str:
    """Whether any can be there: one word of each. States for what may follow would be as many as texts."""
    return _any_of(map(_gate_word, entries), is_ascii=is_ascii)


def _gate_word(entry: str) -> str:
    """The word of an entry that is behind `~`, or behind its first gap where that is a choice, or else the first."""
    _, marked, part = entry.rpartition("~")
    if not marked:
        head, *tail = _GAP.split(entry, maxsplit=1)
        if head.count("(") == head.count(")"):
            part = tail[0].lstrip() if tail and tail[0].lstrip().startswith("(?:") else head
    depth = 0
    for at, mark in enumerate(part):
        depth += (mark == "(") - (mark == ")")
        follows = part[at + 1 : at + 2]
        if depth or follows == "?":
            continue
        if mark == " " or (mark == ")" and part[0] == "("):
            return part[:at].rstrip() + mark.strip()
    return part


def _any_of(entries: Iterable[str], *, is_ascii: bool) -> str:
    """Any of the words; sorted, so that RE2 shares beginnings, with one edge for all that have one."""
    ordered = sorted(set(entries))
    edged = "|".join(source_of(entry) for entry in ordered if entry[0].isascii())
    edgeless = "|".join(source_of(entry) for entry in ordered if not entry[0].isascii() and not is_ascii)
    return "|".join(filter(None, (edged and rf"\b(?:{edged})", edgeless)))


def source_of(entry: str) -> str:
    r"""The pattern of an entry of the list of words, from behind its first edge; texts are read in small letters.

    >>> source_of("règle*"), source_of("stop")
    ('r(?:è|e)gle', 'stop\\b')
    """
    is_open = entry.endswith("*") and not entry.endswith((r"\w*", r"\pL*"))
    body = (entry[:-1] if is_open else entry).replace("~", "")
    is_word = body[-1:].isascii() and (body[-1:].isalnum() or (body.isascii() and body[-1:] in ")?*+}"))
    ends = r"\b" if is_word and not is_open else ""
    if body[-1:] in _PLAIN:
        body, ends = body[:-1], rf"(?:{body[-1]}|{_PLAIN[body[-1]]}\b)"
    return body.replace(r"\pL", _LETTER).replace(" ?", _PERHAPS).translate(_UNITS) + ends


def _rule(row: dict[str, Any], names: list[str]) -> Rule:
    near = tuple(tuple(each.split("|")) for each in row["near"])
    bits = {name: 1 << at for at, name in enumerate(names)}
    return Rule(
        row["name"],
        row["weight"],
        row["anchor"],
        near,
        row.get("unless"),
        row.get("within", WITHIN_BYTES),
        row.get("is_before", False),
        tuple(sum(bits.get(name, 0) for name in either) for either in ((row["anchor"],), *near)),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("evenkeel.gateway.guard").joinpath(f"{name}.toml").read_text("utf-8"))
