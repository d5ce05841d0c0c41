"""Which segment carries the drift of a running service's feature."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, age_and_language, normal

from evenkeel.judge.drift.carried import Carried, describe_compared
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.feature_port import SegmentCounts, SegmentLevel

LAST_DAY = Window(29 * US_PER_DAY, 30 * US_PER_DAY)


@dataclass
class SegmentedStore(CountedStore):
    """A store whose predictions of the first days are kept, or only those after them; es moves by `shift`."""

    kept_from: int = 0
    shifts: dict[str, float] = field(default_factory=lambda: {"de": 0.0, "es": 2.0})
    one_in: int = 1
    windows: list[tuple[Window, Window]] = field(default_factory=list[tuple[Window, Window]])

    def feature_by_segment(self, _: Any, feature: str, windows: tuple[Window, Window]) -> SegmentCounts:
        self.windows.append(windows)
        rng, grid = np.random.default_rng(4), self.grids[feature].grid
        is_kept = windows[0].start_us >= self.kept_from
        levels = [
            SegmentLevel(
                "country", level, is_named=True,
                counts=(
                    count_values(rng.normal(size=8_400 if is_kept else 0), grid),
                    count_values(rng.normal(shift, 1.0, size=1_200), grid),
                ),
            )
            for level, shift in self.shifts.items()
        ]  # fmt: skip
        rows = 16_800 * is_kept, 2_400
        return SegmentCounts(levels, (rows[0] * self.one_in, rows[1]), rows, (self.one_in, 1))


@pytest.fixture
def store() -> SegmentedStore:
    made = SegmentedStore()
    made.grids = {"age": age_and_language().grids["age"]}
    made.fill("age", range(29), normal(0.0))
    made.fill("age", range(29, 30), lambda rng, _: np.concatenate([rng.normal(size=50), rng.normal(2.0, 1.0, 50)]))
    return made


def _carried(store: SegmentedStore, window: Window = LAST_DAY) -> Carried:
    return DriftJudge(cast("Any", store), lambda _: None).carried(KEY, window, "age")


def test_the_level_without_which_nothing_is_left_is_told_beside_the_reference(store: SegmentedStore) -> None:
    found = _carried(store)
    assert found.describe().startswith(
        "age is carried by country = es: without country = es nothing that matters is left (PSI"
    )
    assert (found.is_reference, found.is_cut) == (True, False)
    assert describe_compared(found) == "Of 2,400 predictions now, beside 16,800 predictions of the reference's days."


def test_once_the_reference_is_gone_it_is_the_days_before_it_began(store: SegmentedStore) -> None:
    store.kept_from = 10 * US_PER_DAY
    found = _carried(store)
    assert [each.level for each in found.carriers] == ["es"]
    then, now = store.windows[-1]
    assert then.end_us == now.start_us == 29 * US_PER_DAY
    assert then.end_us - then.start_us == 7 * US_PER_DAY
    assert describe_compared(found).endswith("of the days before it began.")


def test_what_is_no_longer_kept_is_said(store: SegmentedStore) -> None:
    store.kept_from = 40 * US_PER_DAY
    found = _carried(store)
    assert "predictions of its reference are not kept" in found.describe()
    assert describe_compared(found) == ""


def test_drift_that_is_the_same_everywhere_is_carried_by_nobody(store: SegmentedStore) -> None:
    store.shifts = {"de": 1.0, "es": 1.0}
    assert _carried(store).describe().startswith("No level of country carries it alone")


def test_without_segments_the_page_says_how_to_name_them(store: SegmentedStore) -> None:
    store.shifts = {}
    assert "name no segment" in _carried(store).describe()


def test_that_only_a_part_was_read_is_said(store: SegmentedStore) -> None:
    store.one_in = 3
    assert describe_compared(_carried(store)).endswith("; an even part of 2,400 and 50,400.")


def test_what_has_not_drifted_is_carried_by_nothing_and_what_is_not_judged_is_not_found(store: SegmentedStore) -> None:
    quiet = _carried(store, Window(20 * US_PER_DAY, 21 * US_PER_DAY))
    assert "it has not drifted so far that it matters" in quiet.describe()
    with pytest.raises(NotFoundError, match="No feature 'weight'"):
        DriftJudge(cast("Any", store), lambda _: None).carried(KEY, LAST_DAY, "weight")
