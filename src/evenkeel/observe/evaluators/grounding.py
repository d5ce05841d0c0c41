"""Whether an answer is grounded: how much of each sentence its contexts bear out, and which parts they do not.

No model and no network: what is compared is how the texts are written. A sentence that says the same in quite other
words looks less grounded than it is, one that turns the sense with the contexts' own words looks more so. The score
ranks answers for review, and samples them; it is no rate of hallucination by itself (docs/concepts/answer-quality.md
says how good it was on labelled answers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from evenkeel.kernel.facts import fact
from evenkeel.observe.evaluators.checks import (
    Check,
    Known,
    check_names,
    check_numbers,
    check_quotes,
    has_quotes,
    index_known,
)  # fmt: skip
from evenkeel.observe.evaluators.claims import Claim, find_claims
from evenkeel.observe.evaluators.language import tell_language
from evenkeel.observe.evaluators.negation import is_flipped, negation_stems
from evenkeel.observe.evaluators.overlap import Overlap, Source, compute_overlap, index_source
from evenkeel.observe.evaluators.sentences import split_sentences
from evenkeel.observe.evaluators.stems import STEM_LETTERS_MIN, stem_all
from evenkeel.observe.evaluators.text import (
    ANSWER_CHARACTERS_MAX,
    CONTEXT_CHARACTERS_MAX,
    Word,
    has_words,
    is_number,
    list_words,
)  # fmt: skip
from evenkeel.observe.evaluators.words import frequent_words

#: What is left of the score of a sentence whose numbers (or names, or quotations) are all missing.
_MISSING_FACTOR: Final = 0.5
#: An answer in another language than its contexts shares less than so much of its words with them. One that shares more
#: can be compared, whatever it was taken for: short texts full of names are taken for anything.
_SHARED_WORDS: Final = 0.3
#: Below it a sentence is marked as a whole: its score is what chance gives. Beside an article that they are not about,
#: 707 of 715 sentences of summaries scored less (bench/grounding.py).
UNSUPPORTED_BELOW: Final = 0.3
_WORD_LETTERS_MIN: Final = 3


class Ungrounded(StrEnum):
    """Why there is no score: unknown, not zero."""

    NO_CONTEXT = "no_context"
    NO_CLAIM = "no_claim"  # nothing that could be borne out: empty, a refusal, a question, code
    OTHER_LANGUAGE = "other_language"  # than the contexts: words cannot be compared


class SpanReason(StrEnum):
    """What is not borne out."""

    SENTENCE = "sentence"  # as a whole: its score is what chance gives
    WORDS = "words"
    NUMBER = "number"
    NAME = "name"
    QUOTE = "quote"
    NEGATION = "negation"  # one of the two denies what the other says


@fact
class Span:
    """A part of the answer that its contexts do not bear out; `start` and `end` are its characters."""

    start: int
    end: int
    reason: SpanReason


@fact
class SentenceGrounding:
    """A sentence of the answer; its score is None where it claims nothing, or cannot be compared."""

    start: int
    end: int
    words: int
    score: float | None
    overlap: Overlap | None
    numbers: Check
    names: Check
    quotes: Check
    is_negation_flipped: bool
    spans: tuple[Span, ...]


@fact
class Grounding:
    """An answer's score from 0 to 1 with what it rests on, or why there is none."""

    score: float | None
    unknown: Ungrounded | None
    sentences: tuple[SentenceGrounding, ...]
    is_cut: bool  # longer than what is looked at: the rest is not known

    @property
    def spans(self) -> tuple[Span, ...]:
        """All of the sentences', in order."""
        return tuple(span for sentence in self.sentences for span in sentence.spans)

    @property
    def weakest(self) -> float | None:
        """The lowest score of a sentence."""
        return min((each.score for each in self.sentences if each.score is not None), default=None)


@fact
class _Reference:
    """What an answer is compared with."""

    source: Source
    known: Known
    stems: Mapping[str, str]  # of the answer's words
    language: str | None
    is_comparable: bool


