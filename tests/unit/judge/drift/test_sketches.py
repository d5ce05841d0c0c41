"""An embedding of a running service is one feature with one answer, whatever is counted of it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, Rows, normal

from evenkeel.judge.drift.heat_map import State
from evenkeel.judge.drift.judged import ServiceDrift
from evenkeel.judge.drift.model import Detected, Material, Signal
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.sentences import describe_finding
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.drift.sketches import join_indices
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.model import Kind, Profile
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.stats.psi import psi
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.feature_port import WaitingFeature

NAME = "embedding:question"
LAST = Window(11 * US_PER_DAY, 12 * US_PER_DAY)


@pytest.fixture
def asked(store: CountedStore) -> CountedStore:
    """Twelve days of an embedding that is as it was, beside an age."""
    rng = np.random.default_rng(4)
    ends = [*map(str, range(1, 17)), "norm"]
    store.fill("age", range(12), normal(0.0))
    for place, end in enumerate(ends):
        store.grid(f"{NAME}/{end}", build_profile(rng.normal(size=2_000)).grid, made_at=US_PER_DAY)
        store.fill(f"{NAME}/{end}", range(12), normal(0.0), seed=place + 2)
    store.grid(f"{NAME}/size", build_profile([384.0] * 2_000).grid, made_at=US_PER_DAY)
    store.fill(f"{NAME}/size", range(12), _constant(384.0))
    del store.grids["language"]
    return store


def _constant(value: float | None) -> Rows:
    def draw(_rng: np.random.Generator, _hour: int) -> list[float | None]:
        return [value] * 100

    return draw


def _judge(store: CountedStore) -> DriftJudge:
    return DriftJudge(cast("Any", store), lambda _: None)


def _found(store: CountedStore) -> tuple[ServiceDrift, Any]:
    drift = _judge(store).judge(KEY, LAST)
    return drift, next(each.finding for each in drift.features if each.finding.feature == NAME)


def test_an_embedding_that_is_as_it_was_is_one_feature_without_drift(asked: CountedStore) -> None:
    drift, found = _found(asked)
    assert [each.finding.feature for each in drift.features] == ["age", NAME]
    assert (found.kind, found.detected, found.material) == (Kind.EMBEDDING, Detected.NO, Material.NO)
    assert drift.data.features == 2
    assert "no drift beyond chance in 2,400 rows" in describe_finding(found)


def test_questions_that_lie_elsewhere_are_told_by_the_number_that_moved_most(asked: CountedStore) -> None:
    asked.fill(f"{NAME}/3", range(11, 12), normal(1.5))
    asked.fill(f"{NAME}/4", range(11, 12), normal(0.7))
    drift, found = _found(asked)
    assert (found.detected, found.material, found.told) == (Detected.YES, Material.BREACH, f"{NAME}/3")
    assert found.signals[0] is Signal.LOCATION
    assert describe_finding(found).startswith(f"{NAME}: its vectors lie elsewhere than in the reference (PSI ")
    since = _judge(asked).since(drift)[NAME]
    assert since.at_us // US_PER_DAY == 11
    cells = {row.feature: row.cells for row in _judge(asked).map(KEY, LAST)}
    assert cells.keys() == {"age", NAME}
    assert {cell.state for cell in cells["age"]} <= {State.NO, State.UNKNOWN}
    assert State.BREACH in {cell.state for cell in cells[NAME]}


def test_another_number_of_numbers_is_another_model(asked: CountedStore) -> None:
    asked.fill(f"{NAME}/size", range(11, 12), _constant(1_536.0))
    _, found = _found(asked)
    assert (found.detected, found.material, found.signals[0]) == (Detected.YES, Material.BREACH, Signal.TYPE_CHANGED)
    assert "another embedding model went live" in describe_finding(found)


def test_vectors_of_other_lengths_are_told_so(asked: CountedStore) -> None:
    asked.fill(f"{NAME}/norm", range(11, 12), normal(1.5))
    _, found = _found(asked)
    assert found.signals == (Signal.SPREAD,)
    assert "of other lengths" in describe_finding(found)


def test_an_embedding_that_no_row_has_any_more_has_vanished_and_may_be_retired(asked: CountedStore) -> None:
    for name in asked.grids:
        if name.startswith(NAME):
            asked.fill(name, range(11, 12), _constant(None))
    _, found = _found(asked)
    assert found.signals == (Signal.VANISHED,)


def test_what_waits_for_a_grid_waits_under_one_name(asked: CountedStore) -> None:
    asked.waiting = [WaitingFeature("embedding:answer/1", 0, 40), WaitingFeature("embedding:answer/2", 0, 40)]
    drift, _ = _found(asked)
    assert list(drift.waiting) == ["embedding:answer"]


def test_what_one_number_leaves_open_is_open_of_the_embedding() -> None:
    small = psi(np.array([5_000, 5_000]), np.array([4_500, 5_500]))
    loose = psi(np.array([11, 9]), np.array([10, 10]))
    index, place = join_indices([loose, small])
    assert place == 1 and index.debiased == small.debiased
    assert index.low_one_sided < small.low_one_sided and index.high == loose.high > 0.2 > small.high


def test_with_a_reference_of_vectors_the_first_day_is_compared_with_it(asked: CountedStore) -> None:
    grids = {name: grid.grid for name, grid in asked.grids.items() if name.startswith(NAME)}
    rng = np.random.default_rng(9)
    numbers = {
        name.rpartition("/")[2]: Profile(grid, count_values(_reference_values(rng, name), grid))
        for name, grid in grids.items()
    }
    table = TableProfile(2_000, {}, sketches={"question": numbers})
    judge = DriftJudge(cast("Any", asked), lambda _: GivenReference("r", KEY, 0, "jo", "of May", table))

    def first_day() -> Any:
        found = judge.judge(KEY, Window(0, US_PER_DAY)).features
        return next(each for each in found if each.finding.feature == NAME)

    assert (first_day().is_given, first_day().finding.detected) == (True, Detected.NO)
    asked.fill(f"{NAME}/3", range(1), normal(1.5))
    assert (first_day().finding.detected, first_day().finding.told) == (Detected.YES, f"{NAME}/3")


def _reference_values(rng: np.random.Generator, name: str) -> list[float]:
    return [384.0] * 2_000 if name.endswith("size") else rng.normal(size=2_000).tolist()
