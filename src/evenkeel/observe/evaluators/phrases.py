"""How answers say that they will not answer, or do not know; and what they say without claiming anything.

Phrases (`phrases.toml`) are looked for word by word in all of their languages: what is short is in no language that
could be told.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final

from evenkeel.observe.evaluators.text import list_words

#: Files of phrases: kind -> language -> phrases with `|` between them.
NO_ANSWER: Final = "phrases.toml"
TOXICITY: Final = "toxicity.toml"

#: A sentence with a courtesy and more words than so claims something as well.
COURTESY_WORDS_MAX: Final = 16
_QUESTION_MARKS: Final = ("?", "？", "؟")


def has_phrase(words: Sequence[str], kind: str, file: str = NO_ANSWER) -> bool:
    """Whether words in small letters have a phrase of that kind.

    >>> has_phrase(list_words("I’m sorry, but I can't help with that."), "refusal")
    True
    >>> has_phrase(list_words("Das weiß ich leider nicht."), "dont_know"), has_phrase(["ok"], "refusal")
    (True, False)
    """
    begun = _begun(words, kind, file)
    return bool(begun) and any(map(_spaced(words).__contains__, begun))


def count_phrases(words: Sequence[str], kind: str, file: str = NO_ANSWER) -> int:
    """How often words in small letters have phrases of that kind.

    >>> count_phrases(list_words("Shut up, damn it. Damn!"), "rude", TOXICITY)
    3
    """
    spaced = _spaced(words)
    return sum(spaced.count(phrase) for phrase in _begun(words, kind, file))


def _begun(words: Sequence[str], kind: str, file: str) -> list[str]:
    """The phrases of which at least the first word is there: few."""
    by_first = load_phrases(file)[kind]
    return [phrase for word in by_first.keys() & set(words) for phrase in by_first[word]]


def has_no_knowledge(words: Sequence[str]) -> bool:
    """Whether a sentence says that who answers does not know, or that what was given does not say it.

    >>> has_no_knowledge(list_words("The documents do not mention it.")), has_no_knowledge(["he", "did", "not", "say"])
    (True, False)
    """
    return has_phrase(words, "dont_know") or (has_phrase(words, "not_given") and has_phrase(words, "sources"))


def is_no_claim(sentence: str, words: Sequence[str]) -> bool:
    """Whether a sentence, whose words in small letters are given, says nothing that could be borne out.

    >>> [is_no_claim(text, list_words(text)) for text in ("Which one is it?", "Let me know!", "It costs 5 euros.")]
    [True, True, False]
    """
    if sentence.endswith(_QUESTION_MARKS) or has_no_knowledge(words) or has_phrase(words, "refusal"):
        return True
    return len(words) <= COURTESY_WORDS_MAX and has_phrase(words, "courtesy")


@lru_cache(4)
def load_phrases(file: str = NO_ANSWER) -> Mapping[str, Mapping[str, list[str]]]:
    """Phrases of each kind by their first word, each once."""
    document = tomllib.loads(files("evenkeel.observe.evaluators").joinpath(file).read_text("utf-8"))
    made: dict[str, dict[str, list[str]]] = {}
    for kind, table in document.items():
        made[kind] = {}
        spaced = (_spaced(list_words(phrase)) for phrases in table.values() for phrase in phrases.split("|"))
        for phrase in dict.fromkeys(spaced):
            made[kind].setdefault(phrase.split()[0], []).append(phrase)
    return made


def _spaced(words: Sequence[str]) -> str:
    """A space on both sides of each word, so that phrases which follow one another share none."""
    return "".join([f" {word} " for word in words])