def compute_grounding(answer: str, contexts: Sequence[str]) -> Grounding:
    """How well contexts bear out an answer, sentence by sentence.

    The score of a sentence is the mean of `overlap`, halved at most for each kind of thing that is missing: numbers,
    names, quotations; and halved where it denies what they say. That of the answer is the mean over its words.

    >>> context = "The warranty of the X300 lasts 24 months. It does not cover batteries."
    >>> found = compute_grounding("The warranty of the X300 lasts 36 months.", [context])
    >>> round(found.score, 2), [(span.start, span.end, span.reason.value) for span in found.spans]
    (0.6, [(31, 33, 'number')])
    >>> compute_grounding("The warranty of the X300 lasts 24 months.", [context]).score
    1.0
    >>> compute_grounding("Anything.", []).unknown, compute_grounding("I don't know.", [context]).unknown
    (<Ungrounded.NO_CONTEXT: 'no_context'>, <Ungrounded.NO_CLAIM: 'no_claim'>)
    """
    shown, is_cut = _cut(contexts)
    is_cut = is_cut or len(answer) > ANSWER_CHARACTERS_MAX
    answer = answer[:ANSWER_CHARACTERS_MAX]
    if not any(map(has_words, shown)):
        return Grounding(None, Ungrounded.NO_CONTEXT, (), is_cut)
    language = tell_language("\n".join(shown)).language
    spoken = tell_language(answer).language or language
    claims = find_claims(answer, spoken)
    if not claims:
        return Grounding(None, Ungrounded.NO_CLAIM, (), is_cut)
    is_comparable = language is None or spoken == language
    reference = _refer(answer, claims, shown, spoken, is_comparable=is_comparable)
    sentences = tuple(_judge(answer, part, reference) for part in claims)
    if not reference.is_comparable:
        return Grounding(None, Ungrounded.OTHER_LANGUAGE, sentences, is_cut)
    total = sum(each.words for each in sentences)
    score = sum((each.score or 0.0) * each.words for each in sentences) / total
    return Grounding(score, None, sentences, is_cut)


def _cut(contexts: Sequence[str]) -> tuple[list[str], bool]:
    """As many characters of the contexts as are looked at, from the first one on."""
    shown: list[str] = []
    left = CONTEXT_CHARACTERS_MAX
    for context in contexts:
        if len(context) > left:
            return [*shown, context[:left]], True
        shown.append(context)
        left -= len(context)
    return shown, False


def _refer(
    answer: str, claims: Sequence[Claim], contexts: Sequence[str], language: str | None, *, is_comparable: bool
) -> _Reference:
    sentences = [
        [list_words(context[start:end]) for start, end in split_sentences(context, language)] for context in contexts
    ]
    known = index_known(
        [[word for words in context for word in words] for context in sentences],
        language,
        has_quotes=has_quotes(answer),
    )
    asked = {word.text.lower() for _, _, words in claims for word in words}
    stems = stem_all(asked, language)
    wanted = negation_stems(language).union(stems.values())
    begun = {stem[:STEM_LETTERS_MIN] for stem in wanted}  # words of one stem begin alike
    alike = (word for word in known.words if word[:STEM_LETTERS_MIN] in begun)
    there = {word: stem for word, stem in stem_all(alike, language).items() if stem in wanted}
    shared = len(asked & known.words) / len(asked)
    return _Reference(index_source(sentences, there), known, stems, language, is_comparable or shared >= _SHARED_WORDS)


def _judge(answer: str, part: Claim, reference: _Reference) -> SentenceGrounding:
    start, end, words = part
    numbers = check_numbers(words, reference.known, answer)
    names = check_names(words, reference.known, reference.language)
    quotes = check_quotes(answer, start, end, reference.known)
    checks = {SpanReason.NUMBER: numbers, SpanReason.NAME: names, SpanReason.QUOTE: quotes}
    missing = [Span(*place, reason) for reason, check in checks.items() for place in check.missing]
    if not reference.is_comparable:
        return SentenceGrounding(
            start,
            end,
            len(words),
            None,
            None,
            numbers,
            names,
            quotes,
            is_negation_flipped=False,
            spans=_sorted(missing),
        )
    stems = [reference.stems[word.text.lower()] for word in words]
    overlap = compute_overlap(stems, reference.source)
    is_turned = is_flipped(stems, reference.source, reference.language)
    score = overlap.mean * (_MISSING_FACTOR if is_turned else 1.0)
    for check in checks.values():
        score *= 1.0 - (1.0 - _MISSING_FACTOR) * check.missing_ratio
    if score < UNSUPPORTED_BELOW:
        missing.append(Span(start, end, SpanReason.SENTENCE))
    else:
        missing += [Span(*place, SpanReason.WORDS) for place in _absent(words, stems, reference)]
    if is_turned:
        missing.append(Span(start, end, SpanReason.NEGATION))
    return SentenceGrounding(
        start, end, len(words), score, overlap, numbers, names, quotes, is_turned, _sorted(missing)
    )


def _sorted(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start, -span.end, span.reason)))


def _absent(words: Sequence[Word], stems: Sequence[str], reference: _Reference) -> list[tuple[int, int]]:
    """Where words stand that the contexts do not have; those with nothing but frequent words between them are one."""
    frequent = frequent_words(reference.language)
    found: list[tuple[int, int]] = []
    is_open = False
    for word, stem in zip(words, stems, strict=True):
        if is_number(word.text) or word.text.lower() in frequent or len(word.text) < _WORD_LETTERS_MIN:
            continue
        if stem in reference.source.positions:
            is_open = False
        elif is_open:
            found[-1] = (found[-1][0], word.end)
        else:
            found.append((word.start, word.end))
            is_open = True
    return found
