"""Tails against scipy."""

from __future__ import annotations

from typing import Any

import pytest
import scipy.stats

from evenkeel.kernel.stats.tails import chi2_upper, f_upper, normal_two_sided, student_two_sided

stats: Any = scipy.stats  # it ships no types


@pytest.mark.parametrize("x", [0.1, 1.0, 4.0, 12.0, 30.0])
def test_tails_agree_with_scipy_far_out(x: float) -> None:
    assert normal_two_sided(-x) == pytest.approx(2 * stats.norm.sf(x), rel=1e-9)
    for df in (1, 9, 50):
        assert chi2_upper(x, df) == pytest.approx(stats.chi2.sf(x, df), rel=1e-8)
        assert student_two_sided(-x, df) == pytest.approx(2 * stats.t.sf(x, df), rel=1e-8)
        for below in (3, 27, 243):
            assert f_upper(x, df, below) == pytest.approx(stats.f.sf(x, df, below), rel=1e-8)


def test_nothing_is_beyond_nothing() -> None:
    assert chi2_upper(0.0, 3) == f_upper(0.0, 3, 3) == chi2_upper(5.0, 0) == 1.0
