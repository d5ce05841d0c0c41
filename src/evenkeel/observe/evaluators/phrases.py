"""How answers say that they will not answer, or do not know; and what they say without claiming anything.

Phrases (`phrases.toml`) are looked for word by word in all of their languages: what is short is in no language that
could be told.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

from evenkeel.observe.evaluators.text import list_words

Kind = Literal["refusal", "dont_know", "courtesy"]

#: A sentence with a courtesy and more words than so claims something as well.
COURTESY_WORDS_MAX: Final = 16
_QUESTION_MARKS: Final = ("?", "？", "؟")


def has_phrase(words: Sequence[str], kind: Kind) -> bool:
    """Whether words in small letters have a phrase of that kind.

    >>> has_phrase(list_words("I’m sorry, but I can't help with that."), "refusal")
    True
    >>> has_phrase(list_words("Das weiß ich leider nicht."), "dont_know"), has_phrase(["ok"], "refusal")
    (True, False)
    """
    by_first = load_phrases()[kind]
    begun = [phrase for word in by_first.keys() & set(words) for phrase in by_first[word]]
    if not begun:
        return False
    joined = f" {' '.join(words)} "
    return any(phrase in joined for phrase in begun)


def is_no_claim(sentence: str, words: Sequence[str]) -> bool:
    """Whether a sentence, whose words in small letters are given, says nothing that could be borne out.

    >>> [is_no_claim(text, list_words(text)) for text in ("Which one is it?", "Let me know!", "It costs 5 euros.")]
    [True, True, False]
    """
    if sentence.endswith(_QUESTION_MARKS) or has_phrase(words, "dont_know"):
        return True
    return has_phrase(words, "refusal") or (len(words) <= COURTESY_WORDS_MAX and has_phrase(words, "courtesy"))


@lru_cache(1)
def load_phrases() -> Mapping[str, Mapping[str, list[str]]]:
    """Phrases of each kind by their first word, with a space around each word."""
    document = tomllib.loads(files("evenkeel.observe.evaluators").joinpath("phrases.toml").read_text("utf-8"))
    made: dict[str, dict[str, list[str]]] = {}
    for kind, table in document.items():
        made[kind] = {}
        for phrase in (phrase for phrases in table.values() for phrase in phrases.split("|")):
            words = list_words(phrase)
            made[kind].setdefault(words[0], []).append(f" {' '.join(words)} ")
    return made
