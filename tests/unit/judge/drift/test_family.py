"""All features of a window: two answers each, and few alarms where nothing drifts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from evenkeel.judge.drift.design import measure_spread
from evenkeel.judge.drift.family import judge_size, judge_window
from evenkeel.judge.drift.limits import Matters
from evenkeel.judge.drift.model import FALSE_ALARMS_MAX, Detected, Feature, Finding, Material, Reason, Signal
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.stats.psi import Psi


def feature(name: str, reference: Values, window: Values) -> Feature:
    profile = build_profile(reference)
    return Feature(name, profile, count_values(window, profile.grid))


MATTERS = Matters(0.1, 0.2)


def judge(*features: Feature, psi_limit: float = 0.2) -> list[Finding]:
    return judge_window(features, np.random.default_rng(1), psi_limit=psi_limit)


def _normal(seed: int, rows: int, mean: float = 0.0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, 1.0, size=rows)


def _others(rows: int, many: int = 19) -> list[Feature]:
    return [feature(f"calm {i}", _normal(100 + i, rows), _normal(200 + i, rows)) for i in range(many)]


def test_one_of_twenty_that_drifts_is_the_one_that_is_found() -> None:
    found = judge(*_others(1_000), feature("moved", _normal(1, 1_000), _normal(2, 1_000, 0.7)))
    assert [each.feature for each in found if each.detected is Detected.YES] == ["moved"]
    moved = found[-1]
    assert moved.material is Material.BREACH
    assert moved.signals[0] is Signal.LOCATION
    assert moved.q <= FALSE_ALARMS_MAX


def test_a_significant_trifle_does_not_matter() -> None:
    (found,) = judge(feature("nudged", _normal(1, 50_000), _normal(2, 50_000, 0.1)))
    assert (found.detected, found.material) == (Detected.YES, Material.NO)


SLIGHT = _normal(1, 300), _normal(2, 300, 0.45)


def test_what_may_or_may_not_be_beyond_the_limit_is_a_warning() -> None:
    (found,) = judge(feature("moved", *SLIGHT))
    assert found.material is Material.WARNING
    assert found.effect.psi.low_one_sided < 0.2 < found.effect.psi.debiased


def test_the_limit_is_an_argument() -> None:
    (found,) = judge(feature("moved", _normal(1, 5_000), _normal(2, 5_000, 0.7)), psi_limit=5.0)
    assert (found.detected, found.material) == (Detected.YES, Material.NO)


def test_too_few_rows_are_unknown_not_calm_and_say_how_many_it_takes() -> None:
    (found,) = judge(feature("few", _normal(1, 5_000), _normal(2, 20)))
    assert (found.detected, found.material) == (Detected.UNKNOWN, Material.UNKNOWN)
    assert found.comparison.reason is Reason.UNDERPOWERED
    assert found.needs is not None
    (enough,) = judge(feature("enough", _normal(1, 5_000), _normal(3, found.needs)))
    assert enough.detected is Detected.NO


def test_a_large_difference_is_found_in_few_rows() -> None:
    (found,) = judge(feature("far", _normal(1, 5_000), _normal(2, 20, 3.0)))
    assert found.detected is Detected.YES


def test_an_empty_window_is_unknown_and_no_test_of_the_family() -> None:
    empty, moved = judge(feature("empty", [1.0, 2.0], []), feature("moved", _normal(1, 500), _normal(2, 500, 0.6)))
    assert (empty.detected, empty.comparison.reason, empty.q) == (Detected.UNKNOWN, Reason.EMPTY_WINDOW, 1.0)
    assert moved.q == moved.comparison.p


@pytest.mark.parametrize(
    ("reference", "window", "signal"),
    [
        ([0.0] * 500, _normal(1, 500), Signal.WENT_LIVE),
        ([None] * 500, _normal(1, 500), Signal.WENT_LIVE),
        (_normal(1, 500), [None] * 500, Signal.VANISHED),
        (_normal(1, 500), [math.nan] * 500, Signal.MISSINGNESS),
        (_normal(1, 500), ["word"] * 500, Signal.TYPE_CHANGED),
        (_normal(1, 500), [math.inf] * 500, Signal.BECAME_CONSTANT),
        (["en"] * 450 + ["de"] * 50, ["es"] * 500, Signal.BECAME_CONSTANT),
        ([f"id {i}" for i in range(10_000)], ["id 1"] * 5_000 + ["id 2"] * 5_000, Signal.SHAPE),
    ],
)
def test_bad_input_is_a_named_result(reference: Values, window: Values, signal: Signal) -> None:
    (found,) = judge(feature("odd", reference, window))
    assert found.detected is Detected.YES
    assert found.signals[0] is signal


def test_ten_thousand_levels_that_do_not_drift_are_calm() -> None:
    rng = np.random.default_rng(3)
    ids = [[f"id {i}" for i in rng.integers(0, 10_000, size=20_000).tolist()] for _ in range(2)]
    (found,) = judge(feature("id", ids[0], ids[1]))
    assert found.detected is Detected.NO


def test_nothing_to_judge_is_nothing_found() -> None:
    assert judge() == []


def test_another_grid_is_refused() -> None:
    here, there = build_profile([1.0, 2.0]), build_profile([1.0, 3.0])
    with pytest.raises(InvalidInputError, match="not on grid"):
        judge(Feature("x", here, there.counts))


def test_with_a_season_the_usual_ups_and_downs_are_calm_and_too_few_unknown() -> None:
    rng = np.random.default_rng(4)
    profile = build_profile(rng.normal(size=5_000))
    days = [count_values(rng.normal(rng.normal() * 0.3, 1.0, size=2_000), profile.grid) for _ in range(28)]
    window = count_values(rng.normal(0.3, 1.0, size=2_000), profile.grid)
    calm, few, naive = judge(
        Feature("x", profile, window, tuple(days)),
        Feature("x", profile, window, tuple(days[:5])),
        Feature("x", profile, window),
    )
    assert calm.detected is not Detected.YES
    assert (few.detected, few.comparison.reason) == (Detected.UNKNOWN, Reason.FEW_SEASONS)
    assert few.effect.psi.value > 0.0
    assert naive.detected is Detected.YES


def test_windows_without_drift_are_alarmed_as_seldom_as_promised() -> None:
    rng = np.random.default_rng(5)
    windows, alarmed = 20, 0
    for _ in range(windows):
        features = [feature(str(i), rng.normal(size=200), rng.normal(size=200)) for i in range(10)]
        alarmed += any(each.detected is Detected.YES for each in judge_window(features, rng))
    assert alarmed / windows <= FALSE_ALARMS_MAX + 3 * math.sqrt(FALSE_ALARMS_MAX / windows)


@pytest.mark.parametrize(
    ("debiased", "one_sided", "high", "expected"),
    [
        (0.08, 0.05, 0.15, Material.NO),
        (0.08, 0.01, 0.25, Material.UNKNOWN),  # small as it is, and perhaps large
        (0.16, 0.09, 0.19, Material.WARNING),
        (0.25, 0.15, 0.4, Material.WARNING),
        (0.25, 0.21, 0.3, Material.BREACH),
    ],
)
def test_what_differs_is_ok_up_to_a_tenth_and_a_breach_where_its_bound_is_beyond_a_fifth(
    debiased: float, one_sided: float, high: float, expected: Material
) -> None:
    psi = Psi(debiased, debiased, 0.0, high, one_sided, 10, 1_000, 1_000)
    assert judge_size(Detected.YES, psi, MATTERS) is expected
    assert judge_size(Detected.NO, psi, MATTERS) is Material.NO
    assert judge_size(Detected.UNKNOWN, psi, MATTERS) is Material.UNKNOWN


def test_a_spread_that_is_known_already_says_the_same_as_one_that_is_measured() -> None:
    random = np.random.default_rng(4)
    profile = build_profile(random.normal(size=5_000))
    seasons = tuple(count_values(random.normal(size=400), profile.grid) for _ in range(8))
    given = Feature("age", profile, count_values(random.normal(0.1, 1.0, size=900), profile.grid), seasons, parts=2)
    known = replace(given, spread=measure_spread(profile.grid, seasons))
    assert judge_window([given], None) == judge_window([known], None)
