"""SLOs that count by a source outside: judged by what it told, and unknown where it told nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from evenkeel.judge.slo.budget_reader import ReaderDependencies
from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.model import BudgetWindow, CompositeSli, Slo, SourceSli
from evenkeel.judge.slo.pulled import count_pulled, holes_of_pulled, nothing_pulled
from evenkeel.judge.slo.reading import SloReader
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.observe.sources.model import SourceMinute
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

M = US_PER_MINUTE
SLI = SourceSli("prometheus", total="all", bad="some")
SLO = Slo(ServiceKey("production", "bot"), "checkout", "Checkout", SLI, 0.99, window=BudgetWindow(rolling_s=86_400))


@dataclass
class House:
    """A service that is heard every minute, and what a source told of it."""

    store: DuckTelemetry
    engine: SloEngine
    reader: SloReader
    told: dict[int, SourceMinute] = field(default_factory=dict)

    def tell(self, first_us: int, minutes: int, *, total: float = 100, bad: float = 0) -> None:
        for at_us in range(first_us, first_us + minutes * M, M):
            self.told[at_us] = SourceMinute(at_us, total, bad)

    def read(self, sli: SourceSli, window: Window) -> Sequence[SourceMinute]:
        assert sli == SLI
        return [self.told[at] for at in sorted(self.told) if window.contains(at)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    store = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    feeder = Feeder(store)
    feeder.fold(*(feeder.event(at=NOON_US - n * M) for n in range(24 * 60)), feeder.event(at=NOON_US - 8 * US_PER_DAY))
    made = house_of(store)
    made.engine.set_slos([SLO])
    yield made
    store.close()


def house_of(store: DuckTelemetry) -> House:
    engine = SloEngine(store, lambda sli, window: made.read(sli, window))
    given = ReaderDependencies(
        store, engine, lambda *_: (), lambda _: 60.0, lambda: False, lambda sli, window: made.read(sli, window)
    )
    made = House(store, engine, SloReader(given))
    return made


def test_its_budget_counts_what_the_source_counted(house: House) -> None:
    house.tell(NOON_US - US_PER_DAY + M, 24 * 60, bad=0.5)
    house.engine.observe(NOON_US)
    budget = house.reader.status(SLO, NOON_US).budget
    assert budget is not None
    assert (budget.total, budget.spent[0]) == pytest.approx((143_900, 719.5), rel=0.002)


def test_what_the_source_did_not_tell_is_unknown_though_the_service_was_heard(house: House) -> None:
    house.tell(NOON_US - US_PER_DAY + M, 12 * 60)
    house.engine.observe(NOON_US)
    half = house.reader.status(SLO, NOON_US).budget
    assert half is not None
    assert half.unknown == pytest.approx(72_000, rel=0.02)  # as many as in the half that it told
    house.tell(NOON_US - 12 * US_PER_HOUR, 12 * 60)
    house.engine.observe(NOON_US + M)
    whole = house.reader.status(SLO, NOON_US + M).budget
    assert whole is not None
    assert whole.unknown < 500


def test_without_a_word_of_the_source_nothing_is_said(house: House) -> None:
    house.engine.observe(NOON_US)
    status = house.reader.status(SLO, NOON_US)
    assert status.budget is None
    assert status.why_unknown == "the source prometheus has brought nothing yet"


def test_its_alerts_fire_by_what_the_source_counted_without_any_fold(house: House) -> None:
    house.tell(NOON_US - US_PER_DAY, 24 * 60)
    assert house.engine.observe(NOON_US).firing == ()
    house.tell(NOON_US, 60, bad=90)
    firing = house.engine.observe(NOON_US + US_PER_HOUR).firing
    assert {each.id.objective for each in firing} == {"checkout"}


def test_minutes_in_which_nothing_happened_are_told_and_count_nothing() -> None:
    minutes = [SourceMinute(0, 0.0, 0.0), SourceMinute(M, 5.0, 1.0)]
    counted = count_pulled(minutes)
    assert (counted.at.tolist(), counted.total.tolist(), counted.bad.tolist()) == ([M], [5.0], [1.0])
    assert holes_of_pulled(minutes, Window(0, 2 * M)) == ()
    assert holes_of_pulled([], Window(0, 2 * M)) == (Window(0, 2 * M),)
    assert holes_of_pulled(minutes, Window(0, 3 * M)) == (Window(2 * M, 3 * M),)


def test_where_nobody_pulls_nothing_is_known() -> None:
    assert nothing_pulled(SLI, Window(0, M)) == ()


def test_maintenance_of_last_week_takes_out_just_its_minutes(house: House) -> None:
    """What the engine keeps of a source is hours before the last day, as for every other SLI."""
    start_us = NOON_US - 7 * US_PER_DAY
    house.tell(start_us, 7 * 24 * 60, total=10)
    week = replace(SLO, window=BudgetWindow(rolling_s=6 * 86_400))
    maintenance = Window(NOON_US - 3 * US_PER_DAY - 20 * M, NOON_US - 3 * US_PER_DAY + 40 * M)
    house.engine.set_slos([week])
    house.engine.observe(NOON_US)
    hours, _ = house.engine.counted(week)
    assert set(hours.at % US_PER_HOUR) == {0}
    given = ReaderDependencies(
        house.store, house.engine, lambda *_: (maintenance,), lambda _: 60.0, lambda: False, house.read
    )
    budget = SloReader(given).status(week, NOON_US).budget
    assert budget is not None
    assert budget.total == pytest.approx(10 * (6 * 24 * 60 - 60))


def test_a_service_that_only_the_source_tells_of_is_judged_from_its_first_minute(tmp_path: Path) -> None:
    store = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    made = house_of(store)
    both = replace(SLO, name="both", sli=CompositeSli((("checkout", 1.0),)))
    made.engine.set_slos([SLO, both])
    made.engine.observe(NOON_US)
    assert made.reader.status(SLO, NOON_US).why_unknown == "the source prometheus has brought nothing yet"
    made.tell(NOON_US - 120 * M, 120, bad=50)
    fired = made.engine.observe(NOON_US + M).firing
    assert {each.id.objective for each in fired} == {"checkout", "both"}
    for slo in (SLO, both):
        status = made.reader.status(slo, NOON_US)
        assert status.counted == Window(NOON_US - 120 * M, NOON_US)
        assert status.budget is not None
        assert status.budget.remaining_ratio[1] < 0.0
        assert [month.is_partial for month in made.reader.months(slo, NOON_US)] == [True]
        assert len(made.reader.burn_down(status)) > 100
    # A source that was away and is back: what it tells of the time before is read at once.
    made.engine.observe(NOON_US + 115 * M)
    made.tell(NOON_US + 60 * M, 60)
    made.engine.observe(NOON_US + 121 * M)
    status = made.reader.status(SLO, NOON_US + 121 * M)
    assert status.budget is not None
    assert (status.budget.total, status.counted.end_us) == (180 * 100, NOON_US + 121 * M)
    store.close()
