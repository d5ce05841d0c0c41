"""Windows as sums of their parts: days, hours and events, none counted twice and none left out."""

from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.sketch import bucket_of
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.queries import latency_parts
from evenkeel.store.telemetry.state import StoreState
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
H, D = US_PER_HOUR, US_PER_DAY


def state(hours: int = 0, days: int = 0) -> StoreState:
    return StoreState(meta={"sketched_through_hour": hours, "sketched_through_day": days})


class TestParts:
    def test_without_sketches_events_answer_all(self) -> None:
        window = Window(0, 30 * D)
        assert latency_parts(state(), window) == [("events", window)]
        assert latency_parts(StoreState(), window) == [("events", window)]

    def test_days_in_the_middle_hours_at_their_edges_events_at_the_ends(self) -> None:
        window = Window(D // 2 + 7, 5 * D + 3 * H + 11)
        assert latency_parts(state(100 * D, 100 * D), window) == [
            ("events", Window(D // 2 + 7, D // 2 + H)),
            ("hour", Window(D // 2 + H, D)),
            ("day", Window(D, 5 * D)),
            ("hour", Window(5 * D, 5 * D + 3 * H)),
            ("events", Window(5 * D + 3 * H, 5 * D + 3 * H + 11)),
        ]

    def test_what_is_not_sketched_yet_is_read_from_events(self) -> None:
        window = Window(0, 3 * D)
        assert latency_parts(state(2 * D + 5 * H, 2 * D), window) == [
            ("day", Window(0, 2 * D)),
            ("hour", Window(2 * D, 2 * D + 5 * H)),
            ("events", Window(2 * D + 5 * H, 3 * D)),
        ]

    def test_a_window_within_an_hour_or_a_day_has_no_larger_part(self) -> None:
        assert latency_parts(state(D, D), Window(5, H - 5)) == [("events", Window(5, H - 5))]
        assert latency_parts(state(D, D), Window(H, 3 * H)) == [("hour", Window(H, 3 * H))]

    def test_an_empty_window_has_no_parts_but_itself(self) -> None:
        assert all(piece.start_us == piece.end_us for _, piece in latency_parts(state(D, D), Window(7, 7)))

    @settings(deadline=None, max_examples=300)
    @given(
        st.integers(0, 10 * D), st.integers(1, 10 * D), st.integers(0, 400).map(lambda n: n * H),
        st.integers(0, 20).map(lambda n: n * D),
    )  # fmt: skip
    def test_parts_cover_the_window_once_and_never_read_a_sketch_that_is_not_made(
        self, start: int, length: int, hours: int, days: int
    ) -> None:
        window = Window(start, start + length)
        parts = latency_parts(state(hours, days), window)
        edges = [piece.start_us for _, piece in parts] + [parts[-1][1].end_us]
        assert edges[0] == window.start_us
        assert edges[-1] == window.end_us
        assert all(before[1].end_us == after[1].start_us for before, after in itertools.pairwise(parts))
        period = {"hour": (H, hours), "day": (D, days)}
        for source, piece in parts:
            if source != "events":
                unit, through = period[source]
                assert piece.start_us % unit == piece.end_us % unit == 0
                assert piece.end_us <= through


def test_any_window_has_the_latencies_of_its_events_however_it_is_put_together(
    feeder: Feeder, telemetry: DuckTelemetry
) -> None:
    chance = random.Random(3)
    times = [NOON_US - chance.randrange(4 * D) for _ in range(300)]
    latencies = [chance.choice([0.0, chance.lognormvariate(0, 1)]) for _ in times]
    feeder.fold(*(feeder.event(at=at, latency_s=latency) for at, latency in zip(times, latencies, strict=True)))
    telemetry.close_periods(NOON_US - 5 * H)
    for _ in range(60):
        start = NOON_US - chance.randrange(4 * D)
        window = Window(start, start + chance.randrange(1, 4 * D))
        inside = [latency for at, latency in zip(times, latencies, strict=True) if window.contains(at)]
        found = telemetry.latency_histogram(BOT, window)
        expected: dict[int, float] = {}
        for latency in inside:
            if latency > 0:
                expected[bucket_of(latency)] = expected.get(bucket_of(latency), 0.0) + 1.0
        assert dict(found.counts) == expected
        assert found.zero == inside.count(0.0)


class TestMinutes:
    def test_wider_steps_are_sums_of_narrower_ones(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        chance = random.Random(4)
        feeder.fold(
            *(
                feeder.event(at=NOON_US - chance.randrange(6 * H), outcome=chance.choice(["good", "bad", "excluded"]))
                for _ in range(200)
            )
        )
        window = Window(NOON_US - 6 * H, NOON_US)
        fine = telemetry.minutes(BOT, window)
        for step in (5, 15, 60, 180):
            coarse = telemetry.minutes(BOT, window, step_minutes=step)
            assert all(row.at % (step * US_PER_MINUTE) == 0 for row in coarse)
            for name in ("good", "bad", "excluded", "attempts", "tokens_in", "cost_nano"):
                sums: dict[int, float] = {}
                for row in fine:
                    bucket = row.at // (step * US_PER_MINUTE) * step * US_PER_MINUTE
                    sums[bucket] = sums.get(bucket, 0.0) + getattr(row, name)
                assert {row.at: getattr(row, name) for row in coarse} == sums

    def test_one_version_is_read_alone(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(feeder.event(version="1"), feeder.event(version="2"), feeder.event(version="2", model="x"))
        window = Window(NOON_US, NOON_US + H)
        assert [row.good for row in telemetry.minutes(BOT, window, version="2")] == [2]
        assert list(telemetry.minutes(BOT, window, version="3")) == []
        assert telemetry.latency_histogram(BOT, window, version="2").n == 2

    def test_a_window_has_its_start_and_not_its_end(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(feeder.event(), feeder.event(at=NOON_US + US_PER_MINUTE))
        assert [row.at for row in telemetry.minutes(BOT, Window(NOON_US, NOON_US + US_PER_MINUTE))] == [NOON_US]
