"""Loops are found wherever they begin, and texts that only use a word twice are not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.repetition import LOOP_TIMES_MIN, LOOP_WORDS_MIN, measure_repetition

WORDS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=40)


@settings(deadline=None)
@given(WORDS)
def test_the_loop_is_the_longest_end_that_is_one_piece_over_and_over(words: list[str]) -> None:
    longest = 0
    for length in range(LOOP_WORDS_MIN, len(words) + 1):
        end = words[-length:]
        periods = [p for p in range(1, length // LOOP_TIMES_MIN + 1) if end[p:] == end[:-p]]
        longest = length if periods else longest
    assert measure_repetition(words).loop_words == longest


@settings(deadline=None)
@given(WORDS, st.lists(st.sampled_from(["x", "y"]), min_size=4, max_size=9), st.integers(3, 6))
def test_what_is_said_over_and_over_at_the_end_is_a_loop(words: list[str], piece: list[str], times: int) -> None:
    assert measure_repetition([*words, *piece * times]).loop_words >= len(piece) * times


@settings(deadline=None)
@given(WORDS)
def test_the_repeated_share_is_one_less_the_share_of_different_runs(words: list[str]) -> None:
    found = measure_repetition(words).repeated_ratio
    assert 0.0 <= found < 1.0
    assert measure_repetition([]).repeated_ratio == 0.0


def test_ordinary_sentences_do_not_repeat_themselves() -> None:
    text = "To reset your password open the settings, choose Security and press Reset. You get a mail with a link."
    found = measure_repetition(text.lower().split())
    assert (found.repeated_ratio, found.loop_words) == (0.0, 0)
