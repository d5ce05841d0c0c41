"""What the evaluators know of single languages (`words.toml`), read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from evenkeel.kernel.facts import fact
from evenkeel.kernel.language.words import WORDS

_NONE: Final[frozenset[str]] = frozenset()


@fact
class LanguageWords:
    """Tables by ISO 639-1; a language that a table does not have has no words there."""

    abbreviations: Mapping[str, frozenset[str]]
    negations: Mapping[str, frozenset[str]]
    numbers: Mapping[str, Mapping[str, str]]  # language -> word -> digits
    scales: Mapping[str, int]  # word of any language -> noughts
    endings: Mapping[str, frozenset[str]]


@lru_cache(1)
def load_words() -> LanguageWords:
    """The tables.

    >>> load_words().numbers["de"]["drei"], load_words().scales["million"]
    ('3', 6)
    """
    import tomllib  # what reads the tables is loaded when they are
    from importlib.resources import files

    document = tomllib.loads(files("evenkeel.observe.evaluators").joinpath("words.toml").read_text("utf-8"))
    return LanguageWords(
        abbreviations=_sets(document["abbreviations"]),
        negations=_sets(document["negations"]),
        numbers={
            language: {word: str(number) for number, word in enumerate(words.split())}
            for language, words in document["numbers"].items()
        },
        scales={word: int(noughts) for noughts, words in document["scales"].items() for word in words.split()},
        endings=_sets(document["endings"]),
    )


def _sets(table: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in table.items()}


@lru_cache(64)
def frequent_words(language: str | None) -> frozenset[str]:
    """The most frequent words of a language, which say little of what a text is about; none for others.

    >>> "the" in frequent_words("en"), frequent_words(None)
    (True, frozenset())
    """
    return frozenset(WORDS.get(language or "", "").split()) or _NONE
