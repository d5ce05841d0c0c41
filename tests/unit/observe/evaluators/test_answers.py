"""What an answer is like is counted; a refusal is one only where it answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.answers import describe_answer
from evenkeel.observe.evaluators.text import ANSWER_CHARACTERS_MAX


def test_of_an_empty_answer_all_is_nothing() -> None:
    found = describe_answer("")
    assert (found.characters, found.words, found.sentences, found.list_ratio, found.code_ratio) == (0, 0, 0, 0.0, 0.0)
    assert not found.is_refusal


def test_items_of_lists_and_code_are_shares() -> None:
    answer = "Do this:\n1. open it\n2) press\n- wait\n```sh\nmake it\n```"
    found = describe_answer(answer)
    assert found.list_ratio == 0.75
    assert found.code_ratio == pytest.approx(len("```sh\nmake it\n```") / len(answer))
    assert describe_answer("```\nnever ends").code_ratio == 1.0


def test_a_refusal_deep_in_a_text_is_said_of_somebody_else() -> None:
    refusal = "I can't help with that."
    story = "The old man sat down. The dog came in. It was late. "
    assert describe_answer(refusal).is_refusal
    assert not describe_answer(f"{story}“{refusal}” said the clerk.").is_refusal


def test_what_is_not_known_is_no_refusal() -> None:
    found = describe_answer("Das weiß ich leider nicht.", "de")
    assert (found.is_dont_know, found.is_refusal) == (True, False)


@pytest.mark.parametrize(
    ("answer", "hits"),
    [
        ("What a damn mess, you are an idiot.", (1, 1, 0)),
        ("Halt die Klappe, du Idiot!", (1, 1, 0)),
        ("I will kill you.", (0, 0, 1)),
        ("The process was killed; kill the old one, it is dumb to wait.", (0, 0, 0)),
        ("An assassin in Scunthorpe ate cockles.", (0, 0, 0)),
    ],
)
def test_hits_are_whole_words_by_level(answer: str, hits: tuple[int, int, int]) -> None:
    found = describe_answer(answer)
    assert (found.rude, found.insults, found.threats) == hits


def test_questions_are_sentences_that_ask_in_any_script() -> None:
    assert describe_answer("Which? That one. これですか？ هل هذا هو؟").questions == 3


@settings(deadline=None)
@given(st.text(max_size=400))
def test_shares_are_shares_and_the_length_is_the_length(answer: str) -> None:
    found = describe_answer(answer)
    assert found.characters == len(answer)
    assert 0.0 <= found.list_ratio <= 1.0
    assert 0.0 <= found.code_ratio <= 1.0
    assert 0 <= found.questions <= found.sentences


def test_beyond_the_limit_only_the_length_is_counted() -> None:
    found = describe_answer("word " * ANSWER_CHARACTERS_MAX)
    assert found.characters == 5 * ANSWER_CHARACTERS_MAX
    assert found.words <= ANSWER_CHARACTERS_MAX // 5 + 1
