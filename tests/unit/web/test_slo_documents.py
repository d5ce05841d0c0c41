"""SLOs as documents: numbers as they are, pairs as [low, high], nothing invented."""

from __future__ import annotations

import json
import math
from typing import Any

from evenkeel.judge.slo.budget import MINUTES_30D, Tally, Terms, Unit, compute_budget
from evenkeel.judge.slo.gate import ChangeKind, decide_gate
from evenkeel.judge.slo.model import MinutesSli, Slo
from evenkeel.judge.slo.status import Month, SloStatus
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.slo_documents import gate_document, month_document, slo_document

BOT = ServiceKey("production", "bot")
MONTH = Window(0, 30 * US_PER_DAY)


def status(bad: float, unknown: float, seen: float = 43_000.0) -> SloStatus:
    budget = compute_budget(Tally(seen, bad, unknown), Terms(0.001, Unit.MINUTES, MINUTES_30D, MINUTES_30D))
    slo = Slo(BOT, "availability", "Available minutes", MinutesSli(), 0.999)
    return SloStatus(slo, MONTH.end_us, MONTH, MONTH, budget, budget, 30.0, why_unknown="" if budget else "silent")


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [each for part in value.values() for each in numbers(part)]
    if isinstance(value, list):
        return [each for part in value for each in numbers(part)]
    return [float(value)] if isinstance(value, int | float) else []


def test_an_slo_is_told_with_both_bounds_and_how_it_was_decided() -> None:
    document = slo_document(status(12, 200))
    assert (document["mode"], document["mode_by_bound"], document["target_met"]) == ("freeze", True, None)
    assert document["budget"]["spent"] == [12, 212]
    assert document["excluded_minutes"] == 30.0
    assert document["counts"] == "bad minutes"
    assert document["period"] == {"from": "1970-01-01T00:00:00.000Z", "to": "1970-01-31T00:00:00.000Z"}


def test_overspent_and_empty_budgets_are_json_without_infinities() -> None:
    for found in (status(10_000, 0), status(0, 0, 0)):
        for document in (
            slo_document(found),
            month_document(Month(found, is_running=False, is_partial=True), "1970-01"),
            gate_document(decide_gate(BOT, ChangeKind.ROLLOUT, [found])),
        ):
            text = json.dumps(document, allow_nan=False)
            assert all(math.isfinite(each) for each in numbers(json.loads(text)))
    assert slo_document(status(0, 0, 0))["mode"] == "unknown"
    assert slo_document(status(0, 0, 0))["budget"] is None
