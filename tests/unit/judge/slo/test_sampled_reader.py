"""All SLOs together: those of rates of quality are read from the verdicts of their objectives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evenkeel.judge.objectives.model import JudgedService, Objective, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.slo.budget import Mode
from evenkeel.judge.slo.budget_reader import ReaderDependencies
from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.gate import ChangeKind, DecidedBy, decide_gate
from evenkeel.judge.slo.model import ErrorsSli, Slo
from evenkeel.judge.slo.sampled_reader import SampledSloReader
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
        self.events_days = 30
        self.unseen: list[JudgedService] = []
        self.engine = SloEngine(telemetry)
        feeder = Feeder(telemetry)
        feeder.fold(*(feeder.event(at=BEGAN_US + n * US_PER_HOUR) for n in range(73)))
        given = ReaderDependencies(
            telemetry, self.engine, lambda _key, _window: (), lambda _: 3_600.0, lambda: self.fixed_30d
        )
        self.reader = SampledSloReader(
            given, lambda _: self.services, lambda: "UTC", lambda: self.events_days, lambda: self.unseen
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
    assert (house.reader.burn_down(status), house.reader.bad_hours(status)) == ([], [])


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


def test_days_whose_events_are_gone_or_that_no_sample_is_about_may_have_been_bad(house: House) -> None:
    def used() -> tuple[float, float]:
        (status,) = house.reader.statuses(NOON_US)
        assert status.budget is not None
        return status.budget.used_ratio

    found = judged(ACCURACY, 0.9, 0.9)
    house.services = [found]
    assert used() == pytest.approx((0.3 / 3.1, 0.3 / 3.1))
    house.events_days = 1  # since midnight of yesterday: of three days, one and a half are known
    assert used() == pytest.approx((0.15 / 3.1, (0.15 + 1.5) / 3.1))
    house.events_days = 30
    (verdict,) = found.verdicts
    estimate = verdict.headline.estimate
    silent = replace(estimate, value=None, n=0, window=Window(NOON_US - 2 * US_PER_DAY, NOON_US))
    nothing = judge_verdict(silent, ACCURACY.limits, now_us=NOON_US, valid_for_us=US_PER_HOUR)
    by_window = {**verdict.by_window, WindowName.VERDICT: nothing}
    house.services = [replace(found, verdicts=(replace(verdict, by_window=by_window),))]
    assert used() == pytest.approx((0.1 / 3.1, (0.1 + 2.0) / 3.1))


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
