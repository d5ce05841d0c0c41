"""A model's word on each sentence stands beside the score, and what is no probability is refused."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import evenkeel
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.entailing import PIECE_CHARACTERS_MAX, cut_contexts

CONTEXT = "The warranty of the X300 lasts 24 months. It does not cover batteries."
ANSWER = "The warranty lasts two years. Batteries are covered."


def say(premise: str, hypotheses: Sequence[str]) -> list[float]:
    """A model that knows what two years are."""
    return [0.9 if "two years" in each and "24 months" in premise else 0.1 for each in hypotheses]


def test_each_sentence_has_the_probability_of_the_piece_that_bears_it_out_best() -> None:
    alone = evenkeel.grounding(ANSWER, CONTEXT)
    found = evenkeel.grounding(ANSWER, ["Another page.", CONTEXT], entailment=say)
    assert found.entailed is not None
    assert found.entailed.sentences == (0.9, 0.1)
    assert found.entailed.score == pytest.approx((0.9 * 5 + 0.1 * 3) / 8)
    assert "the model says 0.60" in str(found)
    assert alone.entailed is None
    assert "model" not in str(alone)
    show = "_repr_html_"  # as a notebook calls it
    assert "<td>0.90</td>" in getattr(found, show)()


def test_without_a_context_or_a_claim_a_model_is_not_asked() -> None:
    for answer, contexts in ((ANSWER, []), ("", [CONTEXT])):
        found = evenkeel.grounding(answer, contexts, entailment=say)
        assert found.entailed is not None
        assert found.entailed.score is None


@pytest.mark.parametrize("given", [[0.5], [0.5, 1.5], [0.5, float("nan")], []])
def test_what_is_no_probability_of_each_sentence_is_refused(given: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="for 2 sentences"):
        evenkeel.grounding(ANSWER, CONTEXT, entailment=lambda premise, hypotheses: given)


def test_long_contexts_are_shown_in_pieces_of_whole_sentences() -> None:
    pieces = cut_contexts(["This is a sentence of nine words as such. " * 100, "x" * 4_000])
    assert max(map(len, pieces)) <= PIECE_CHARACTERS_MAX
    assert all(piece.endswith(".") for piece in pieces[:2])
    assert sum(piece.count("sentence") for piece in pieces) == 100
