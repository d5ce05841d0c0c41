"""Standard deviations by level, beside scipy's."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats as scipy_stats

from evenkeel.kernel.stats.normal import one_sided_z, two_sided_z

stats: Any = scipy_stats  # it has no types


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99, 0.9999, 1 - 1e-9])
def test_they_are_scipys(level: float) -> None:
    assert two_sided_z(level) == pytest.approx(stats.norm.isf((1 - level) / 2), rel=1e-9)
    assert one_sided_z(level) == pytest.approx(stats.norm.ppf(level), abs=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95.0, float("nan")])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        two_sided_z(level)
