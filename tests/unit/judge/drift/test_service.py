"""Drift of a running service, from counts by the hour."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, level, normal

from evenkeel.judge.drift.judged import JudgedFeature, ServiceDrift
from evenkeel.judge.drift.model import Detected, Material, Reason, Signal
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.service import DriftJudge, align_window
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.kernel.verdict import Status
from evenkeel.store.telemetry.feature_port import RefusedFeatures, WaitingFeature


def _judge(store: CountedStore, given: GivenReference | None = None) -> DriftJudge:
    return DriftJudge(cast("Any", store), lambda _: given)


def _last(day: int, hours: int = 24) -> Window:
    """The hours until the end of a day."""
    return Window((day + 1) * US_PER_DAY - hours * US_PER_HOUR, (day + 1) * US_PER_DAY)


def _of(drift: ServiceDrift, feature: str) -> JudgedFeature:
    return next(each for each in drift.features if each.finding.feature == feature)


def _quiet(store: CountedStore, days: int = 12) -> None:
    store.fill("age", range(days), normal(0.0))
    store.fill("language", range(days), level(0.02))


def test_a_service_that_is_as_it_was_is_ok_and_says_what_would_have_been_seen(store: CountedStore) -> None:
    _quiet(store)
    drift = _judge(store).judge(KEY, _last(11))
    assert drift.data.status is Status.OK
    assert drift.data.detected == 0
    assert drift.data.value is not None
    assert 0.0 == drift.data.low <= drift.data.value <= drift.data.high < 0.2
    assert (drift.data.features, drift.data.window_n) == (2, 2_400)
    assert drift.prediction.value is None


def test_spanish_instead_of_english_is_a_breach_with_its_interval(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    store.fill("language", range(11), level(0.0))
    store.fill("language", range(11, 12), level(0.5))
    drift = _judge(store).judge(KEY, _last(11))
    found = _of(drift, "language")
    assert (found.finding.detected, found.finding.material) == (Detected.YES, Material.BREACH)
    assert (drift.data.status, drift.data.feature) == (Status.BREACH, "language")
    assert drift.data.value is not None
    assert 0.2 < drift.data.low <= drift.data.value <= drift.data.high
    assert found.baseline.days == tuple(day * US_PER_DAY for day in range(1, 8))


def test_days_that_differ_among_themselves_are_no_drift(store: CountedStore) -> None:
    rng = np.random.default_rng(3)
    for day in range(12):
        store.fill("age", range(day, day + 1), normal(float(rng.normal(0.0, 0.3))))
    drift = _judge(store).judge(KEY, _last(11))
    assert _of(drift, "age").finding.detected is not Detected.YES


def test_a_young_service_is_unknown_until_its_first_week_is_there(store: CountedStore) -> None:
    _quiet(store, 5)
    drift = _judge(store).judge(KEY, _last(4))
    found = _of(drift, "age")
    assert found.is_provisional
    assert len(found.baseline.days) == 3
    assert found.finding.comparison.reason is Reason.FEW_SEASONS
    assert drift.data.status is Status.UNKNOWN


def test_a_feature_of_today_waits(store: CountedStore) -> None:
    _quiet(store, 1)
    drift = _judge(store).judge(KEY, _last(0))
    assert drift.features == ()
    assert drift.waiting["age"] == "no whole day of it lies before this window"


def test_features_without_a_grid_and_those_that_are_too_many_are_named(store: CountedStore) -> None:
    _quiet(store, 12)
    store.waiting = [WaitingFeature("weight", 0, 120)]
    store.refused = RefusedFeatures("f301", 0, 5)
    waiting = _judge(store).judge(KEY, _last(11)).waiting
    assert waiting["weight"] == "120 values so far; a feature is counted from 500 on"
    assert "more features than are counted" in waiting["f301"]


def test_the_reference_never_reaches_into_the_window(store: CountedStore) -> None:
    _quiet(store, 12)
    drift = _judge(store).judge(KEY, _last(11, 24 * 30))
    found = _of(drift, "age")
    assert found.window.start_us == found.baseline.ends_us == 8 * US_PER_DAY
    assert found.finding.comparison.m == 4 * 2_400
    assert drift.data.status is Status.OK


def test_an_hour_is_compared_with_the_same_hour_of_other_days(store: CountedStore) -> None:
    store.fill("age", range(12), lambda rng, hour: rng.normal(3.0 if hour == 23 else 0.0, 1.0, size=400))
    found = _of(_judge(store).judge(KEY, _last(11, 1)), "age")
    assert found.finding.detected is Detected.NO
    assert found.finding.effect.median_before == pytest.approx(found.finding.effect.median_after, abs=0.3)


def test_slow_drift_cannot_hide_in_a_reference_that_moves(store: CountedStore) -> None:
    for day in range(30):
        store.fill("age", range(day, day + 1), normal(0.04 * day))
    found = _of(_judge(store).judge(KEY, _last(29)), "age")
    assert found.finding.detected is Detected.YES
    assert Signal.LOCATION in found.finding.signals


def _given(rows: Any) -> GivenReference:
    return GivenReference("r1", KEY, 0, "jo", "trained on it", TableProfile(len(rows), {"age": build_profile(rows)}))


def test_what_somebody_gave_is_compared_itself(store: CountedStore) -> None:
    given = _given(np.random.default_rng(5).normal(1.0, 1.0, size=5_000))
    store.grid("age", given.table.features["age"].grid, made_at=US_PER_DAY, origin="reference")
    _quiet(store)
    found = _of(_judge(store, given).judge(KEY, _last(11)), "age")
    assert found.is_given
    assert not found.is_provisional
    assert (found.finding.comparison.n, found.finding.material) == (5_000, Material.BREACH)


def test_beside_a_given_reference_the_first_day_is_judged_already(store: CountedStore) -> None:
    given = _given(np.random.default_rng(5).normal(0.0, 1.0, size=5_000))
    store.grid("age", given.table.features["age"].grid, made_at=0, origin="reference")
    store.fill("age", range(1), normal(0.0))
    assert _of(_judge(store, given).judge(KEY, _last(0)), "age").finding.detected is Detected.NO
    store.fill("age", range(1), normal(1.0))
    assert _of(_judge(store, given).judge(KEY, _last(0)), "age").finding.material is Material.BREACH


def test_versions_are_told_apart(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    store.fill("age", range(11, 12), normal(1.0), version="2")
    judge = _judge(store)
    assert judge.versions(KEY, _last(11)) == ["2", "1"]
    both, old, new = (judge.judge(KEY, _last(11), version=version) for version in (None, "1", "2"))
    assert old.data.status is Status.OK
    assert new.data.status is Status.BREACH
    assert both.data.window_n == old.data.window_n + new.data.window_n
    beside = judge.beside(KEY, _last(11), "2", "1")
    assert (beside.data.status, beside.data.feature) == (Status.BREACH, "age")
    assert beside.data.reference_n == 12 * 2_400


def test_what_a_model_says_has_an_answer_of_its_own(store: CountedStore) -> None:
    store.grid("prediction.label", build_profile(["en", "es"] * 50).grid, made_at=US_PER_DAY)
    store.fill("age", range(12), normal(0.0))
    store.fill("prediction.label", range(11), level(0.1))
    store.fill("prediction.label", range(11, 12), level(0.9))
    drift = _judge(store).judge(KEY, _last(11))
    assert (drift.data.status, drift.prediction.status) == (Status.OK, Status.BREACH)


def test_a_service_without_features_has_no_answer(store: CountedStore) -> None:
    store.grids.clear()
    drift = _judge(store).judge(KEY, _last(11))
    assert (drift.features, drift.data.status, drift.data.value) == ((), Status.UNKNOWN, None)


def test_the_first_week_is_read_once(store: CountedStore) -> None:
    _quiet(store)
    judge = _judge(store)
    judge.judge(KEY, _last(11))
    before = store.asked
    judge.judge(KEY, _last(11))
    assert store.asked == before
    store.fill("age", range(11, 12), normal(3.0))
    assert _of(judge.judge(KEY, _last(11)), "age").finding.material is Material.BREACH
    assert store.asked == before + 1  # the day that has changed


@pytest.mark.parametrize(
    ("hours", "step", "steps"), [(1, "hour", 2), (24, "hour", 25), (24 * 7, "day", 7), (24 * 30, "day", 30)]
)
def test_hours_reach_back_as_far_as_asked_and_days_are_as_many_as_asked(hours: int, step: str, steps: int) -> None:
    end_us = 40 * US_PER_DAY + 12 * US_PER_HOUR + 123
    window, found = align_window(Window(end_us - hours * US_PER_HOUR, end_us))
    step_us = US_PER_HOUR if step == "hour" else US_PER_DAY
    assert (found, window.start_us % step_us) == (step, 0)
    assert len(range(window.start_us, window.end_us, step_us)) == steps
