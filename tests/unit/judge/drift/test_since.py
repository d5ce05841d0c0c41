"""Since when a feature differs: how often the interval holds it, and how often there is one where nothing changed."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.drift.since import WINDOWS_MAX, Since, Usual, describe_since, find_since
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.merge import empty_counts, merge
from evenkeel.kernel.profile.model import Counts, Profile
from evenkeel.kernel.stats.monte_carlo import Chance


def _series(
    rng: Chance, change: int, shift: float, *, shared: float = 0.0, rows: int = 40
) -> tuple[Profile, list[Counts]]:
    profile = build_profile(rng.normal(size=1_000))
    means = [shift * (hour >= change) + shared * rng.normal() for hour in range(24)]
    return profile, [count_values(rng.normal(mean, 1.0, size=int(rng.poisson(rows))), profile.grid) for mean in means]


@pytest.mark.parametrize(("shift", "shared", "rows"), [(0.6, 0.0, 40), (0.6, 0.15, 200)])
def test_the_interval_holds_the_beginning_in_nine_of_ten_cases_at_least(shift: float, shared: float, rows: int) -> None:
    found = held = 0
    for number in range(60):
        rng = np.random.default_rng([1, number])
        change = int(rng.integers(1, 22))
        profile, hours = _series(rng, change, shift, shared=shared, rows=rows)
        since = find_since(profile.grid, profile.counts, hours, rng)
        assert since is not None
        found += since.is_beyond_chance
        held += since.is_beyond_chance and since.earliest <= change <= since.latest
    assert found >= 45
    assert held >= 0.9 * found


@pytest.mark.parametrize("shared", [0.0, 0.15])
def test_where_nothing_changed_a_beginning_is_as_rare_as_its_p_value_says(shared: float) -> None:
    alarms = 0
    for number in range(60):
        rng = np.random.default_rng([2, number])
        profile, hours = _series(rng, 99, 0.0, shared=shared, rows=40)
        since = find_since(profile.grid, profile.counts, hours, rng)
        assert since is not None
        alarms += since.p <= 0.05
    assert alarms <= 8  # 3 are expected; more than 8 come once in 200 times


def test_new_levels_and_missing_values_have_a_beginning_too() -> None:
    rng = np.random.default_rng(3)
    profile = build_profile(["en"] * 900 + ["de"] * 100)
    usual, new, gone = ["en"] * 45 + ["de"] * 5, ["en"] * 30 + ["es"] * 20, ["en"] * 30 + [None] * 20
    for other in (new, gone):
        days = [count_values(usual if day < 5 else other, profile.grid) for day in range(10)]
        since = find_since(profile.grid, profile.counts, days, rng)
        assert since is not None
        assert (since.first, since.is_beyond_chance) == (5, True)


def test_a_change_from_the_first_window_on_may_have_begun_before() -> None:
    rng = np.random.default_rng(4)
    profile, hours = _series(rng, 0, 1.0)
    since = find_since(profile.grid, profile.counts, hours, rng)
    assert since is not None
    assert (since.first, since.earliest) == (0, 0)
    assert describe_since(since, lambda hour: f"{hour}:00") == "since 0:00 or before"


def test_windows_without_rows_are_passed_over_and_nothing_at_all_is_unknown() -> None:
    rng = np.random.default_rng(5)
    profile, hours = _series(rng, 12, 1.0)
    nothing = empty_counts(profile.grid)
    gaps = [nothing if hour in (3, 12) else counts for hour, counts in enumerate(hours)]
    since = find_since(profile.grid, profile.counts, gaps, rng)
    assert since is not None
    assert since.earliest <= 12 <= since.latest
    assert find_since(profile.grid, profile.counts, [], rng) is None
    assert find_since(profile.grid, profile.counts, [nothing] * 3, rng) is None


def test_what_cannot_be_looked_at_is_refused() -> None:
    rng = np.random.default_rng(6)
    profile, hours = _series(rng, 12, 1.0)
    with pytest.raises(InvalidInputError, match="Add hours up to days"):
        find_since(profile.grid, profile.counts, hours * (WINDOWS_MAX // 24 + 1), rng)
    with pytest.raises(InvalidInputError, match="made on grid"):
        find_since(profile.grid, profile.counts, [build_profile([1.0, 2.0]).counts], rng)


def test_it_is_said_in_words() -> None:
    assert describe_since(Since(4, 3, 6, 0.5, 1.0), str) == "no change beyond chance within these windows"
    assert describe_since(Since(2, 0, 6, 1e-4, 1.0), str) == "since 2 (95 % interval: 0 or before to 6)"
    assert describe_since(Since(2, 2, 2, 1e-4, 1.0), str) == "since 2 (95 % interval: that one alone)"


@pytest.mark.parametrize("rhythm", [0.6, 1.2])
def test_the_rhythm_of_a_day_is_no_change_and_hides_none(rhythm: float) -> None:
    found = held = false = 0
    for number in range(40):
        rng = np.random.default_rng([7, number])
        means = rhythm * np.sin(2.0 * np.pi * np.arange(24) / 24.0)
        profile = build_profile(np.concatenate([rng.normal(mean, 1.0, size=100) for mean in means]))
        at_hours = [count_values(rng.normal(mean, 1.0, size=700), profile.grid) for mean in means]
        usual = Usual(merge(at_hours), at_hours * 2)
        change = int(rng.integers(8, 44))
        for shift in (0.0, 0.7):
            hours = [
                count_values(rng.normal(means[hour % 24] + shift * (hour >= change), 1.0, size=100), profile.grid)
                for hour in range(48)
            ]
            since = find_since(profile.grid, profile.counts, hours, rng, usual)
            assert since is not None
            false += shift == 0.0 and since.p <= 0.05
            found += shift > 0.0 and since.is_beyond_chance
            held += shift > 0.0 and since.is_beyond_chance and since.earliest <= change <= since.latest
    assert false <= 6
    assert found == 40
    assert held >= 0.9 * found
