"""Counters of many services at once: the sums of each one's minutes, of one state of the store, as long as kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.judge.indicators.minutes import count_each
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry import counts
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
MEASURES = ("good", "bad", "undetermined", "excluded", "probes_good", "probes_bad")
DAY = Window(NOON_US - 12 * US_PER_HOUR, NOON_US + 12 * US_PER_HOUR)

OUTCOMES = st.sampled_from(["good", "bad", "bad", "excluded", "none"])
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 200),  # minutes after noon
        st.sampled_from(["bot", "search"]),
        st.sampled_from(["1", "2"]),
        st.booleans(),  # a probe
        OUTCOMES,
        st.sampled_from([1.0, 4.0]),
    ),
    max_size=40,
)


def fold_all(feeder: Feeder, drawn: list[tuple[int, str, str, bool, str, float]]) -> None:
    probe = {"kind": "probe", "role": "none", "operation": "http", "tokens_in": None, "cost_nano": None}
    events = [
        feeder.event(
            at=NOON_US + minute * US_PER_MINUTE,
            service=service,
            version=version,
            outcome=outcome,
            weight=1.0 if is_probe else weight,
            **(probe if is_probe else {}),
        )
        for minute, service, version, is_probe, outcome, weight in drawn
    ]
    half = len(events) // 2
    for some in (events[:half], events[half:]):
        if some:
            feeder.fold(*some)


@settings(max_examples=15, deadline=None)
@given(EVENTS, st.integers(0, 120), st.integers(0, 120))
def test_whatever_happens_they_are_the_sum_of_the_minutes(
    drawn: list[tuple[int, str, str, bool, str, float]], start: int, length: int
) -> None:
    telemetry = DuckTelemetry(":memory:", threads=1)
    fold_all(Feeder(telemetry), drawn)
    window = Window(NOON_US + start * US_PER_MINUTE, NOON_US + (start + length) * US_PER_MINUTE)
    by_minute = telemetry.counts(window, step_minutes=1)
    by_hour = telemetry.counts(DAY, step_minutes=60)
    for key in (state.key for state in telemetry.services()):
        rows = telemetry.minutes(key, window)
        assert (key in by_minute) == bool(rows)
        for name in MEASURES if rows else ():
            assert getattr(by_minute[key], name).sum() == pytest.approx(sum(getattr(row, name) for row in rows))
        each = count_each(telemetry.minutes(key, DAY))
        assert by_hour[key].minutes_known.sum() == len(each)
        assert by_hour[key].minutes_bad.sum() == sum(count.bad for _, count in each)
        if rows:
            assert by_minute[key].minutes_bad.sum() == sum(count.bad for _, count in count_each(rows))
    telemetry.close()


def test_failed_probes_an_hour_apart_and_around_a_success_are_no_run(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    fold_all(
        feeder,
        [
            (0, "bot", "1", True, "bad", 1.0),
            (61, "bot", "1", True, "bad", 1.0),  # too late to be of the same failure
            (62, "bot", "2", True, "good", 1.0),
            (63, "bot", "1", True, "bad", 1.0),
            (123, "bot", "1", True, "bad", 1.0),  # just in time, in the next hour but one
        ],
    )
    series = telemetry.counts(DAY, step_minutes=60)[BOT]
    assert series.minutes_known.tolist() == [1, 3, 1]
    assert series.minutes_bad.tolist() == [0, 1, 1]


def test_minutes_no_longer_kept_are_told_by_their_hour(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    fold_all(feeder, [(0, "bot", "1", False, "bad", 1.0), (0, "bot", "1", True, "bad", 1.0)])
    telemetry.apply_retention({"events": 1, "counters_minute": 1}, NOON_US + 3 * US_PER_DAY)
    series = telemetry.counts(DAY, step_minutes=60)[BOT]
    assert (series.bad.tolist(), series.probes_bad.tolist()) == ([1], [1])
    assert (series.minutes_known.tolist(), series.minutes_bad.tolist()) == ([1], [1])
    assert telemetry.counts(DAY, step_minutes=1) == {}


class Interrupted:
    """A connection between whose queries something else is folded, before the first that reads slow requests."""

    def __init__(self, con: Any, feeder: Feeder) -> None:
        self.con = con
        self.feeder = feeder
        self.folds = 0

    def execute(self, sql: str, *parameters: object) -> Any:
        if "slow_" in sql and not self.folds:
            self.folds += 1
            self.feeder.fold(self.feeder.event(latency_s=9.0), self.feeder.event(latency_s=9.0))
        return self.con.execute(sql, *parameters)


@pytest.mark.parametrize("step_minutes", [1, 60])
def test_what_is_folded_meanwhile_is_in_none_of_the_columns(
    feeder: Feeder, telemetry: DuckTelemetry, step_minutes: int
) -> None:
    feeder.fold(feeder.event(latency_s=9.0))
    with telemetry._reading() as con:
        interrupted = Interrupted(con, feeder)
        (series,) = counts.counts(interrupted, [(0, 0)], DAY, counts.Asked(step_minutes, (2.0,))).values()
    assert interrupted.folds == 1
    assert (series.timed.sum(), series.slow[2.0].sum()) == (1, 1)
    (after,) = telemetry.counts(DAY, step_minutes=step_minutes, thresholds=(2.0,)).values()
    assert (after.timed.sum(), after.slow[2.0].sum()) == (3, 3)


def test_outcomes_are_never_more_than_can_be_of_use(
    feeder: Feeder, telemetry: DuckTelemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "OUTCOMES_MAX", 3)
    fold_all(feeder, [(minute, "bot", "1", False, "bad", 1.0) for minute in range(5)])
    found = telemetry.outcomes(BOT, DAY, limit=1_000)
    assert [(each.at_us - NOON_US) // US_PER_MINUTE for each in found] == [4, 3, 2]
    assert telemetry.outcomes(BOT, Window(NOON_US, NOON_US), limit=10) == []
