"""How large a difference is, and how large one must be to be seen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenkeel.judge.drift.effect import detectable_sd, measure_effect, needed_rows, shift_of_psi
from evenkeel.judge.drift.model import Effect
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.profile.count import count_values


def measure(reference: Values, window: Values) -> Effect:
    profile = build_profile(reference)
    return measure_effect(profile.grid, align(profile.grid, profile.counts, count_values(window, profile.grid)))


def test_the_index_on_deciles_is_that_of_the_rows_themselves() -> None:
    rng = np.random.default_rng(1)
    reference, window = rng.normal(size=20_000), rng.normal(0.5, 1.0, size=20_000)
    edges = np.unique(np.quantile(reference, np.arange(1, 10) / 10))
    rows = [np.bincount(np.searchsorted(edges, values), minlength=10) for values in (reference, window)]
    p, q = ((counts + 0.5) / (counts.sum() + 5.0) for counts in rows)
    found = measure(reference, window)
    assert found.psi_plain == pytest.approx(float(((p - q) * np.log(p / q)).sum()), rel=1e-12)
    assert found.psi.value == found.psi_plain
    assert found.shift_sd == pytest.approx(0.5, abs=0.04)
    assert found.psi.low < 0.236 < found.psi.high


def test_values_that_are_missing_have_a_bin_of_their_own() -> None:
    complete = measure([1.0, 2.0] * 200, [1.0, 2.0] * 200)
    gaps = measure([1.0, 2.0] * 200, [1.0, 2.0] * 150 + [None] * 100)
    assert complete.psi.debiased == 0.0
    assert gaps.psi.debiased > 0.2
    assert (gaps.absent_before, gaps.absent_after) == (0.0, 0.25)


def test_a_constant_tells_which_side_what_came_alive_lies_on() -> None:
    for window in ([4.0] * 100, [6.0] * 100):
        assert measure([5.0] * 100, window).psi.low > 0.2


def test_samples_that_do_not_overlap_are_finitely_far_apart() -> None:
    found = measure([0.0] * 100, [1.0] * 100)
    assert found.auc == 1.0
    assert found.shift_sd is not None
    assert 3.0 < found.shift_sd < 5.0


def test_without_values_there_is_no_shift() -> None:
    found = measure([1.0, 2.0], [None, None])
    assert (found.auc, found.shift_sd, found.median_after) == (None, None, None)
    assert found.median_before == pytest.approx(1.0, abs=0.01)
    assert math.isnan(measure([1.0], []).psi_plain)


def test_the_largest_changes_of_levels_are_told() -> None:
    found = measure(["a"] * 80 + ["b"] * 20, ["a"] * 20 + ["b"] * 50 + ["c"] * 30)
    assert [(change.level, change.before, change.after) for change in found.changes] == [
        ("a", 0.8, 0.2),
        ("b", 0.2, 0.5),
        ("c", 0.0, 0.3),
    ]


def test_rows_that_depend_on_each_other_widen_the_interval() -> None:
    profile = build_profile(np.random.default_rng(1).normal(size=2_000))
    window = count_values(np.random.default_rng(2).normal(0.5, 1.0, size=2_000), profile.grid)
    both = align(profile.grid, profile.counts, window)
    alone, dependent = (measure_effect(profile.grid, both, design_effect=effect).psi for effect in (1.0, 10.0))
    assert dependent.low < alone.low < alone.high < dependent.high
    assert dependent.debiased < alone.debiased


def test_what_can_be_seen_shrinks_with_the_rows() -> None:
    assert detectable_sd(200, 200) == pytest.approx(detectable_sd(20_000, 20_000) * 10)
    assert detectable_sd(0, 10) == detectable_sd(10, 0) == math.inf
    assert detectable_sd(200, 200, features=20) > detectable_sd(200, 200)


@pytest.mark.parametrize("n", [500, 5_000, 10**6])
def test_as_many_rows_as_are_needed_are_enough(n: int) -> None:
    rows = needed_rows(n, 0.2, features=20)
    assert rows is not None
    assert detectable_sd(n, rows, features=20) <= shift_of_psi(0.2) < detectable_sd(n, rows - 1, features=20)


def test_no_window_makes_up_for_a_reference_that_is_too_small() -> None:
    assert needed_rows(20, 0.2, features=20) is None
    assert needed_rows(0, 0.2) is None


def test_many_new_levels_matter_together_though_each_is_rare() -> None:
    rng = np.random.default_rng(7)
    known, new = (np.array([f"{name}{place}" for place in range(100)]) for name in ("known ", "new "))
    profile = build_profile(rng.choice(known, 20_000).tolist())
    rows = np.where(rng.random(20_000) < 0.5, rng.choice(new, 20_000), rng.choice(known, 20_000)).tolist()
    effect = measure_effect(profile.grid, align(profile.grid, profile.counts, count_values(rows, profile.grid)))
    assert effect.psi.low_one_sided > 1.0


def test_rare_levels_that_only_one_sample_has_by_chance_do_not_matter() -> None:
    rng = np.random.default_rng(8)
    shares = rng.dirichlet(np.ones(500))
    for n, m in ((200, 200), (1_000, 300), (5_000, 200)):
        before, after = ([f"{level}" for level in rng.choice(500, rows, p=shares)] for rows in (n, m))
        profile = build_profile(before)
        effect = measure_effect(profile.grid, align(profile.grid, profile.counts, count_values(after, profile.grid)))
        assert effect.psi.low_one_sided < 0.2
