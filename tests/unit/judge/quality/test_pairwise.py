"""Which version is better: named seldom by chance, ties counted, failures bounded, the place told."""

from __future__ import annotations

from random import Random

import pytest

from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.pairwise import Choice, Judged, measure_preference

FIRST, SECOND, TIE, FAILED = Choice.FIRST, Choice.SECOND, Choice.TIE, Choice.FAILED


def test_a_judge_that_always_chooses_what_is_shown_first_finds_no_winner_and_is_told_to() -> None:
    found = measure_preference([Judged(FIRST, SECOND)] * 30)
    assert (found.split, found.win_rate.value, found.better) == (30, 0.5, None)
    assert found.shown_first.value == 1.0
    assert found.shown_first.low is not None
    assert found.shown_first.low > 0.8
    assert found.decided.reason is Reason.TOO_FEW


def test_what_failed_in_one_order_is_counted_and_bounds_what_the_rate_could_be() -> None:
    found = measure_preference([Judged(SECOND, SECOND)] * 6 + [Judged(SECOND, FAILED)] * 3 + [Judged(TIE, TIE)])
    assert (found.judged, found.failed, found.ties) == (7, 3, 1)
    assert found.possible == pytest.approx((0.65, 0.95))


def test_nothing_judged_is_unknown() -> None:
    for pairs in ([], [Judged(FAILED, FAILED)]):
        found = measure_preference(pairs)
        assert (found.win_rate.value, found.shown_first.value, found.better) == (None, None, None)


def test_between_equals_a_winner_is_named_in_at_most_one_comparison_of_twenty() -> None:
    chance, named = Random(1), 0
    for _ in range(2_000):
        pairs = [Judged(each, each) for each in chance.choices((FIRST, SECOND, TIE), (2, 2, 1), k=60)]
        named += measure_preference(pairs).better is not None
    assert named / 2_000 <= 0.05


def test_a_version_that_wins_seven_of_ten_is_named_with_sixty_pairs_most_of_the_time() -> None:
    chance, named = Random(2), 0
    for _ in range(500):
        pairs = [Judged(each, each) for each in chance.choices((FIRST, SECOND), (3, 7), k=60)]
        named += measure_preference(pairs).better is SECOND
    assert named / 500 > 0.8
