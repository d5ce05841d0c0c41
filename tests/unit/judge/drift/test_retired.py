"""Features that are gone and are meant to be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.retired import Retired
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.time import US_PER_DAY, Window

LAST_DAY = Window(11 * US_PER_DAY, 12 * US_PER_DAY)
RETIRED = Retired("language", 9 * US_PER_DAY, "jo", "no model reads it")


def _fill(store: CountedStore, last: list[str | None]) -> None:
    store.fill("age", range(12), normal(0.0))
    store.fill("language", range(9), lambda rng, _: ["en"] * 100)
    store.fill("language", range(9, 12), lambda rng, _: last)


def test_a_retired_feature_is_not_judged_while_it_is_gone(store: CountedStore) -> None:
    _fill(store, [None] * 100)
    judge = DriftJudge(cast("Any", store), lambda _: None, lambda _: {"language": RETIRED})
    drift = judge.judge(KEY, LAST_DAY)
    assert [each.finding.feature for each in drift.features] == ["age"]
    told = "no prediction carries it; retired by jo on 1970-01-10: no model reads it"
    assert drift.retired == {"language": told}


def test_it_is_judged_as_soon_as_a_prediction_carries_it(store: CountedStore) -> None:
    _fill(store, [None] * 99 + ["en"])
    judge = DriftJudge(cast("Any", store), lambda _: None, lambda _: {"language": RETIRED})
    drift = judge.judge(KEY, LAST_DAY)
    assert {each.finding.feature for each in drift.features} == {"age", "language"}
    assert drift.retired == {}


def test_a_newer_reference_without_it_ends_it_too(store: CountedStore) -> None:
    profile = build_profile(np.random.default_rng(5).normal(size=2_000))
    store.grid("age", profile.grid, origin="reference")
    given = GivenReference("r", KEY, 9 * US_PER_DAY, "jo", "why", TableProfile(2_000, {"age": profile}))
    _fill(store, [None] * 100)
    drift = DriftJudge(cast("Any", store), lambda _: given).judge(KEY, LAST_DAY)
    assert list(drift.retired) == ["language"]
    assert "nor does the reference that jo gave on 1970-01-10" in drift.retired["language"]
    # One that was carried after the reference was made is lost, and not left out.
    older = replace(given, made_at_us=2 * US_PER_DAY)
    assert DriftJudge(cast("Any", store), lambda _: older).judge(KEY, LAST_DAY).retired == {}


def test_one_that_came_back_after_it_was_retired_is_judged_when_it_breaks(store: CountedStore) -> None:
    _fill(store, [None] * 100)
    earlier = replace(RETIRED, retired_at_us=2 * US_PER_DAY)
    drift = DriftJudge(cast("Any", store), lambda _: None, lambda _: {"language": earlier}).judge(KEY, LAST_DAY)
    assert {each.finding.feature for each in drift.features} == {"age", "language"}
    assert drift.retired == {}
