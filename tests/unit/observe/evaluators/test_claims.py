"""Claims are what could be borne out: not code, not courtesy, not where something stands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.claims import find_claims


def claimed(answer: str, language: str | None = "en") -> list[str]:
    return [" ".join(word.text for word in claim.words) for claim in find_claims(answer, language)]


@pytest.mark.parametrize("text", ["Paris", "24 months.", "Helen Moore", "東京"])
def test_a_short_answer_is_a_claim(text: str) -> None:
    assert len(claimed(text)) == 1


@pytest.mark.parametrize("text", ["", "Yes.", "Sure!", "Of course", "Ja.", "…", "Sure. Great!", "Which one?"])
def test_a_short_word_of_consent_is_none(text: str) -> None:
    assert claimed(text) == []


def test_beside_other_sentences_a_short_one_is_a_claim_only_with_a_number() -> None:
    assert claimed("Wonderful. It lasts long enough. 24 months.") == ["It lasts long enough", "24 months"]


def test_citations_are_no_words_and_other_numbers_in_brackets_are() -> None:
    assert claimed("It lasts 24 months [1]. It covers the screen [2, 3] and the case [^4].") == [
        "It lasts 24 months", "It covers the screen and the case",
    ]  # fmt: skip
    assert claimed("It lasts 24 [or 36 months] and more.") == ["It lasts 24 or 36 months and more"]


def test_code_between_fences_is_none_and_an_open_fence_goes_on_to_the_end() -> None:
    assert claimed("Run it like this.\n```\nmake all of it\n```\nThen wait a while.\n```\nnever ends it") == [
        "Run it like this", "Then wait a while",
    ]  # fmt: skip


def test_what_others_say_that_they_do_not_know_is_a_claim() -> None:
    assert claimed("Police say there is no information about the driver.")
    assert claimed("The spokesman did not mention the price of the tickets.")
    assert not claimed("The provided context does not mention the price.")


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("aB1 .?\n`[],"), max_size=80))
def test_claims_are_in_order_and_their_words_within_them(answer: str) -> None:
    last = 0
    for claim in find_claims(answer, "en"):
        assert last <= claim.start < claim.end <= len(answer)
        assert all(claim.start <= word.start < word.end <= claim.end for word in claim.words)
        last = claim.end
