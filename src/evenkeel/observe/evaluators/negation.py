"""Whether a sentence denies what its contexts say in the same words, or says what they deny.

Looked at are two words that stand near each other in both, with a negation between them in one only. What is denied in
other words, or by an opposite, is not seen; nor is a negation that begins a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from evenkeel.observe.evaluators.overlap import Source, find_sentence
from evenkeel.observe.evaluators.stems import stem_all
from evenkeel.observe.evaluators.words import frequent_words, load_words

#: So much of a sentence, by its rare words, is in one sentence of a context before the one can deny the other.
SAME_SENTENCE: Final = 0.6


@lru_cache(64)
def negation_stems(language: str | None) -> frozenset[str]:
    """The stems of the words that turn what a sentence says; none where the language is not known.

    >>> "nie" in negation_stems("de"), negation_stems(None)
    (True, frozenset())
    """
    return frozenset(stem_all(load_words().negations.get(language or "", ()), language).values())


def is_flipped(stems: Sequence[str], source: Source, language: str | None) -> bool:
    """Whether one of the two is the negation of the other; `source` was asked for the negations as well.

    >>> from evenkeel.observe.evaluators.overlap import index_source
    >>> context, answer = "it does not cover batteri".split(), "it cover batteri".split()
    >>> asked = {word: word for word in context}
    >>> is_flipped(answer, index_source([[context]], asked), "en")
    True
    >>> is_flipped(answer, index_source([[answer]], asked), "en")
    False
    """
    negations = negation_stems(language)
    kept = [number for number, stem in enumerate(stems) if stem not in negations]
    denials = 0
    for negation in negations & source.positions.keys():
        denials |= source.positions[negation]
    if not denials and len(kept) == len(stems):
        return False  # no negation anywhere: most answers
    masks = [source.positions.get(stem, 0) for stem in stems]
    frequent = frequent_words(language)
    pairs = [
        (first, second, second - first > step)
        for step in (1, 2)
        for first, second in zip(kept, kept[step:], strict=False)
        if masks[first]
        and masks[second]
        and (second - first > step or (masks[first] << 1 | masks[first] << 2) & denials)
        and not (stems[first] in frequent and stems[second] in frequent)
    ]
    if not any(_readings(masks[first], masks[second], denials)[not denied] for first, second, denied in pairs):
        return False
    place, share = find_sentence([stems[number] for number in kept], source)
    if share < SAME_SENTENCE:
        return False
    start, end = source.bounds[place]
    window = ((1 << (end - start)) - 1) << start
    for first, second, denied in pairs:
        found = _readings(masks[first] & window, masks[second] & window, denials & window)
        if found[not denied] and not found[denied]:
            return True
    return False


def _readings(first: int, second: int, denials: int) -> tuple[int, int]:
    """Where two words are near each other in the contexts: without a negation between them, and with one."""
    beside = first << 1
    says = (beside | (beside & ~denials) << 1) & second
    denies = ((beside & denials) << 1 | (beside & denials) << 2 | (first << 2 & denials) << 1) & second
    return says, denies
