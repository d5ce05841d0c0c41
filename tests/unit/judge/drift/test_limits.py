"""What size of a difference matters: the operating model's, or what a service's own objectives say."""

from __future__ import annotations

from typing import Any, cast

from tests.unit.judge.drift.conftest import KEY, age_and_language, level, normal

from evenkeel.judge.drift.limits import DriftLimits, Matters
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.drift import drift_assessor, drift_limits
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import Status, judge_verdict
from evenkeel.store.telemetry.port import ServiceState
from evenkeel.web.drift import drift_document
from evenkeel.web.drift_page import drift_values

LAST_DAY = Window(11 * US_PER_DAY, 12 * US_PER_DAY)
OWN = Objective("data_drift", 0.6, 3.0, None, 86_400)


def test_page_map_and_objective_take_the_limit_that_a_service_has_of_its_own() -> None:
    store = age_and_language()
    store.fill("age", range(11), normal(0.0))
    store.fill("age", range(11, 12), normal(0.9))
    store.fill("language", range(12), level(0.0))
    usual = drift_document(DriftJudge(cast("Any", store), lambda _: None), KEY, LAST_DAY)
    assert (usual["data"]["status"], usual["limits"]["data"]) == ("breach", {"target": 0.1, "alert": 0.2})
    judge = DriftJudge(cast("Any", store), lambda _: None, limits=lambda _: drift_limits([OWN]))
    own = drift_document(judge, KEY, LAST_DAY)
    assert own["limits"] == {"data": {"target": 0.6, "alert": 3.0}, "prediction": {"target": 0.1, "alert": 0.2}}
    assert own["data"]["status"] == "warning" and own["data"]["psi"] == usual["data"]["psi"]
    states = {cell["state"] for row in own["heat"]["rows"] for cell in row["cells"]}
    assert "warning" in states and "breach" not in states
    assert "up to 0.6 is ok" in drift_values(own, {})["limits"]
    assert "of predictions, up to 0.1 and beyond 0.2" in drift_values(own, {})["limits"]
    state = ServiceState(KEY, 0, LAST_DAY.end_us, LAST_DAY.end_us, None, None, 1, frozenset(("prediction",)))
    occasion = Occasion(cast("Any", store), state, LAST_DAY.end_us, "UTC")
    estimate = drift_assessor(judge)(occasion).assess(OWN, WindowName.VERDICT)
    verdict = judge_verdict(estimate, OWN.limits, now_us=LAST_DAY.end_us, valid_for_us=0)
    assert (verdict.status, estimate.value) == (Status.WARNING, own["data"]["psi"]["value"])


def test_a_number_of_an_embedding_is_judged_as_what_is_asked() -> None:
    limits = DriftLimits(data=Matters(0.3, 0.4))
    assert limits.of("embedding:question/norm") == limits.of("age") == Matters(0.3, 0.4)
    assert limits.of("prediction.score") == Matters.beyond(0.2)
