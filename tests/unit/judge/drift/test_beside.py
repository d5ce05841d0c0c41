"""A version that came up at night is compared with the nights of the one before it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore

from evenkeel.judge.drift.judged import ServiceDrift
from evenkeel.judge.drift.model import Detected
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.time import US_PER_HOUR, Window

NOW = 20 * 24 + 6  # hours: six in the morning


def _beside(since: int, *, days: int, shift: float = 0.0, first: int = 0) -> ServiceDrift:
    """Version 2 since an hour beside version 1 since another, of a feature whose mean is highest at midnight."""
    store, rng = CountedStore(), np.random.default_rng([8, since])
    store.grid("age", build_profile(np.random.default_rng(9).normal(size=2_000)).grid)
    for version, hours in (("1", range(since)), ("2", range(since, NOW))):
        moved = shift if version == "2" else 0.0
        for day in range(21):
            store.fill(
                "age",
                range(day, day + 1),
                lambda _, hour, moved=moved: rng.normal(np.cos(hour / 24 * 6.28) + moved, 1, 60),
                version=version,
            )
        store.hours = {
            name: counts
            for name, counts in store.hours.items()
            if name[1] != version
            or (name[2] // US_PER_HOUR in hours and (version == "2" or name[2] >= first * US_PER_HOUR))
        }
    judge = DriftJudge(cast("Any", store), lambda _: None)
    return judge.beside(KEY, Window((NOW - 24 * days) * US_PER_HOUR, NOW * US_PER_HOUR), "2", "1")


@pytest.mark.parametrize("days", [1, 7])
@pytest.mark.parametrize("since", [NOW - 6, NOW - 24, NOW - 60])
def test_a_version_that_is_asked_the_same_is_no_drift_whenever_it_came_up(since: int, days: int) -> None:
    assert _beside(since, days=days).features[0].finding.detected is not Detected.YES


def test_a_version_that_is_asked_something_else_at_night_is_found() -> None:
    assert _beside(NOW - 6, days=1, shift=1.0).features[0].finding.detected is Detected.YES


def test_where_the_version_before_never_had_these_hours_nothing_is_compared() -> None:
    assert _beside(NOW - 6, days=1, first=NOW - 14).features == ()
