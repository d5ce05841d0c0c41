"""The sentences of an answer that claim something: what could be borne out, or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from evenkeel.observe.evaluators.phrases import has_phrase, is_no_claim
from evenkeel.observe.evaluators.sentences import split_sentences
from evenkeel.observe.evaluators.text import Word, find_words, is_number

#: A shorter sentence claims something only where it has a number, or is all of the answer (`Paris.`).
SENTENCE_WORDS_MIN: Final = 3
_FENCE: Final = "```"
#: A citation, as `[1]` or `[2, 3]`, says where something stands; it is no longer than so, on either side of a number.
_CITATION_REACH: Final = 12
_IN_CITATION: Final = "0123456789 ,;-–^"


class Claim(NamedTuple):
    """A sentence by its characters in the answer, and its words without citations."""

    start: int
    end: int
    words: list[Word]


def find_claims(answer: str, language: str | None) -> list[Claim]:
    """The claims of an answer; code, questions, refusals and courtesies are none.

    >>> claims = find_claims("Sure! It lasts 24 months [1]. Is that all?", "en")
    >>> [[word.text for word in claim.words] for claim in claims]
    [['It', 'lasts', '24', 'months']]
    >>> len(find_claims("24 months.", "en")), len(find_claims("Paris", "en")), len(find_claims("Yes.", "en"))
    (1, 1, 0)
    """
    sentences = list(_sentences(answer, language))
    return [claim for claim in sentences if _claims(answer, claim, is_all=len(sentences) == 1)]


def _sentences(answer: str, language: str | None) -> Iterator[Claim]:
    """Those that are no code."""
    fence = answer.find(_FENCE)
    for start, end in split_sentences(answer, language):
        while fence >= 0 and (closed := _closed(answer, fence)) <= start:
            fence = answer.find(_FENCE, closed)
        if not 0 <= fence < end:
            words = find_words(answer, start, end)
            if "[" in answer[start:end]:
                words = [word for word in words if not _is_citation(answer, word)]
            yield Claim(start, end, words)


def _closed(answer: str, fence: int) -> int:
    """Behind the end of a block of code; one that nothing ends goes on to the end of the answer."""
    closed = answer.find(_FENCE, fence + len(_FENCE))
    return closed + len(_FENCE) if closed >= 0 else len(answer)


def _claims(answer: str, claim: Claim, *, is_all: bool) -> bool:
    lower = [word.text.lower() for word in claim.words]
    if len(lower) < SENTENCE_WORDS_MIN:
        is_told = any(map(is_number, lower)) or (is_all and not has_phrase(lower, "affirmation"))
        if not (lower and is_told):
            return False
    return not is_no_claim(answer[claim.start : claim.end], lower)


def _is_citation(answer: str, word: Word) -> bool:
    if not is_number(word.text):
        return False
    before = answer[max(0, word.start - _CITATION_REACH) : word.start].rstrip(_IN_CITATION)
    after = answer[word.end : word.end + _CITATION_REACH].lstrip(_IN_CITATION)
    return before.endswith("[") and after.startswith("]")
