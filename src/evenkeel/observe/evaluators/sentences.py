"""Where the sentences of a text begin and end.

By what ends a sentence in its script; abbreviations, initials and, where ordinals are written so, `3.` do not. A line
that does not go on in small letters is a sentence of its own: a heading, an item of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from evenkeel.observe.evaluators.text import has_words
from evenkeel.observe.evaluators.words import load_words

#: More sentences of one text are not told apart; the rest is the last one.
SENTENCES_MAX: Final = 2_000

#: Always fits as far as it got: it takes time in proportion to the text.
_ENDS: Final = re.compile(r"[.!?…]+[\"'”’»)\]*_`]*|[。！？｡।॥؟۔]+[」』”’）]*|\n+")
#: Ends of these scripts need no space behind them.
_ALONE: Final = frozenset("。！？｡।॥؟۔\n")
#: Languages in which a number with a full stop is an ordinal: `3. Mai`.
_ORDINALS: Final = frozenset(("de", "da", "no", "fi", "cs", "hu", "pl", "tr"))
_ORDINAL_DIGITS: Final = 2
_ABBREVIATION_MAX: Final = 12


def split_sentences(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """First and past-the-last character of each sentence, without the white space around it.

    >>> text = "Dr. Li paid 3.50 euros. Was it dear? Yes"
    >>> [text[start:end] for start, end in split_sentences(text, "en")]
    ['Dr. Li paid 3.50 euros.', 'Was it dear?', 'Yes']
    >>> text = "Am 3. Mai beginnt es."
    >>> len(split_sentences(text, "de")), len(split_sentences("東京です。京都です。"))
    (1, 2)
    """
    found: list[tuple[int, int]] = []
    start = 0
    for end in _ends(text, language):
        if len(found) + 1 >= SENTENCES_MAX:
            break
        found += _stripped(text, start, end)
        start = end
    return [*found, *_stripped(text, start, len(text))]


def _stripped(text: str, start: int, end: int) -> list[tuple[int, int]]:
    piece = text[start:end]
    core = piece.strip()
    if not has_words(core):
        return []
    start += piece.index(core[0])
    return [(start, start + len(core))]


def _ends(text: str, language: str | None) -> Iterator[int]:
    for match in _ENDS.finditer(text):
        mark, end = match[0], match.end()
        if mark[0] == "\n":
            if not text[end : end + 1].islower():
                yield end
        elif mark[0] in _ALONE or (text[end : end + 1].isspace() and not _goes_on(text, match, language)):
            yield end


def _goes_on(text: str, match: re.Match[str], language: str | None) -> bool:
    """Whether the sentence goes on behind a full stop."""
    if match[0] != ".":
        return False
    following = text[match.end() : match.end() + 2].strip()
    if following.islower():
        return True
    before = text[max(0, match.start() - _ABBREVIATION_MAX) : match.start()]
    last = before[before.rfind(" ") + 1 :].lstrip("\n\t(['\"„“«")
    if last.isdecimal():
        return language in _ORDINALS and len(last) <= _ORDINAL_DIGITS
    return (len(last) == 1 and last.isalpha()) or last.lower() in _abbreviations(language)


@lru_cache(64)
def _abbreviations(language: str | None) -> frozenset[str]:
    """Those of the language; of one that is not known, those of none: what is `es.` here is a word there."""
    return load_words().abbreviations.get(language or "", frozenset())
