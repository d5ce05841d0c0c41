"""What a feature's window is compared with."""

from __future__ import annotations

from typing import Any, cast

from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift.baseline import by_feature
from evenkeel.judge.drift.baseline_cache import Known, KnownServices
from evenkeel.judge.drift.kept_counts import KeptCounts
from evenkeel.judge.drift.past import LastWeeks
from evenkeel.judge.drift.ready import given_profile, make_ready, ready_with_given, why_waiting
from evenkeel.judge.drift.records import GivenReference
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.model import Profile
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.time import US_PER_DAY, Window

DAY = Window(11 * US_PER_DAY, 12 * US_PER_DAY)


def _known(store: CountedStore, days: int = 12) -> Known:
    return KnownServices(cast("Any", store), KeptCounts(cast("Any", store))).of(KEY, days * US_PER_DAY)


def test_beside_its_own_traffic_it_has_the_first_week_and_its_days(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    known = _known(store)
    steps = by_feature(store.feature_counts(KEY, DAY))["age"]
    ready = make_ready(None, known, known.grids[0], DAY, steps)
    assert ready is not None
    assert (ready.feature.reference.counts.n, ready.feature.window.n) == (7 * 2_400, 2_400)
    assert (len(ready.feature.seasons or ()), ready.feature.parts, ready.is_given) == (7, 1, False)
    assert make_ready(None, known, known.grids[1], DAY, {}) is None  # nothing of it was ever there


def test_beside_what_somebody_gave_its_days_only_tell_of_chance(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    known = _known(store)
    profile = Profile(known.grids[0].grid, store.hours["age", "1", 0])
    ready = ready_with_given(profile, known, known.grids[0], DAY, {})
    assert (ready.feature.reference, ready.feature.is_fixed, ready.is_given) == (profile, True, True)
    assert (ready.feature.window.n, ready.baseline.days) == (0, known.baselines["age"].days)


def test_a_profile_of_another_grid_is_none_of_it(store: CountedStore) -> None:
    other = build_profile([1.0, 2.0, 3.0])
    given = GivenReference("r1", KEY, 0, "jo", "why", TableProfile(3, {"age": other}))
    assert given_profile(given, store.grids["age"]) is None
    assert given_profile(None, store.grids["age"]) is None


def test_why_a_feature_waits_depends_on_what_it_is_compared_with() -> None:
    past = GivenReference("r1", KEY, 0, "jo", "why", past=LastWeeks(8))
    assert why_waiting(None) == "no whole day of it lies before this window"
    assert why_waiting(past) == "there are no counts of it of the same weekday and hours of the 8 weeks before"
