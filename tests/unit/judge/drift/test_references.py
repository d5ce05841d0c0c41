"""Giving a reference and taking it back, on real records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from sqlalchemy import update

from evenkeel.judge.drift.records import drift_references, of_service
from evenkeel.judge.drift.references import FEATURES_MAX, DriftReferences
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.embedding import feature_of
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.model import Grid
from evenkeel.kernel.profile.sketches import profile_sketches, sketch_rows
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import Status
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemIds
from evenkeel.store.telemetry.feature_port import FeatureCounts, FeatureGrid
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.trail import trail
from evenkeel.testing.clock import SimClock

KEY = ServiceKey("production", "bot")
TABLE = TableProfile(3, {"age": build_profile([31.0, 44.0, 52.0])}, source="training.parquet")


class Counting:
    """A store that counts nothing, and remembers on which grids it was told to."""

    def __init__(self) -> None:
        self.grids: dict[str, FeatureGrid] = {}
        self.set_times = 0

    def feature_grids(self, _: ServiceKey) -> Sequence[FeatureGrid]:
        return list(self.grids.values())

    def feature_counts(self, *_: Any, **__: Any) -> Sequence[FeatureCounts]:
        return ()

    def set_feature_grids(self, key: ServiceKey, grids: Mapping[str, Grid], *, now_us: int) -> None:
        if len(self.grids.keys() | grids.keys()) > FEATURES_MAX:
            raise InvalidInputError("There are too many.")
        self.set_times += 1
        self.grids |= {name: FeatureGrid(key, name, grid, now_us, "reference") for name, grid in grids.items()}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield opened
    opened.close()


def _references(records: Records, store: Counting) -> DriftReferences:
    return DriftReferences(records, cast("Telemetry", store), SimClock(), SystemIds())


def test_a_reference_counts_from_then_on_and_after_a_restart(records: Records) -> None:
    store = Counting()
    given, fit = _references(records, store).give(KEY, TABLE, actor="jo", reason="trained on it")
    assert fit.notes == {"age": "The service never sent it."}
    assert store.grids["age"].grid == TABLE.features["age"].grid
    assert _references(records, store).of(KEY) == given
    assert given.table == TABLE


def test_a_new_one_takes_the_place_of_the_old_and_both_are_in_the_trail(records: Records) -> None:
    references = _references(records, Counting())
    references.give(KEY, TABLE, actor="jo", reason="trained on it")
    other = TableProfile(2, {"age": build_profile([1.0, 2.0])})
    references.give(KEY, other, actor="jo", reason="trained anew")
    found = references.of(KEY)
    assert found is not None
    assert found.table == other
    rows = trail.latest(records)
    assert [row["action"] for row in rows] == ["drift.reference.set"] * 2
    assert TABLE.version in rows[0]["before"]
    assert trail.verify(records).broken_at is None


def test_taken_back_the_service_is_its_own_reference_again(records: Records) -> None:
    references = _references(records, Counting())
    references.give(KEY, TABLE, actor="jo", reason="trained on it")
    references.reset(KEY, actor="jo", reason="it was the wrong table")
    assert references.of(KEY) is None
    assert _references(records, Counting()).of(KEY) is None
    with pytest.raises(NotFoundError, match="No reference was given"):
        references.reset(KEY, actor="jo", reason="again")


def test_what_was_cut_short_is_counted_at_the_next_start(records: Records) -> None:
    _references(records, Counting()).give(KEY, TABLE, actor="jo", reason="trained on it")
    store = Counting()  # it was never told
    references = _references(records, store)
    references.restore()
    references.restore()
    assert store.set_times == 1


def test_a_reference_of_nothing_that_is_sent_is_refused_with_the_nearest_names(records: Records) -> None:
    store = Counting()
    store.grids["ages"] = FeatureGrid(KEY, "ages", TABLE.features["age"].grid, 0, "traffic")
    with pytest.raises(ConflictError, match="No feature of this reference") as refused:
        _references(records, store).give(KEY, TABLE, actor="jo", reason="trained on it")
    assert "Is it its ages?" in refused.value.hint
    assert store.set_times == 0


@pytest.mark.parametrize(
    ("table", "reason", "why"),
    [
        (TableProfile(0, {}), "trained on it", "no feature"),
        (TABLE, " ", "needs a reason"),
        (TableProfile(1, {f"f{n}": TABLE.features["age"] for n in range(301)}), "wide", "301 features"),
    ],
)
def test_what_is_no_reference_is_refused(records: Records, table: TableProfile, reason: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why):
        _references(records, Counting()).give(KEY, table, actor="jo", reason=reason)


def test_a_reference_that_makes_too_many_features_with_those_counted_is_refused_before_it_is_kept(
    records: Records,
) -> None:
    store, grid = Counting(), TABLE.features["age"].grid
    store.grids = {name: FeatureGrid(KEY, name, grid, 0, "traffic") for name in ("age", *map(str, range(299)))}
    wide = TableProfile(3, dict.fromkeys(("age", "height"), TABLE.features["age"]))
    references = _references(records, store)
    with pytest.raises(InvalidInputError, match="301 features"):
        references.give(KEY, wide, actor="jo", reason="trained on it")
    assert references.of(KEY) is None
    assert _references(records, store).of(KEY) is None
    assert references.give(KEY, TABLE, actor="jo", reason="trained on it")


def test_a_reference_that_cannot_be_counted_does_not_keep_the_rest_from_starting(records: Records) -> None:
    _references(records, Counting()).give(KEY, TABLE, actor="jo", reason="trained on it")
    other = ServiceKey("production", "other")
    _references(records, Counting()).give(other, TABLE, actor="jo", reason="trained on it")
    store = Counting()
    store.grids = {str(n): FeatureGrid(KEY, str(n), TABLE.features["age"].grid, 0, "traffic") for n in range(300)}
    _references(records, store).restore()
    assert store.set_times == 0


@pytest.mark.parametrize("document", ["{", "null", '{"past": {}}', '{"past": 3}', '{"table_format": 1}'])
def test_a_damaged_reference_is_named_and_keeps_nobody_else_from_their_start(
    records: Records, document: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is its service compared with something else, as if nobody had given one."""
    other = ServiceKey("production", "other")
    references = _references(records, Counting())
    references.give(KEY, TABLE, actor="jo", reason="trained on it")
    references.give(other, TABLE, actor="jo", reason="trained on it")
    with records.transaction() as connection:
        connection.execute(update(drift_references).where(of_service(KEY)).values(document=document))
    again = _references(records, Counting())
    again.restore()
    found = again.of(KEY)
    assert found is not None
    assert found.unreadable
    assert "production/bot cannot be read" in caplog.text
    assert again.of(other) == references.of(other)
    judged = DriftJudge(cast("Telemetry", Counting()), again.of).judge(KEY, Window(0, US_PER_DAY))
    assert (judged.features, judged.data.status, judged.given) == ((), Status.UNKNOWN, found)
    again.give(KEY, TABLE, actor="jo", reason="given again")
    assert _references(records, Counting()).of(KEY) == again.of(KEY)


def test_a_column_of_vectors_is_a_reference_of_the_embedding_of_its_name(records: Records) -> None:
    store = Counting()
    sketches = profile_sketches({end: each.tolist() for end, each in sketch_rows(np.eye(20)).items()})
    table = TableProfile(20, {}, sketches={"question": sketches})
    _, fit = _references(records, store).give(KEY, table, actor="jo", reason="what it was asked in May")
    assert fit.notes == {"embedding:question": "The service never sent it."}
    assert store.grids.keys() == {feature_of("question", end) for end in sketches}
    assert _references(records, store).of(KEY) is not None
    assert _references(records, store).fit(KEY, table).notes == fit.notes
