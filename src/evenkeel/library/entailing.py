"""Whether contexts entail the sentences of an answer, by a model that somebody gives: a second signal of grounding.

A model is any callable that takes a premise and hypotheses and gives the probability that each of them follows. Models
read a few hundred words at once, so contexts are shown to them in pieces of whole sentences, and a sentence counts as
borne out as far as the piece says so that bears it out best.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.grounding import SentenceGrounding
from evenkeel.observe.evaluators.sentences import split_sentences
from evenkeel.observe.evaluators.text import CONTEXT_CHARACTERS_MAX

#: Characters of one piece: some 250 words, which fit into 512 tokens beside a sentence in most scripts.
PIECE_CHARACTERS_MAX: Final = 1_500


class Entailment(Protocol):
    """A model of natural language inference."""

    def __call__(self, premise: str, hypotheses: Sequence[str], /) -> Sequence[float]:
        """The probability, from 0 to 1, that each hypothesis follows from the premise, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Entailed:
    """The probability of each sentence that claims something, and their mean over words; None where there is none."""

    sentences: tuple[float, ...]
    score: float | None


def entail(answer: str, sentences: Sequence[SentenceGrounding], contexts: Sequence[str], model: Entailment) -> Entailed:
    """Ask a model of each sentence whether the contexts entail it.

    Raises InvalidInputError where the model gives another number of probabilities, or what is none.

    >>> from evenkeel.observe.evaluators.grounding import compute_grounding
    >>> context, answer = "It takes two days.", "It takes two days. It is free."
    >>> found = compute_grounding(answer, [context])
    >>> entail(answer, found.sentences, [context], lambda premise, said: [float(each in premise) for each in said])
    Entailed(sentences=(1.0, 0.0), score=0.571...)
    """
    hypotheses = [answer[each.start : each.end] for each in sentences]
    pieces = cut_contexts(contexts)
    if not hypotheses or not pieces:
        return Entailed((), None)
    best = [0.0] * len(hypotheses)
    for piece in pieces:
        given = [float(value) for value in model(piece, hypotheses)]
        if len(given) != len(hypotheses) or not all(0.0 <= value <= 1.0 for value in given):
            raise InvalidInputError(
                f"The model gave {given[:3]} for {len(hypotheses)} sentences.",
                hint="It gives one probability from 0 to 1 for each hypothesis.",
            )
        best = [max(old, value) for old, value in zip(best, given, strict=True)]
    words = sum(each.words for each in sentences)
    total = math.fsum(value * each.words for value, each in zip(best, sentences, strict=True))
    return Entailed(tuple(best), total / words if words else None)


def cut_contexts(contexts: Sequence[str]) -> list[str]:
    """Contexts in pieces of whole sentences, as many characters of them as grounding looks at.

    >>> cut_contexts(["One. Two.", " "])
    ['One. Two.']
    """
    pieces: list[str] = []
    left = CONTEXT_CHARACTERS_MAX
    for context in contexts:
        shown = context[:left]
        left -= len(shown)
        pieces += _cut(shown)
    return pieces


def _cut(context: str) -> list[str]:
    pieces: list[str] = []
    begun = 0
    end = 0
    for _, stop in split_sentences(context):
        if stop - begun > PIECE_CHARACTERS_MAX and end > begun:
            pieces.append(context[begun:end])
            begun = end
        end = stop
    pieces.append(context[begun:])
    # A sentence may itself be longer than a piece.
    return [
        part.strip()
        for piece in pieces
        for part in (piece[at : at + PIECE_CHARACTERS_MAX] for at in range(0, len(piece), PIECE_CHARACTERS_MAX))
        if part.strip()
    ]
