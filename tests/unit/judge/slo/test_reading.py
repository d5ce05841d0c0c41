"""How SLOs stand, on a real store: compared with plain sums over the events that were put in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from evenkeel.judge.slo.budget import Mode, Unit
from evenkeel.judge.slo.budget_reader import ReaderDependencies
from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.model import (
    BudgetWindow,
    CompositeSli,
    ErrorsSli,
    LatencySli,
    Method,
    MinutesSli,
    ProbesSli,
    Slo,
    SourceSli,
)
from evenkeel.judge.slo.probed import Pace
from evenkeel.judge.slo.reading import SloReader
from evenkeel.judge.slo.status import SloStatus
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.org.calendar.model import merge_spans
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
ERRORS = Slo(BOT, "errors", "Errors", ErrorsSli(), 0.9)
MINUTES = Slo(BOT, "minutes", "Minutes", MinutesSli(), 0.9, Method.TIMESLICES)
DAY = BudgetWindow(rolling_s=86_400)
#: Midnight before the feeder's noon: 4 October 2024.
MIDNIGHT = NOON_US - 12 * US_PER_HOUR


@dataclass
class House:
    """A store, an engine and a reader whose maintenance and month can be set."""

    feeder: Feeder
    engine: SloEngine
    slos: list[Slo] = field(default_factory=list[Slo])
    maintenance: list[Window] = field(default_factory=list[Window])
    fixed_30d: bool = False
    cadence_s: float | None = 120.0
    reader: SloReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = SloReader(
            ReaderDependencies(
                self.feeder.telemetry,
                self.engine,
                lambda _key, window: merge_spans(self.maintenance, window),
                lambda _key: self.cadence_s,
                lambda: self.fixed_30d,
                pace=lambda _name: Pace(300.0),
            )
        )

    def feed(self, first_us: int, minutes: int, *, bad: int = 0, each: int = 1, **more: Any) -> None:
        """`each` requests a minute, failing in the first `bad` minutes."""
        self.feeder.fold(
            *(
                self.feeder.event(at=first_us + n * US_PER_MINUTE + part, outcome="bad" if n < bad else "good", **more)
                for n in range(minutes)
                for part in range(each)
            )
        )

    def status(self, slo: Slo, now_us: int) -> SloStatus:
        self.watch(now_us, slo)
        return self.reader.status(slo, now_us)

    def watch(self, now_us: int, *slos: Slo) -> None:
        self.engine.set_slos([*slos])
        self.engine.observe(now_us)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    yield House(Feeder(telemetry), SloEngine(telemetry))
    telemetry.close()


def test_events_are_counted_from_the_start_of_the_month_to_now(house: House) -> None:
    house.feed(NOON_US - 600 * US_PER_MINUTE, 600, bad=30, each=2)
    status = house.status(ERRORS, NOON_US)
    assert status.budget is not None
    assert (status.budget.total, status.budget.spent, status.budget.unknown) == (1_200, (60, 60), 0)
    assert status.budget.unit is Unit.EVENTS
    assert status.period.minutes == 31 * 1_440
    assert status.counted.minutes == 600
    assert status.budget.used_ratio[0] == pytest.approx(60 / (0.1 * 1_200 * 31 * 1_440 / 600))
    assert status.budget.attainment[0] == pytest.approx(0.95)
    assert status.is_met is True


def test_minutes_are_counted_in_minutes_and_those_without_evidence_are_unknown(house: House) -> None:
    slo = replace(MINUTES, window=DAY)
    house.feed(NOON_US - 1_440 * US_PER_MINUTE, 1_000, bad=20)
    status = house.status(slo, NOON_US)
    assert status.budget is not None
    assert (status.budget.unit, status.budget.total, status.budget.unknown) == (Unit.MINUTES, 1_000, 440)
    assert status.budget.spent == (20, 460)
    assert status.budget.allowed == pytest.approx(144)
    assert status.budget.modes == (Mode.FREEZE, Mode.VELOCITY)
    assert status.is_met is None


def test_a_service_is_charged_for_nothing_before_it_was_first_seen(house: House) -> None:
    house.feed(NOON_US - 60 * US_PER_MINUTE, 60)
    status = house.status(MINUTES, NOON_US)
    assert status.budget is not None
    assert (status.budget.total, status.budget.unknown) == (60, 0)
    assert status.counted == Window(NOON_US - 60 * US_PER_MINUTE, NOON_US)


def test_what_a_silent_service_may_have_failed_in_widens_the_bounds(house: House) -> None:
    slo = replace(ERRORS, window=DAY)
    house.feed(NOON_US - 1_440 * US_PER_MINUTE, 720)
    house.feed(NOON_US - 180 * US_PER_MINUTE, 180)
    status = house.status(slo, NOON_US)
    assert status.budget is not None
    assert status.budget.spent[0] == 0
    assert status.budget.unknown == pytest.approx(900 * 540 / 900, rel=0.1)  # nine of 24 hours
    assert status.budget.is_by_bound


def test_that_a_service_is_silent_now_is_known_before_its_signs_of_life_are_read_again(house: House) -> None:
    house.feed(NOON_US - 60 * US_PER_MINUTE, 60)
    assert getattr(house.status(ERRORS, NOON_US).budget, "unknown", None) == 0
    later = house.reader.status(ERRORS, NOON_US + 9 * US_PER_MINUTE).budget
    assert later is not None
    assert later.unknown == pytest.approx(10, abs=0.5)  # since its last minute began


def test_maintenance_is_left_out_to_the_minute_and_the_rest_is_shown_beside_it(house: House) -> None:
    start = NOON_US - 3 * US_PER_DAY
    house.feed(start, 3 * 1_440, bad=90)
    house.maintenance = [Window(start, start + 80 * US_PER_MINUTE)]  # ends within an hour that is kept as one
    status = house.status(ERRORS, NOON_US)
    assert status.budget is not None and status.budget_with_maintenance is not None
    assert status.budget.spent == (10, 10)
    assert status.budget.total == 3 * 1_440 - 80
    assert status.budget_with_maintenance.spent == (90, 90)
    assert status.excluded_minutes == 80
    assert status.budget.allowed_minutes == pytest.approx(0.1 * (31 * 1_440 - 80))


def test_each_month_is_judged_by_itself_on_its_own_calendar(house: House) -> None:
    """Berlin's October begins at 22:00 UTC; what failed before is September's."""
    slo = replace(ERRORS, window=BudgetWindow(calendar="month", timezone="Europe/Berlin"))
    edge = MIDNIGHT - 3 * US_PER_DAY - 2 * US_PER_HOUR
    house.feed(edge - 300 * US_PER_MINUTE, 400, bad=300)
    house.watch(NOON_US, slo)
    october, september = house.reader.months(slo, NOON_US)
    assert september.status.budget is not None and october.status.budget is not None
    assert (september.status.budget.spent[0], september.status.is_met) == (300, False)
    assert (october.status.budget.spent[0], october.status.budget.total) == (0, 100)
    assert (september.is_running, september.is_partial, october.is_running) == (False, True, True)
    assert september.status.period.minutes == 30 * 1_440


def test_a_month_of_30_days_is_used_where_it_is_configured(house: House) -> None:
    house.feed(NOON_US - 60 * US_PER_MINUTE, 60)
    assert getattr(house.status(MINUTES, NOON_US).budget, "allowed", 0) == pytest.approx(0.1 * 31 * 1_440)
    house.fixed_30d = True
    assert getattr(house.status(MINUTES, NOON_US).budget, "allowed", 0) == pytest.approx(0.1 * 30 * 1_440)


def test_a_window_longer_than_the_engine_keeps_is_read_from_the_store(house: House) -> None:
    slo = replace(ERRORS, window=BudgetWindow(rolling_s=60 * 86_400))
    house.feed(NOON_US - 50 * US_PER_DAY, 60, bad=6)
    house.feed(NOON_US - 60 * US_PER_MINUTE, 60)
    status = house.status(slo, NOON_US)
    assert status.budget is not None
    assert (status.budget.total, status.budget.spent[0]) == (120, 6)
    assert status.budget.unknown > 0  # it was silent in between


def test_the_burn_down_ends_where_the_budget_stands_and_never_rises(house: House) -> None:
    house.feed(NOON_US - 600 * US_PER_MINUTE, 600, bad=30)
    status = house.status(replace(ERRORS, window=DAY), NOON_US)
    points = house.reader.burn_down(status)
    assert status.budget is not None
    assert (points[0].low, points[0].high) == (1.0, 1.0)
    assert points[-1].high == pytest.approx(status.budget.remaining_ratio[1])
    assert all(later.high <= earlier.high + 1e-9 for earlier, later in itertools.pairwise(points))


def test_stretches_that_spent_the_budget_are_named_the_latest_first(house: House) -> None:
    house.feed(NOON_US - 50 * US_PER_MINUTE, 5, bad=5, each=3)
    house.feed(NOON_US - 20 * US_PER_MINUTE, 5, bad=1)
    status = house.status(ERRORS, NOON_US)
    stretches = house.reader.bad_hours(status)
    assert [(bad, total) for _, bad, total in stretches] == [(1, 1), *[(3, 3)] * 5]


def test_parts_burn_together_by_their_weights(house: House) -> None:
    slow = Slo(BOT, "slow", "Slow", LatencySli(2.0), 0.8)
    both = Slo(BOT, "both", "Both", CompositeSli((("errors", 0.5), ("slow", 2.0))), 0.9)
    house.feed(NOON_US - 100 * US_PER_MINUTE, 90, bad=10, latency_s=0.5)
    house.feed(NOON_US - 10 * US_PER_MINUTE, 10, latency_s=3.0)
    house.watch(NOON_US, ERRORS, slow, both)
    one, two, whole = (house.reader.status(slo, NOON_US).budget for slo in (ERRORS, slow, both))
    assert one is not None and two is not None and whole is not None
    assert (one.spent[0], two.spent[0]) == (10, 10)
    assert whole.used_ratio[0] == pytest.approx(0.5 * one.used_ratio[0] + 2.0 * two.used_ratio[0])


@pytest.mark.parametrize(("method", "bad"), [(Method.TIMESLICES, 25.0), (Method.RATIO_TIMESLICES, 0.5 * 20 + 2.0 * 5)])
def test_slices_of_parts_are_bad_with_any_or_by_all_shortfalls(house: House, method: Method, bad: float) -> None:
    slow = Slo(BOT, "slow", "Slow", LatencySli(2.0), 0.8)
    both = Slo(BOT, "both", "Both", CompositeSli((("errors", 0.5), ("slow", 2.0))), 0.9, method)
    house.feed(NOON_US - 100 * US_PER_MINUTE, 95, bad=20, latency_s=0.5)
    house.feed(NOON_US - 5 * US_PER_MINUTE, 5, latency_s=3.0)
    house.watch(NOON_US, ERRORS, slow, both)
    found = house.reader.status(both, NOON_US).budget
    assert found is not None
    # At most the whole of a slice is bad: 2.0 times a slow minute is one bad minute.
    assert found.spent[0] == (bad if method is Method.TIMESLICES else 0.5 * 20 + 5)
    assert found.unit is Unit.MINUTES


def test_what_is_not_known_says_why(house: House) -> None:
    other = replace(ERRORS, key=ServiceKey("production", "other"))
    assert house.status(other, NOON_US).why_unknown == "the service was never heard from"
    house.feed(NOON_US - 10 * US_PER_MINUTE, 10, latency_s=None)
    source = replace(ERRORS, sli=SourceSli("prometheus"))
    assert house.status(source, NOON_US).why_unknown == "the source prometheus has brought nothing yet"
    nothing = house.status(replace(ERRORS, sli=LatencySli(2.0)), NOON_US)
    assert (nothing.budget, nothing.mode, nothing.is_met) == (None, None, None)
    assert nothing.why_unknown == "nothing that it counts was seen in the period"


def test_the_least_budget_comes_first_and_the_unknown_last(house: House) -> None:
    house.feed(NOON_US - 100 * US_PER_MINUTE, 100, bad=50)
    house.feed(NOON_US - 100 * US_PER_MINUTE, 100, service="fine")
    fine, other = (replace(ERRORS, key=ServiceKey("production", name)) for name in ("fine", "other"))
    house.watch(NOON_US, other, fine, ERRORS)
    assert [status.slo.key.service for status in house.reader.statuses(NOON_US)] == ["bot", "fine", "other"]
    assert [status.slo for status in house.reader.statuses(NOON_US, BOT)] == [ERRORS]


def test_an_slo_is_found_by_its_path_and_a_wrong_one_names_its_neighbours(house: House) -> None:
    slashed = replace(ERRORS, key=ServiceKey("eu/production", "team/bot"), name="a/b")
    house.watch(NOON_US, ERRORS, slashed)
    assert house.reader.find_path("eu/production/team/bot/a/b") is slashed
    with pytest.raises(NotFoundError, match="That service has errors"):
        house.reader.find_path("production/bot/nothing")
    assert house.reader.is_known(BOT) and not house.reader.is_known(ServiceKey("production", "bott"))


def test_what_nobody_saw_stays_unknown_when_it_is_older_than_a_day(house: House) -> None:
    slo = replace(ERRORS, window=BudgetWindow(rolling_s=5 * 86_400))
    house.feed(MIDNIGHT - 60 * US_PER_MINUTE, 65)
    house.feed(MIDNIGHT + 55 * US_PER_MINUTE, 5)  # silent for 50 minutes within the hour
    house.feed(MIDNIGHT + US_PER_HOUR, 3 * 24 * 60)
    soon = house.status(slo, MIDNIGHT + 3 * US_PER_HOUR).budget
    later = house.status(slo, MIDNIGHT + 40 * US_PER_HOUR).budget
    assert soon is not None and later is not None
    assert soon.unknown == pytest.approx(50, rel=0.1)
    assert later.unknown == pytest.approx(50, rel=0.1)


def test_parts_of_a_composite_burn_over_its_window_not_over_their_own(house: House) -> None:
    house.fixed_30d = True
    part = replace(ERRORS, window=BudgetWindow(calendar="month"))
    week = BudgetWindow(rolling_s=7 * 86_400)
    both = Slo(BOT, "all", "All", CompositeSli((("errors", 1.0),)), 0.9, window=week)
    house.feed(NOON_US - 7 * US_PER_DAY, 7 * 24 * 60, bad=504)
    house.watch(NOON_US, part, both)
    budget = house.reader.status(both, NOON_US).budget
    assert budget is not None
    assert budget.used_ratio[0] == pytest.approx(504 / (0.1 * 7 * 24 * 60), rel=0.01)


def test_an_slo_of_a_probe_knows_from_its_first_run_and_by_its_own_interval(house: House) -> None:
    slo = Slo(BOT, "returns", "Returns", ProbesSli(("shop-returns",)), 0.9)
    house.feed(MIDNIGHT, 720)  # the service answers all the time
    golden = {"kind": "probe", "role": "none", "operation": "golden", "subject": "shop-returns"}
    for minutes, outcome in ((range(360, 420, 5), "bad"), (range(420, 600, 5), "good"), (range(660, 720, 5), "good")):
        house.feeder.fold(
            *(house.feeder.event(at=MIDNIGHT + n * US_PER_MINUTE, outcome=outcome, **golden) for n in minutes)
        )
    status = house.status(slo, NOON_US)
    assert status.budget is not None
    assert status.counted == Window(MIDNIGHT + 360 * US_PER_MINUTE, NOON_US)
    assert (status.budget.total, status.budget.spent[0]) == (60, 12)
    assert status.budget.unknown == pytest.approx((660 - 596) / 5)
    assert status.budget.attainment[1] == pytest.approx(1 - 12 / (60 + status.budget.unknown))
    month = house.reader.months(slo, NOON_US)[0]
    assert (month.is_running, month.is_partial, month.status.budget) == (True, True, status.budget)


def test_a_probe_that_never_ran_leaves_its_slo_unknown(house: House) -> None:
    house.feed(MIDNIGHT, 720)
    status = house.status(Slo(BOT, "returns", "Returns", ProbesSli(("shop-returns",)), 0.9), NOON_US)
    assert (status.budget, status.mode) == (None, None)
    assert status.why_unknown == "no run of shop-returns said anything of the service in the period"


def test_months_of_a_probe_begin_with_its_first_run(house: House) -> None:
    slo = Slo(BOT, "returns", "Returns", ProbesSli(("shop-returns",)), 0.9)
    house.feed(MIDNIGHT - 70 * US_PER_DAY, 1)
    golden = {"kind": "probe", "role": "none", "operation": "golden", "subject": "shop-returns"}
    house.feeder.fold(*(house.feeder.event(at=at, **golden) for at in (MIDNIGHT - 10 * US_PER_DAY, MIDNIGHT)))
    house.watch(NOON_US, slo)
    found = house.reader.months(slo, NOON_US)
    assert [(month.is_running, month.is_partial) for month in found] == [(True, True), (False, True)]


@pytest.mark.parametrize("method", [Method.OCCURRENCES, Method.RATIO_TIMESLICES, Method.TIMESLICES])
def test_the_burn_down_of_slos_that_burn_together_ends_where_their_budget_stands(house: House, method: Method) -> None:
    slow = Slo(BOT, "slow", "Slow", LatencySli(2.0), 0.8)
    both = Slo(BOT, "both", "Both", CompositeSli((("errors", 0.5), ("slow", 2.0))), 0.9, method, window=DAY)
    house.maintenance = [Window(NOON_US - 90 * US_PER_MINUTE, NOON_US - 85 * US_PER_MINUTE)]
    house.feed(NOON_US - 100 * US_PER_MINUTE, 60, bad=20, latency_s=0.5)
    house.feed(NOON_US - 20 * US_PER_MINUTE, 20, latency_s=3.0)
    house.watch(NOON_US, ERRORS, slow, both)
    status = house.reader.status(both, NOON_US)
    points = house.reader.burn_down(status)
    assert status.budget is not None
    assert (points[0].low, points[0].high) == (1.0, 1.0)
    assert (points[-1].low, points[-1].high) == pytest.approx(status.budget.remaining_ratio)
    assert all(later.high <= earlier.high + 1e-9 for earlier, later in itertools.pairwise(points))
    before = next(point for point in points if point.at_us >= NOON_US - 25 * US_PER_MINUTE)
    assert 1.0 > before.high > points[-1].high  # errors spent first, slowness after it


def test_a_part_of_which_nothing_was_counted_may_have_spent_all_of_its_budget_at_any_time(house: House) -> None:
    seen = Slo(BOT, "seen", "Seen", ProbesSli(), 0.9)
    both = Slo(BOT, "both", "Both", CompositeSli((("errors", 1.0), ("seen", 0.25))), 0.9, window=DAY)
    house.feed(NOON_US - 100 * US_PER_MINUTE, 100, bad=1)
    house.watch(NOON_US, ERRORS, seen, both)
    status = house.reader.status(both, NOON_US)
    points = house.reader.burn_down(status)
    assert status.budget is not None
    assert (points[-1].low, points[-1].high) == pytest.approx(status.budget.remaining_ratio)
    assert all(point.high - point.low == pytest.approx(0.25, abs=1e-9) for point in points[1:])
