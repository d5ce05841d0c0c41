"""The held-out texts are not those that the heuristics were adjusted to, and there are enough of every sort."""

from __future__ import annotations

import re
from itertools import combinations

from evenkeel.testing.held_out_texts import ATTEMPTS, HARMLESS
from evenkeel.testing.injection_texts import attempts, harmless_texts

ATTEMPT_TEXTS = [text for texts in ATTEMPTS.values() for text in texts]
HARMLESS_TEXTS = [text for texts in HARMLESS.values() for text in texts]
#: Of the words in either of two texts, the share in both from which one is a copy of the other.
COPY = 0.6
#: Chinese, Japanese and Korean write without blanks: each sign counts as a word.
_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]|\w+")


def words(text: str) -> frozenset[str]:
    found = _WORD.findall(text.lower())
    is_spelled_out = all(len(word) == 1 and word.isascii() for word in found)
    return frozenset(["".join(found)] if is_spelled_out else found)


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def long_ones(texts: list[str]) -> int:
    return sum(len(text.split()) >= 80 for text in texts)


def test_no_text_is_one_of_the_known_set_in_nearly_the_same_words() -> None:
    known = [words(text) for text in {*attempts(480), *harmless_texts(440)}]
    for text in (*ATTEMPT_TEXTS, *HARMLESS_TEXTS):
        said = words(text)
        assert max(alike(said, other) for other in known) < COPY, text


def test_no_text_stands_twice_or_in_nearly_the_same_words() -> None:
    held_out = [(words(text), text) for text in (*ATTEMPT_TEXTS, *HARMLESS_TEXTS)]
    for (one, first), (other, second) in combinations(held_out, 2):
        assert first != second
        assert alike(one, other) < COPY, (first, second)


def test_there_are_enough_texts_of_every_kind_and_length_to_say_something() -> None:
    assert len(ATTEMPT_TEXTS) >= 240
    assert len(HARMLESS_TEXTS) >= 290
    assert min(len(texts) for kinds in (ATTEMPTS, HARMLESS) for texts in kinds.values()) >= 14
    assert long_ones(ATTEMPT_TEXTS) >= 30
    assert long_ones(HARMLESS_TEXTS) >= 40
