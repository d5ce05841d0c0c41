"""Vocabularies are counts in a fixed number of buckets, in which no word can be read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.vocabulary import BUCKETS, count_vocabulary


@settings(deadline=None)
@given(st.lists(st.text(min_size=2)), st.sampled_from(["en", "de", None]))
def test_every_word_that_is_not_frequent_is_counted_once(words: list[str], language: str | None) -> None:
    counts = count_vocabulary(words, language)
    assert all(0 <= bucket < BUCKETS for bucket in counts)
    if language is None:
        assert sum(counts.values()) == len(words)
    assert sum(counts.values()) <= len(words)


def test_forms_of_a_word_share_a_bucket_and_frequent_words_have_none() -> None:
    assert count_vocabulary(["refund", "refunds", "the", "and", "i"], "en") == count_vocabulary(["refund"] * 2, "en")


def test_buckets_are_the_same_on_every_machine() -> None:
    assert count_vocabulary(["battery"], None) == {9: 1}


def test_each_bucket_stands_for_many_words() -> None:
    words = [f"w{number}" for number in range(6_400)]
    counts = count_vocabulary(words, None)
    assert len(counts) == BUCKETS
    assert min(counts.values()) > 50
