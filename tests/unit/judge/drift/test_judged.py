"""What is said of a running service's window."""

from __future__ import annotations

from typing import Any, cast

from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.time import US_PER_DAY, Window


def test_what_is_asked_and_what_is_said_have_an_answer_each(store: CountedStore) -> None:
    del store.grids["language"]
    store.grid("prediction.score", store.grids["age"].grid, made_at=US_PER_DAY)
    store.fill("age", range(12), normal(0.0))
    store.fill("prediction.score", range(11), normal(0.0))
    store.fill("prediction.score", range(11, 12), normal(2.0))
    drift = DriftJudge(cast("Any", store), lambda _: None).judge(KEY, Window(11 * US_PER_DAY, 12 * US_PER_DAY))
    assert (drift.data.features, drift.data.status.value) == (1, "ok")
    assert (drift.prediction.feature, drift.prediction.status.value) == ("prediction.score", "breach")
    age = drift.features[0]
    assert not age.is_provisional
    assert age.reference.n == 7 * 2_400
