"""Ranks of many numbers are those of all numbers in order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evenkeel.kernel.profile.build import profile_of
from evenkeel.kernel.profile.column import Column, read_column
from evenkeel.kernel.profile.count import count_column
from evenkeel.kernel.profile.model import Apart, Floats, Kind
from evenkeel.kernel.profile.ranks import Binned, Sorted, rank_numbers

_MANY = 60_000
_RNG = np.random.default_rng

#: What a distribution is called, and its numbers by a seed.
DISTRIBUTIONS: dict[str, Callable[[int], Floats]] = {
    "normal": lambda seed: _RNG(seed).normal(size=_MANY),
    "far from zero": lambda seed: 1.7e9 + _RNG(seed).normal(size=_MANY),
    "so far that few digits are left": lambda seed: 1e15 + _RNG(seed).normal(scale=1e3, size=_MANY),
    "heavy tails": lambda seed: _RNG(seed).standard_cauchy(size=_MANY) ** 3,
    "beyond what a difference can hold": lambda seed: (
        _RNG(seed).choice([-1.0, 1.0], _MANY) * 10.0 ** _RNG(seed).uniform(300, 308, _MANY)
    ),
    "smaller than a normal float": lambda seed: _RNG(seed).normal(size=_MANY) * 5e-321,
    "half zeros": lambda seed: np.where(_RNG(seed).random(_MANY) < 0.5, 0.0, _RNG(seed).normal(size=_MANY)),
    "one in twenty zero": lambda seed: np.where(_RNG(seed).random(_MANY) < 0.05, 0.0, _RNG(seed).normal(size=_MANY)),
    "whole numbers": lambda seed: _RNG(seed).integers(0, 90, _MANY).astype(float),
    "all different whole numbers": lambda seed: _RNG(seed).permutation(_MANY).astype(float),
    "one value": lambda seed: np.full(_MANY, 3.25 + 0 * seed),
    "zeros where they are looked for": lambda seed: np.where(np.arange(_MANY) % 14, _RNG(seed).normal(size=_MANY), 0.0),
    "one part in ten thousand wide": lambda seed: np.where(
        np.arange(_MANY) % 7, 1.0 + _RNG(seed).random(_MANY) * 1e-9, _RNG(seed).normal(size=_MANY)
    ),
}


@pytest.mark.parametrize("numbers", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_every_answer_is_that_of_all_numbers_in_order(numbers: Callable[[int], Floats]) -> None:
    given = numbers(1)
    ordered = np.sort(given)
    ranks = rank_numbers(given)
    edges = np.unique(np.concatenate([ordered[:: _MANY // 90], numbers(2)[:50], [-1e308, -1.0, 0.0, 5e-324, 1e308]]))
    places = np.array([0, 1, 4, 777, _MANY // 2, _MANY - 5, _MANY - 1])
    for _ in range(2):  # what was sorted for one question does not change the answer to another
        assert ranks.upto(edges).tolist() == np.searchsorted(ordered, edges, side="right").tolist()
        assert ranks.at(places).tolist() == ordered[places].tolist()
        assert ranks.below(edges).tolist() == np.searchsorted(ordered, edges, side="left").tolist()
    assert ranks.size == _MANY
    assert ranks.ordered.tolist() == ordered.tolist()
    assert np.isin(ranks.some(100), given).all()


@pytest.mark.parametrize("numbers", DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_a_profile_and_a_window_are_those_of_all_numbers_in_order(numbers: Callable[[int], Floats]) -> None:
    before, after = read_column(numbers(1)), read_column(numbers(3))
    in_order = [Column(each.kind, Sorted(each.numbers), {}, Apart()) for each in (before, after)]
    profile = profile_of(before)
    assert profile == profile_of(in_order[0])
    assert count_column(after, profile.grid) == count_column(in_order[1], profile.grid)


def test_many_numbers_of_which_few_are_equal_are_not_sorted_and_others_are() -> None:
    chosen = {name: type(rank_numbers(numbers(1))) for name, numbers in DISTRIBUTIONS.items()}
    assert {chosen[name] for name in ("normal", "far from zero", "heavy tails", "one in twenty zero")} == {Binned}
    assert {chosen[name] for name in ("one value", "half zeros", "whole numbers")} == {Sorted}
    assert isinstance(rank_numbers(np.array([2.0, 1.0])), Sorted)


def test_what_is_no_number_is_set_apart_among_many() -> None:
    numbers = DISTRIBUTIONS["normal"](1)
    numbers[:6] = [np.nan, np.inf, np.inf, -np.inf, -np.inf, -np.inf]
    column = read_column(numbers)
    assert (column.kind, column.apart) == (Kind.NUMERIC, Apart(nan=1, above=2, below=3))
    assert column.numbers.tolist() == np.sort(numbers[6:]).tolist()


def test_the_caller_keeps_its_array_as_it_was() -> None:
    numbers = DISTRIBUTIONS["normal"](1)
    numbers.flags.writeable = False
    assert profile_of(read_column(numbers)).counts.n == _MANY
    few = np.array([3.0, 1.0])
    read_column(few)
    assert few.tolist() == [3.0, 1.0]
