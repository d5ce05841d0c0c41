"""A scale goes from badness to a unit and back."""

from __future__ import annotations

import pytest

from evenkeel.judge.indicators.model import BAD_SHARE, GOOD_SHARE, Scale


@pytest.mark.parametrize("scale", [BAD_SHARE, GOOD_SHARE, Scale(5.0, 1.0)])
@pytest.mark.parametrize("badness", [0.0, 0.25, 1.0])
def test_a_value_of_a_scale_has_its_badness(scale: Scale, badness: float) -> None:
    assert scale.badness(scale.value(badness)) == pytest.approx(badness)


def test_a_value_beyond_the_scale_is_as_good_or_bad_as_can_be() -> None:
    assert (Scale(5.0, 1.0).badness(0.0), Scale(5.0, 1.0).badness(9.0)) == (1.0, 0.0)
