"""Hours of availability outlive their minutes, and say what the minutes said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry import rollup, upkeep
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
DAY = Window(NOON_US - 12 * US_PER_HOUR, NOON_US + 12 * US_PER_HOUR)
PROBE = {"kind": "probe", "role": "none", "operation": "http", "tokens_in": None, "cost_nano": None}

EVENTS = st.lists(
    st.tuples(
        st.integers(0, 200),  # minutes after noon
        st.sampled_from(["bot", "search"]),
        st.booleans(),  # a probe
        st.sampled_from(["good", "bad", "bad"]),
    ),
    max_size=30,
)
Drawn = list[tuple[int, str, bool, str]]


def fold_all(feeder: Feeder, drawn: Drawn) -> None:
    events = [
        feeder.event(
            at=NOON_US + minute * US_PER_MINUTE, service=service, outcome=outcome, **(PROBE if is_probe else {})
        )
        for minute, service, is_probe, outcome in drawn
    ]
    if events:
        feeder.fold(*events)


def forget(telemetry: DuckTelemetry, minute: int) -> None:
    upkeep._delete(telemetry._con, telemetry._state, "counters_minute", NOON_US + minute * US_PER_MINUTE)


def hours(telemetry: DuckTelemetry, window: Window = DAY) -> dict[ServiceKey, list[tuple[float, float]]]:
    found = telemetry.counts(window, step_minutes=60)
    return {
        key: list(zip(series.minutes_known.tolist(), series.minutes_bad.tolist(), strict=True))
        for key, series in found.items()
    }


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.lists(st.integers(0, 210), min_size=1, max_size=4))
def test_wherever_it_is_cut_the_hours_stay_as_they_are(drawn: Drawn, cuts: list[int]) -> None:
    telemetry = DuckTelemetry(":memory:", threads=1)
    fold_all(Feeder(telemetry), drawn)
    before = hours(telemetry)
    for minute in sorted(cuts):
        forget(telemetry, minute)
        assert hours(telemetry) == before
    left = telemetry._con.execute("SELECT count(*) FROM counters_minute").fetchall()
    assert left == [(len({(minute, service) for minute, service, _, _ in drawn if minute >= max(cuts)}),)]
    telemetry.close()


def test_a_run_of_failed_probes_is_one_though_a_cut_goes_through_it(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    fold_all(feeder, [(10, "bot", True, "bad"), (11, "bot", True, "bad"), (12, "bot", True, "good")])
    assert hours(telemetry)[BOT] == [(3, 2)]
    for cut in (11, 12, 13):
        forget(telemetry, cut)
        assert hours(telemetry)[BOT] == [(3, 2)], cut


def test_late_minutes_are_added_and_an_hour_has_sixty(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    fold_all(feeder, [(minute, "bot", False, "good") for minute in range(59)])
    forget(telemetry, 60)
    fold_all(feeder, [(59, "bot", False, "bad")])
    assert hours(telemetry)[BOT] == [(60, 1)]
    fold_all(feeder, [(3, "bot", False, "bad")])  # a minute that was counted before it went
    assert hours(telemetry)[BOT] == [(60, 2)]
    forget(telemetry, 60)
    assert hours(telemetry)[BOT] == [(60, 2)]


def test_only_windows_that_reach_back_ask_for_them(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    fold_all(feeder, [(0, "bot", False, "bad"), (120, "bot", False, "bad")])
    forget(telemetry, 60)
    assert rollup.rolled_before(telemetry._state) == NOON_US + US_PER_HOUR
    telemetry._con.execute("DROP TABLE availability_hour")
    assert hours(telemetry, Window(NOON_US + US_PER_HOUR, DAY.end_us))[BOT] == [(1, 1)]


def test_months_of_minutes_that_go_at_once_are_all_kept_and_known_after_a_restart(
    feeder: Feeder, telemetry: DuckTelemetry
) -> None:
    days = 30
    fold_all(feeder, [(n * 1_440, "bot", False, "bad") for n in range(days)])
    forget(telemetry, days * 1_440)
    telemetry._state.meta.clear()
    telemetry._state.meta.update(telemetry._con.execute("SELECT key, value FROM meta").fetchall())
    window = Window(DAY.start_us, DAY.start_us + days * US_PER_DAY)
    assert hours(telemetry, window)[BOT] == [(1, 1)] * days


def test_what_fails_between_keeping_and_deleting_leaves_both_as_they_were(
    feeder: Feeder, telemetry: DuckTelemetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    fold_all(feeder, [(0, "bot", False, "bad")])
    with monkeypatch.context() as then:
        broken = {"counters_minute": (("no_such_table", "true"),)}
        then.setattr(upkeep, "_RETENTION", broken)
        with pytest.raises(Exception, match="no_such_table"):
            forget(telemetry, 60)
    assert telemetry._con.execute("SELECT count(*) FROM availability_hour").fetchall() == [(0,)]
    assert hours(telemetry)[BOT] == [(1, 1)]
    forget(telemetry, 60)
    assert hours(telemetry)[BOT] == [(1, 1)]
