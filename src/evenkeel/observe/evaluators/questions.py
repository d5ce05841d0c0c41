"""What a question is about, as a few hashes of its telling words: enough to see that questions are alike.

No word is kept, and no number: orders and invoices have those. Each hash has 16 bits, so several words share one; but
whoever guesses words can check whether a question has them. So it is off unless somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from xxhash import xxh3_64_intdigest

from evenkeel.observe.evaluators.language import tell_language
from evenkeel.observe.evaluators.stems import stem_all
from evenkeel.observe.evaluators.text import is_number, list_words
from evenkeel.observe.evaluators.words import frequent_words

#: Of a long question what its beginning says is looked at.
QUESTION_CHARACTERS_MAX: Final = 2_000
#: Hashes of one question, those that are smallest: alike questions keep alike ones (Broder 1997, bottom-k sketches).
HASHES_MAX: Final = 12
#: Three fit into one number that JSON and floats hold exactly.
_BITS, _EACH = 16, 3
_NAMES: Final = ("a", "b", "c", "d")


def sign_question(text: str) -> dict[str, float]:
    """The hashes of a question's telling words as numbers `a` to `d`, and how many telling words there are.

    >>> read_signature(sign_question("How do I reset my password?")) == read_signature(
    ...     sign_question("resetting the passwords"))
    True
    """
    shown = text[:QUESTION_CHARACTERS_MAX]
    language = tell_language(shown).language
    frequent = frequent_words(language or "en")
    words = {
        word
        for word in list_words(shown)
        if word not in frequent and not is_number(word) and (len(word) > 1 or not word.isascii())
    }
    stems = set(stem_all(words, language or "en").values())
    hashes = sorted({1 + xxh3_64_intdigest(each.encode("utf-8", "surrogatepass")) % (2**_BITS - 1) for each in stems})
    made: dict[str, float] = {"words": len(stems)}
    for place, name in enumerate(_NAMES):
        some = hashes[:HASHES_MAX][place * _EACH : (place + 1) * _EACH]
        if some:
            made[name] = sum(each << (_BITS * nth) for nth, each in enumerate(some))
    return made


def read_signature(numbers: Mapping[str, object]) -> frozenset[int]:
    """The hashes again.

    >>> read_signature({"a": 5 + (7 << 16)}) == {5, 7}
    True
    """
    found: set[int] = set()
    for name in _NAMES:
        packed = numbers.get(name)
        if isinstance(packed, int | float) and 0 <= packed < 2 ** (_BITS * _EACH):
            found |= {(int(packed) >> (_BITS * nth)) % 2**_BITS for nth in range(_EACH)} - {0}
    return frozenset(found)
