"""A service's fairness: judged by what its owner says is fair, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.unit.judge.fairness.test_evidence import Told

from evenkeel.judge.fairness.model import Criterion
from evenkeel.judge.fairness.service import Look, ServiceFairness, judge_service_fairness, policy_of
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import Status
from evenkeel.org.config.fairness import METRICS, FairnessConfig
from evenkeel.store.telemetry.group_port import GroupCell
from evenkeel.store.telemetry.port import ServiceKey

WEEK = Window(0, 7 * US_PER_DAY)
WHY = "Who is invited may not depend on it."


def judged(selected: Mapping[Any, tuple[int, int]], *, alpha: float | None = None) -> ServiceFairness:
    cells = [
        GroupCell("1", 0, group, favoured, None, float(n), float(n))
        for group, (hits, rows) in selected.items()
        for favoured, n in ((True, hits), (False, rows - hits))
        if n
    ]
    given = {"attributes": ("sex", "age"), "metric": "demographic_parity", "why": WHY, "favourable": "yes"}
    policy = policy_of(FairnessConfig.model_validate(given))
    return judge_service_fairness(
        Told(cells), ServiceKey("production", "hiring"), policy, Look(WEEK, WEEK.end_us, alpha=alpha)
    )


def test_every_criterion_can_be_configured() -> None:
    assert {name.replace("_", " ") for name in METRICS} == {each.value for each in Criterion}


def test_the_worst_comes_first_and_intersections_are_compared_too() -> None:
    found = judged(
        {("f", "<40"): (100, 1000), ("f", "40+"): (500, 1000), ("m", "<40"): (500, 1000), ("m", "40+"): (100, 1000)}
    )
    assert [each.finding.attributes for each in found.findings] == [("sex", "age"), ("sex",), ("age",)]
    assert found.status is Status.BREACH
    assert found.findings[1].verdict.status is Status.OK
    gap = found.gap(Criterion.DEMOGRAPHIC_PARITY)
    assert gap is not None and gap.value == pytest.approx(0.4)
    assert 0.10 < gap.low < 0.4 < gap.high
    assert found.gap(Criterion.EQUAL_OPPORTUNITY) is None


def test_a_small_group_is_named_and_told_by_no_number() -> None:
    found = judged(
        {("f", "<40"): (500, 1000), ("f", "40+"): (4, 37), ("m", "<40"): (500, 1000), ("m", "40+"): (500, 1000)}
    )
    crossed = next(each for each in found.findings if len(each.finding.attributes) == 2)
    assert "f × 40+" in crossed.says
    assert "37" not in crossed.says and "63" not in crossed.says
    assert all(n is None for gap in crossed.finding.gaps for _, n in gap.too_small)
    assert crossed.verdict.status is Status.PARTIAL


def test_where_an_attribute_is_never_named_nothing_is_ok() -> None:
    found = judged({("f", None): (5000, 10_000), ("m", None): (5000, 10_000)})
    assert [each.finding.attributes for each in found.findings] == [("sex",)]
    assert found.findings[0].verdict.status is Status.OK
    assert found.status is Status.PARTIAL
    gap = found.gap(Criterion.DEMOGRAPHIC_PARITY)
    assert gap is not None and gap.if_missing_bad == 1.0 and "attribute_not_counted" in gap.reasons


def test_a_stricter_chance_of_error_asks_for_more() -> None:
    cells = {("f", "<40"): (4000, 10_000), ("m", "<40"): (5000, 10_000)}
    usual, strict = judged(cells), judged(cells, alpha=1e-6)
    one, other = usual.gap(Criterion.DEMOGRAPHIC_PARITY), strict.gap(Criterion.DEMOGRAPHIC_PARITY)
    assert one is not None and other is not None
    assert 0.0 < other.low < one.low
    assert one.value == other.value == pytest.approx(0.1)
