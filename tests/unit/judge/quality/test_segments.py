"""The worst segment is found where there is one, and not where there are merely many."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.quality.segments import (
    FALSE_FINDS,
    SEGMENTS_MAX,
    Rows,
    Search,
    find_worse_segments,
)
from evenkeel.kernel.errors import InvalidInputError

#: Sixty segments whose sizes fall off as 1 / rank.
SHARES = (1 / np.arange(1, 61)) / (1 / np.arange(1, 61)).sum()


def drawn(chance: np.random.Generator, rates: np.ndarray, rows: int = 5_000) -> tuple[dict[str, Rows], Rows]:
    n = chance.multinomial(rows, SHARES)
    bad = chance.binomial(n, rates)
    segments = {f"s{i}": Rows(int(n[i]), int(bad[i])) for i in range(n.size)}
    return segments, Rows(rows, int(bad.sum()))


def test_where_no_segment_differs_a_search_finds_none_in_99_of_100_windows() -> None:
    """400 searches of 60 segments; 1 % and 3 standard errors."""
    chance, found = np.random.default_rng(1), 0
    for _ in range(400):
        found += bool(find_worse_segments(*drawn(chance, np.full(60, 0.1))).found)
    assert found / 400 <= FALSE_FINDS + 3 * math.sqrt(FALSE_FINDS / 400)


def test_overlapping_segments_raise_no_more_false_finds() -> None:
    """Two attributes of eight values each, and their intersections."""
    chance, found = np.random.default_rng(2), 0
    for _ in range(200):
        one, two, bad = chance.integers(0, 8, 3_000), chance.integers(0, 8, 3_000), chance.random(3_000) < 0.1
        segments: dict[str, Rows] = {}
        for name, place in (("a", one), ("b", two), ("ab", one * 8 + two)):
            n, hits = np.bincount(place), np.bincount(place, bad)
            segments |= {f"{name}{i}": Rows(int(n[i]), int(hits[i])) for i in range(n.size)}
        found += bool(find_worse_segments(segments, Rows(3_000, int(bad.sum()))).found)
    assert found / 200 <= FALSE_FINDS + 3 * math.sqrt(FALSE_FINDS / 200)


def test_a_segment_twice_as_bad_is_found_and_named_alone() -> None:
    """Rank 3 holds 7 % of 5,000 rows, 356: their rate is 20 % instead of 10 %."""
    chance, rates = np.random.default_rng(3), np.full(60, 0.1)
    rates[2] = 0.2
    searches = [find_worse_segments(*drawn(chance, rates)) for _ in range(100)]
    assert sum("s2" in names(search) for search in searches) >= 85
    assert sum(names(search) not in ([], ["s2"]) for search in searches) <= 5


def names(search: Search) -> list[str]:
    return [each.name for each in search.found]


def test_the_interval_of_what_was_picked_still_holds() -> None:
    """Eight segments are worse, so that those found are the lucky ones among them."""
    chance, rates = np.random.default_rng(4), np.where(np.arange(60) < 8, 0.2, 0.08)
    found = [each for _ in range(150) for each in find_worse_segments(*drawn(chance, rates, 3_000)).found]
    truths = [rates[int(each.name[1:])] for each in found]
    covered = sum(each.low <= truth <= each.high for each, truth in zip(found, truths, strict=True))
    assert len(found) > 60
    assert covered / len(found) >= 0.95
    misses = [
        np.mean([(guess - truth) ** 2 for guess, truth in zip(guesses, truths, strict=True)])
        for guesses in ([each.shrunk for each in found], [each.share for each in found])
    ]
    assert misses[0] < misses[1]


def test_segments_too_small_to_prove_anything_cost_the_others_nothing() -> None:
    large = {"large": Rows(400, 70), "other": Rows(4_000, 400)}
    small = {f"small{i}": Rows(2, 0) for i in range(1_500)}
    total = Rows(7_400, 470)
    alone, among = find_worse_segments(large, total), find_worse_segments(large | small, total)
    assert (among.tested, among.too_small) == (alone.tested, 1_500)
    assert among.found[0].q == alone.found[0].q


def test_rows_that_fail_together_need_more_to_be_found() -> None:
    segments, total = {"a": Rows(200, 36), "b": Rows(800, 72)}, Rows(1_000, 108)
    assert names(find_worse_segments(segments, total)) == ["a"]
    assert names(find_worse_segments(segments, total, deff=6.0)) == []


ROWS = st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(st.dictionaries(st.text(max_size=3), ROWS, max_size=12))
def test_whatever_is_counted_finds_are_worse_than_the_rest(counts: dict[str, tuple[int, int]]) -> None:
    segments = {name: Rows(*pair) for name, pair in counts.items()}
    total = Rows(sum(each.n for each in segments.values()), sum(each.bad for each in segments.values()))
    search = find_worse_segments(segments, total)
    assert search.tested + search.too_small == len(segments)
    for each in search.found:
        assert each.low <= each.share <= each.high
        assert each.rest < each.share
        assert each.q <= FALSE_FINDS


@pytest.mark.parametrize(
    ("segments", "total"),
    [
        ({}, Rows(0, 0)),
        ({"all": Rows(9, 3)}, Rows(9, 3)),
        ({"none": Rows(0, 0)}, Rows(9, 9)),
        ({"a": Rows(5, 5)}, Rows(9, 9)),
    ],
)
def test_where_there_is_nothing_to_compare_nothing_is_found(segments: dict[str, Rows], total: Rows) -> None:
    assert find_worse_segments(segments, total).found == ()


def test_impossible_counts_and_too_many_segments_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="'a' are impossible: 7 bad of 5"):
        find_worse_segments({"a": Rows(5, 7)}, Rows(10, 8))
    with pytest.raises(InvalidInputError, match="design effect"):
        find_worse_segments({}, Rows(10, 8), deff=0.5)
    with pytest.raises(InvalidInputError, match="more than"):
        find_worse_segments({str(i): Rows(1, 0) for i in range(SEGMENTS_MAX + 1)}, Rows(10**6, 8))
