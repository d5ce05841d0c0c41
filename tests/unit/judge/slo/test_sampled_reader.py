"""All SLOs together: those of rates of quality are read from the verdicts of their objectives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Assessors, Occasion
from evenkeel.judge.objectives.model import JudgedService, Objective, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.slo.budget import Mode
from evenkeel.judge.slo.budget_reader import ReaderDependencies
from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.gate import ChangeKind, DecidedBy, decide_gate
from evenkeel.judge.slo.model import ErrorsSli, Slo
from evenkeel.judge.slo.sampled_reader import SampledSloReader
from evenkeel.judge.slo.wording import describe_status
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.kernel.verdict import Status, judge_verdict
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
ACCURACY = Objective("accuracy", 0.9, 0.85, None, 86_400)
BEGAN_US = NOON_US - 3 * US_PER_DAY


def judged(
    objective: Objective, low: float, high: float, *, n: int = 400, valid_us: int = US_PER_HOUR
) -> ServiceStatus:
    value, window = (low + high) / 2 if n else None, Window(BEGAN_US, NOON_US)
    estimate = Estimate(value, objective.unit, low, high, 0.99, 0.95, n, "test", window, 1.0, NOON_US, NOON_US)
    verdict = judge_verdict(estimate, objective.limits, now_us=NOON_US, valid_for_us=valid_us)
    by_window = {WindowName.VERDICT: verdict, WindowName.REPORT: verdict}
    found = ObjectiveVerdict(objective, verdict, WindowName.VERDICT, by_window, NOON_US, "")
    return ServiceStatus(BOT, "ml", Status.OK, NOON_US, (found,))


class House:
    """A service that was first heard from three days ago, and what its objectives say."""

    def __init__(self, telemetry: DuckTelemetry) -> None:
        self.services: list[ServiceStatus] = []
        self.fixed_30d = False
        self.assessors: Assessors = {}
        self.unseen: list[JudgedService] = []
        self.engine = SloEngine(telemetry)
        feeder = Feeder(telemetry)
        feeder.fold(*(feeder.event(at=BEGAN_US + n * US_PER_HOUR) for n in range(73)))
        given = ReaderDependencies(
            telemetry, self.engine, lambda _key, _window: (), lambda _: 3_600.0, lambda: self.fixed_30d
        )
        self.reader = SampledSloReader(
            given, lambda _: self.services, lambda: "UTC", lambda: self.assessors, lambda: self.unseen
        )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield House(telemetry)
    telemetry.close()


def test_a_budget_is_of_the_month_as_long_as_it_is_or_of_30_days(house: House) -> None:
    house.services = [judged(ACCURACY, 0.8, 0.9)]
    (status,) = house.reader.statuses(NOON_US)
    assert status.budget is not None
    assert status.budget.used_ratio == pytest.approx((0.3 / 3.1, 0.6 / 3.1))
    assert status.mode is Mode.VELOCITY
    house.fixed_30d = True
    (month,) = house.reader.months(status.slo, NOON_US)
    assert month.status.budget is not None
    assert month.status.budget.used_ratio == pytest.approx((0.1, 0.2))
    assert month.is_running
    assert house.reader.bad_hours(status) == []


def test_a_verdict_that_was_not_renewed_makes_no_budget(house: House) -> None:
    house.services = [judged(ACCURACY, 0.8, 0.9)]
    slo = house.reader.find_path("production/bot/accuracy")
    late = house.reader.status(slo, NOON_US + 2 * US_PER_HOUR)
    assert (late.budget, late.mode) == (None, None)
    assert "not renewed" in late.why_unknown
    house.services = []
    assert house.reader.status(slo, NOON_US).why_unknown == "it is not judged yet"
    with pytest.raises(NotFoundError):
        house.reader.find_path("production/bot/accuracy")


def test_days_that_no_sample_is_about_may_have_been_bad(house: House) -> None:
    found = judged(ACCURACY, 0.9, 0.9)
    (verdict,) = found.verdicts
    report = verdict.by_window[WindowName.REPORT]
    half = replace(report, estimate=replace(report.estimate, coverage=0.5))
    house.services = [replace(found, verdicts=(replace(verdict, by_window={WindowName.REPORT: half}),))]
    (status,) = house.reader.statuses(NOON_US)
    assert status.budget is not None
    assert status.budget.used_ratio == pytest.approx((0.15 / 3.1, (0.15 + 1.5) / 3.1))
    assert "about 50 % of the month so far" in describe_status(status)


class Told:
    """An assessor that tells the same of every time before `until_us`, and remembers what it was asked."""

    def __init__(self, until_us: int) -> None:
        self.until_us = until_us
        self.asked: list[Window] = []

    def __call__(self, occasion: Occasion) -> Told:
        assert occasion.asked is not None and occasion.only_mature
        self.asked.append(occasion.asked)
        return self

    def has_evidence(self, objective: Objective) -> bool:
        return True

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        assert name is WindowName.REPORT
        window, n = self.asked[-1], 100 if self.asked[-1].start_us < self.until_us else 0
        value = 0.95 if n else None
        return Estimate(value, objective.unit, 0.9, 1.0, 0.99, 0.95, n, "test", window, 1.0, NOON_US, NOON_US)


LATER_US = NOON_US + 60 * US_PER_DAY  # the 3rd of December


def test_months_that_are_over_are_assessed_anew_and_without_anything_that_is_kept_they_are_unknown(
    house: House,
) -> None:
    told = Told(NOON_US)
    house.assessors = {Reads.LABELS: told}
    house.services = [judged(ACCURACY, 0.8, 0.9, valid_us=90 * US_PER_DAY)]
    slo = house.reader.find_path("production/bot/accuracy")
    running, november, october = house.reader.months(slo, LATER_US)
    assert (running.is_running, november.is_partial, october.is_partial) == (True, False, True)
    assert november.status.budget is None
    assert november.status.why_unknown == "no labels that are kept are about it"
    assert october.status.budget is not None
    assert october.status.counted == Window(BEGAN_US, october.status.period.end_us)
    assert october.status.budget.used_ratio == pytest.approx((0.0, 0.1 * october.status.counted.minutes / 4_464.0))
    asked = len(told.asked)
    house.reader.months(slo, LATER_US + US_PER_HOUR // 2)
    assert len(told.asked) == asked  # for an hour it is remembered
    house.reader.months(slo, LATER_US + 2 * US_PER_HOUR)
    assert len(told.asked) == 2 * asked


def test_a_burn_down_of_a_sample_is_told_in_steps_and_ends_where_the_budget_stands(house: House) -> None:
    house.services = [judged(ACCURACY, 0.9, 1.0)]
    house.assessors = {Reads.LABELS: Told(NOON_US)}
    (status,) = house.reader.statuses(NOON_US)
    points = house.reader.burn_down(status)
    assert [point.at_us for point in points] == [BEGAN_US + n * US_PER_DAY for n in range(4)]
    assert [round(point.low, 6) for point in points] == [1.0, *(round(1 - 0.1 * n / 3.1, 6) for n in (1, 2, 3))]
    assert {point.high for point in points} == {1.0}
    house.assessors = {}
    assert [point.high for point in house.reader.burn_down(status)] == [1.0] * 4  # what cannot be read may be good
    assert house.reader.burn_down(replace(status, budget=None)) == []


def test_a_rate_that_governs_is_unknown_to_the_gate_until_it_is_judged(house: House) -> None:
    objectives = (replace(ACCURACY, declared=True), Objective("recall", 0.9, 0.85))
    house.unseen = [JudgedService(BOT, "ml", True, "", objectives)]
    (status,) = house.reader.statuses(NOON_US)
    assert (status.slo.name, status.mode, status.why_unknown) == ("accuracy", None, "it is not judged yet")
    decision = decide_gate(BOT, ChangeKind.ROLLOUT, [status])
    assert not decision.allowed and decision.by is DecidedBy.UNKNOWN


def test_what_is_no_rate_or_not_judged_has_none_and_what_is_unknown_says_why(house: House) -> None:
    house.services = [judged(Objective("rmse", 1.0, 2.0), 0.8, 0.9)]
    assert house.reader.statuses(NOON_US) == []
    house.services = [replace(judged(ACCURACY, 0.8, 0.9), judged=False)]
    assert house.reader.statuses(NOON_US) == []
    house.services = [judged(ACCURACY, 0.0, 1.0, n=0)]
    (status,) = house.reader.statuses(NOON_US, BOT)
    assert (status.mode, status.why_unknown) == (None, "no labels are about this month yet")
    assert house.reader.statuses(NOON_US, ServiceKey("production", "other")) == []


def test_a_counted_slo_of_the_same_name_stands_and_others_are_listed_beside_it(house: House) -> None:
    own = Slo(BOT, "accuracy", "Own", ErrorsSli(), 0.9)
    house.services = [judged(ACCURACY, 0.0, 1.0)]
    house.engine.set_slos([own])
    house.engine.observe(NOON_US)
    (status,) = house.reader.statuses(NOON_US)
    assert status.slo == own == house.reader.find_path("production/bot/accuracy")
    assert house.reader.months(own, NOON_US)
    house.engine.set_slos([replace(own, name="errors")])
    house.engine.observe(NOON_US)
    assert [each.slo.name for each in house.reader.statuses(NOON_US)] == ["accuracy", "errors"]
