"""Overlap is what counting word by word gives, and grows with what is shared."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.overlap import Overlap, compute_overlap, find_sentence, index_source

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f", "g"]), min_size=1, max_size=12)
OTHERS = st.lists(st.lists(st.lists(st.sampled_from(["x", "y", "z"]), min_size=1), max_size=4), max_size=3)
SIGNALS = "unigrams rare_words bigrams trigrams fragments order place pairs words phrases together mean".split()  # noqa: SIM905
CONTEXTS = st.lists(st.lists(WORDS, max_size=4), max_size=3)


def overlap(sentence: list[str], contexts: list[list[list[str]]]) -> Overlap:
    return compute_overlap(sentence, index_source(contexts, {word: word for word in sentence}))


@settings(deadline=None)
@given(WORDS, CONTEXTS)
def test_every_signal_is_a_share(sentence: list[str], contexts: list[list[list[str]]]) -> None:
    found = overlap(sentence, contexts)
    signals: list[float] = [getattr(found, name) for name in SIGNALS]
    assert all(0.0 <= signal <= 1.0 + 1e-9 for signal in signals)


@settings(deadline=None)
@given(WORDS, CONTEXTS)
def test_shares_of_words_and_runs_are_those_of_plain_counting(
    sentence: list[str], contexts: list[list[list[str]]]
) -> None:
    found = overlap(sentence, contexts)
    flat = [[word for words in context for word in words] for context in contexts]
    there = {word for words in flat for word in words}
    assert found.unigrams == pytest.approx(sum(word in there for word in sentence) / len(sentence))
    pairs = list(pairwise(sentence))
    if pairs:
        beside = {pair for words in flat for pair in pairwise(words)}
        assert found.bigrams == pytest.approx(sum(pair in beside for pair in pairs) / len(pairs))


@settings(deadline=None)
@given(WORDS, WORDS)
def test_order_in_a_single_sentence_is_the_longest_common_subsequence(one: list[str], two: list[str]) -> None:
    table = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i, word in enumerate(one):
        for j, other in enumerate(two):
            table[i + 1][j + 1] = table[i][j] + 1 if word == other else max(table[i][j + 1], table[i + 1][j])
    assert overlap(one, [[two]]).order == pytest.approx(table[-1][-1] / len(one))


@settings(deadline=None)
@given(WORDS, OTHERS)
def test_what_is_copied_whole_is_there_whole(sentence: list[str], contexts: list[list[list[str]]]) -> None:
    assert overlap(sentence, [*contexts, [sentence]]).mean == pytest.approx(1.0)


def test_nothing_is_shared_with_no_context() -> None:
    assert overlap(["a", "b"], []).mean == overlap(["a", "b"], [[]]).mean == 0.0


def test_the_end_of_one_context_and_the_beginning_of_the_next_are_no_neighbours() -> None:
    apart = overlap(["a", "b"], [[["x", "a"]], [["b", "x"]]])
    together = overlap(["a", "b"], [[["x", "a"], ["b", "x"]]])
    assert (apart.bigrams, apart.pairs, apart.place < 1.0) == (0.0, 0.0, True)
    assert (together.bigrams, together.pairs, together.place) == (1.0, 1.0, 1.0)


def test_rare_words_tell_more_than_those_in_every_sentence() -> None:
    context = [["the", "lid"], ["the", "jar"], ["the", "cup"]]
    rare, common = overlap(["lid", "zzz"], [context]), overlap(["the", "zzz"], [context])
    assert rare.unigrams == common.unigrams
    assert rare.rare_words > common.rare_words


def test_the_sentence_that_most_is_in_is_found_also_where_every_word_is_frequent() -> None:
    context = [["the", "x"]] * 40 + [["the", "of"]]
    place, share = find_sentence(["the", "of"], index_source([context], {"the": "the", "of": "of"}))
    assert (place, share) == (40, 1.0)
    assert find_sentence(["q"], index_source([context], {})) == (-1, 0.0)
    assert find_sentence(["the"], index_source([context], {"the": "the"}))[1] == 1.0
