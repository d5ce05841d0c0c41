"""One answer for all features of a window."""

from __future__ import annotations

import numpy as np

from evenkeel.judge.drift.answer import answer
from evenkeel.judge.drift.family import judge_window
from evenkeel.judge.drift.model import Feature
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.verdict import Status

RNG = np.random.default_rng(1)
PROFILE = build_profile(RNG.normal(size=5_000))


def _feature(name: str, shift: float, rows: int = 2_000) -> Feature:
    return Feature(name, PROFILE, count_values(RNG.normal(shift, 1.0, size=rows), PROFILE.grid))


def test_the_feature_that_matters_most_is_told() -> None:
    found = answer(judge_window([_feature("small", 0.2), _feature("large", 1.0), _feature("none", 0.0)], None))
    assert (found.status, found.feature, found.detected) == (Status.BREACH, "large", 2)
    assert found.value is not None
    assert 0.2 < found.low <= found.low_one_sided <= found.value <= found.high


def test_what_is_beyond_chance_and_too_small_to_matter_is_ok() -> None:
    found = answer(judge_window([_feature("small", 0.2), _feature("none", 0.0)], None))
    assert (found.status, found.feature) == (Status.OK, "small")


def test_one_feature_of_which_nothing_is_known_is_enough_not_to_be_ok() -> None:
    found = answer(judge_window([_feature("none", 0.0), _feature("few", 0.0, rows=20)], None))
    assert (found.status, found.unknown) == (Status.UNKNOWN, 1)
    assert found.needs is not None
    assert found.needs > 20
    assert found.high > 0.2
