"""Upkeep: periods closed once, retention by class, thresholds counted anew, erasure, recounts, copies."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.telemetry.port import JournalOffset, ServiceKey, Thresholds
from evenkeel.store.telemetry.schema import PERSONAL
from evenkeel.store.telemetry.upkeep import GRACE_US, KEEP_DAYS
from evenkeel.store.telemetry.upkeep_port import Discrepancy
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
NOON = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_HOUR)
H, D = US_PER_HOUR, US_PER_DAY


def count(telemetry: DuckTelemetry, table: str, where: str = "true") -> int:
    with telemetry._reading() as con:
        return con.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchall()[0][0]


def slow(telemetry: DuckTelemetry, window: Window, threshold: float, by: str = "hour") -> float:
    return sum(telemetry.samples(BOT, [window], by=by, thresholds=(threshold,))[0].clusters.slow[threshold])


class TestPeriods:
    def test_an_hour_is_sketched_after_its_grace_and_not_before(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(feeder.event())
        telemetry.close_periods(NOON_US + H + GRACE_US["hour"] - 1)
        assert count(telemetry, "sketches", "period = 'hour'") == 0
        assert telemetry.close_periods(NOON_US + H + GRACE_US["hour"]) == 1
        assert count(telemetry, "sketches", "period = 'hour'") == 1
        assert count(telemetry, "sketches", "period = 'day'") == 0

    def test_a_day_is_sketched_after_its_grace(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(feeder.event())
        midnight = NOON_US + 12 * H
        telemetry.close_periods(midnight + GRACE_US["day"] - 1)
        assert count(telemetry, "sketches", "period = 'day'") == 0
        telemetry.close_periods(midnight + GRACE_US["day"])
        assert count(telemetry, "sketches", "period = 'day'") == 1

    def test_a_period_is_closed_once_and_a_clock_that_steps_back_opens_none(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        feeder.fold(feeder.event())
        assert telemetry.close_periods(NOON_US + 2 * D) == 2
        for now_us in (NOON_US + 2 * D, NOON_US, NOON_US + 2 * D + H):
            assert telemetry.close_periods(now_us) == 0
        assert telemetry.latency_histogram(BOT, Window(NOON_US - D, NOON_US + D)).n == 1

    def test_what_is_not_judged_is_not_sketched(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(
            feeder.event(outcome="excluded"), feeder.event(latency_s=None), feeder.event(role="tool", cost_nano=None)
        )
        assert telemetry.close_periods(NOON_US + 2 * D) == 0


class TestRetention:
    def test_each_class_is_kept_for_its_number_of_days(self) -> None:
        assert KEEP_DAYS == {
            "events": 30, "counters_minute": 125, "counters_hour": 400, "sketches_hour": 90, "sketches_day": 400,
            "features_hour": 90, "features_day": 400,
        }  # fmt: skip

    def test_each_class_goes_at_its_own_time_and_takes_its_thresholds_along(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        midnight = NOON_US + 12 * H  # the start of a minute, an hour and a day
        run = {"kind": "probe", "role": "none", "operation": "tls", "subject": "cert"}
        number = '{"evenkeel.answer.words":3}'
        feeder.fold(feeder.event(at=midnight, latency_s=9.0, attributes=number), feeder.event(at=midnight, **run))
        telemetry.close_periods(midnight + 2 * D)
        left = {
            "events": lambda: count(telemetry, "events"),
            "counters_minute": lambda: sum(
                count(telemetry, f"{table}_minute") for table in ("counters", "slow", "probes")
            ),
            "sketches_hour": lambda: count(telemetry, "sketches", "period = 'hour'"),
            "counters_hour": lambda: sum(
                count(telemetry, f"{table}_hour") for table in ("counters", "slow", "probes", "availability")
            ),
            "sketches_day": lambda: count(telemetry, "sketches", "period = 'day'"),
            "features_hour": lambda: count(telemetry, "numbers_hour"),
            "features_day": lambda: count(telemetry, "numbers_day"),
        }
        for days in sorted({*KEEP_DAYS.values()}):
            going = [name for name in left if KEEP_DAYS[name] == days]
            assert sum(telemetry.apply_retention({}, midnight + days * D).values()) == 0
            assert all(left[name]() > 0 for name in going)
            deleted = telemetry.apply_retention({}, midnight + days * D + 1)
            assert {name for name, rows in deleted.items() if rows} == {*going}
            assert all(left[name]() == 0 for name in going)

    def test_a_policy_shortens_or_lengthens_a_class(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(feeder.event())
        assert telemetry.apply_retention({"events": 60}, NOON_US + 45 * D)["events"] == 0
        assert telemetry.apply_retention({"events": 7}, NOON_US + 8 * D)["events"] == 1

    def test_counters_never_go_before_the_events_they_were_counted_from(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        feeder.fold(feeder.event())
        deleted = telemetry.apply_retention({"events": 90}, NOON_US + 80 * D)
        assert sum(deleted.values()) == 0
        assert telemetry.verify(NOON) == []


class TestThresholds:
    def test_new_ones_are_counted_by_minute_and_hour_and_old_ones_forgotten(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        feeder.fold(feeder.event(latency_s=2.5), feeder.event(latency_s=8.0), feeder.event(service="x", latency_s=2.5))
        telemetry.set_thresholds(Thresholds(by_service={BOT: (2.4,)}))
        for by in ("minute", "hour"):
            assert slow(telemetry, NOON, 2.4, by) == 2
            assert slow(telemetry, NOON, 7.0, by) == 0
        other = telemetry.samples(ServiceKey("production", "x"), [NOON], by="hour", thresholds=(2.0,))[0].clusters
        assert sum(other.slow[2.0]) == 1

    def test_a_series_made_later_is_counted_by_its_services_thresholds(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        telemetry.set_thresholds(Thresholds(by_service={BOT: (0.4,)}))
        feeder.fold(feeder.event(), feeder.event(version="2", latency_s=0.3))
        assert slow(telemetry, NOON, 0.4) == 1

    def test_counts_whose_events_are_gone_outlive_a_change_of_thresholds(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        """An imported event from long ago must not make the counts of deleted ones be made anew from nothing."""
        long_ago, now_us = NOON_US - 60 * D, NOON_US + 31 * D
        feeder.fold(feeder.event(latency_s=9.0))
        feeder.fold(feeder.event(at=long_ago, arrived_at=now_us), feeder.event(at=now_us, latency_s=9.0))
        assert telemetry.apply_retention({}, now_us)["events"] == 1
        telemetry.set_thresholds(Thresholds(by_service={BOT: (2.0, 4.0)}))
        assert slow(telemetry, NOON, 2.0) == 1
        assert slow(telemetry, Window(now_us - H, now_us + H), 4.0) == 1

    def test_the_hour_in_which_deleting_stopped_keeps_what_it_counted(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        feeder.fold(*(feeder.event(at=NOON_US + minute * US_PER_MINUTE, latency_s=9.0) for minute in (1, 59)))
        telemetry.apply_retention({}, NOON_US + 30 * D + 30 * US_PER_MINUTE)
        assert telemetry.usage().events == 1
        telemetry.set_thresholds(Thresholds(by_service={BOT: (2.0, 4.0)}))
        assert slow(telemetry, NOON, 2.0) == 2

    def test_a_restart_with_thresholds_of_ones_own_changes_no_count(
        self, feeder: Feeder, telemetry: DuckTelemetry, tmp_path: Path
    ) -> None:
        own = Thresholds(by_service={BOT: (1.5,)})
        telemetry.set_thresholds(own)
        now_us = NOON_US + 31 * D
        feeder.fold(feeder.event(latency_s=9.0), feeder.event(at=now_us, latency_s=9.0))
        telemetry.apply_retention({}, now_us)
        before = [slow(telemetry, Window(NOON_US - H, now_us + H), 1.5, by) for by in ("minute", "hour")]
        assert before == [2, 2]
        telemetry.close()
        again = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
        again.set_thresholds(own)
        assert [slow(again, Window(NOON_US - H, now_us + H), 1.5, by) for by in ("minute", "hour")] == before
        again.close()


class TestErasure:
    def test_everything_that_tells_who_it_was_is_taken_out_and_nothing_else(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        personal = {"caller": 7, "session": 8, "subject": "s", "attributes": "{}", "response_id": "r"}
        assert set(personal) == set(PERSONAL)
        feeder.fold(feeder.event(**personal, label="yes"), feeder.event(**personal | {"caller": 9}))
        assert telemetry.erase_caller(7, now_us=NOON_US) == 1
        erased, kept = sorted(telemetry.events(EventFilter()).events, key=lambda event: event["event_id"])
        assert {erased[name] for name in PERSONAL} == {None}
        assert (erased["label"], erased["cost_nano"], erased["latency_s"]) == ("yes", 350_000, 0.5)
        assert kept["caller"] == 9

    def test_it_may_be_asked_twice_and_for_somebody_not_yet_seen(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        assert telemetry.erase_caller(2**64 - 1, now_us=NOON_US) == 0
        feeder.fold(feeder.event(caller=2**64 - 1))
        assert telemetry.erase_caller(2**64 - 1, now_us=NOON_US) == 0
        assert telemetry.caller_share(BOT, NOON) == 0.0

    def test_it_is_remembered_after_a_restart(self, feeder: Feeder, telemetry: DuckTelemetry, tmp_path: Path) -> None:
        telemetry.erase_caller(7, now_us=NOON_US)
        telemetry.close()
        again = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
        assert Feeder(again).fold(Feeder(again).event(caller=7)).erased == 1
        again.close()


class TestVerify:
    @pytest.mark.parametrize(
        ("damage", "measure", "counter", "events"),
        [
            ("UPDATE counters_minute SET bad = bad + 2", "bad", 2.0, 0.0),
            ("UPDATE counters_minute SET cost_nano = cost_nano - 1", "cost_nano", 349_999.0, 350_000.0),
            ("UPDATE counters_minute SET tokens_in = 0", "tokens_in", 0.0, 100.0),
        ],
    )
    def test_it_names_minute_measure_and_both_numbers(
        self, feeder: Feeder, telemetry: DuckTelemetry, damage: str, measure: str, counter: float, events: float
    ) -> None:
        feeder.fold(feeder.event())
        telemetry._con.execute(damage)
        assert telemetry.verify(NOON) == [Discrepancy(BOT, NOON_US, measure, counter, events)]

    def test_missing_and_invented_minutes_are_found(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(feeder.event(), feeder.event(at=NOON_US + US_PER_MINUTE))
        telemetry._con.execute('DELETE FROM counters_minute WHERE epoch_us("at") = ?', [NOON_US])
        telemetry._con.execute('DELETE FROM events WHERE epoch_us("at") > ?', [NOON_US])
        found = {(each.at - NOON_US, each.measure): (each.counter, each.events) for each in telemetry.verify(NOON)}
        assert found[0, "good"] == (0, 1)
        assert found[US_PER_MINUTE, "good"] == (1, 0)

    def test_runs_of_a_probe_that_were_counted_wrong_are_found(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(feeder.event(kind="probe", role="none", operation="golden", subject="returns", outcome="bad"))
        telemetry._con.execute("UPDATE probes_minute SET bad = 3")
        assert telemetry.verify(NOON) == [Discrepancy(BOT, NOON_US, "returns bad", 3.0, 1.0)]
        telemetry._con.execute("DELETE FROM probes_minute")
        assert telemetry.verify(NOON) == [Discrepancy(BOT, NOON_US, "returns bad", 0.0, 1.0)]

    def test_only_the_window_is_recounted(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        feeder.fold(feeder.event())
        telemetry._con.execute("UPDATE counters_minute SET bad = 9")
        assert telemetry.verify(Window(NOON_US + US_PER_MINUTE, NOON_US + H)) == []
        assert len(telemetry.verify(NOON)) == 1

    def test_minutes_whose_events_are_partly_deleted_are_not_called_wrong(
        self, feeder: Feeder, telemetry: DuckTelemetry
    ) -> None:
        late = NOON_US + 20 * D
        feeder.fold(feeder.event(), feeder.event(arrived_at=late), feeder.event(at=late))
        telemetry.apply_retention({}, NOON_US + 31 * D)
        assert telemetry.usage().events == 2
        assert telemetry.verify(Window(NOON_US - D, late + D)) == []
        telemetry._con.execute("UPDATE counters_minute SET bad = 9")
        assert [each.at for each in telemetry.verify(Window(NOON_US - D, late + D))] == [late]

    def test_many_small_weights_are_no_discrepancy(self, feeder: Feeder, telemetry: DuckTelemetry) -> None:
        for _ in range(5):
            feeder.fold(*(feeder.event(weight=1.1) for _ in range(50)))
        assert telemetry.verify(NOON) == []


def test_a_copy_goes_where_it_is_told_whatever_the_directory_is_called(
    feeder: Feeder, telemetry: DuckTelemetry, tmp_path: Path
) -> None:
    feeder.fold(feeder.event())
    directory = tmp_path / 'it\'s a "copy"'
    directory.mkdir()
    telemetry.backup(str(directory))
    feeder.fold(feeder.event())
    copy = DuckTelemetry(str(directory / "telemetry.duckdb"), threads=1)
    assert copy.usage().events == 1
    assert copy.offsets() == {"w0": JournalOffset(0, 1)}
    assert copy.verify(NOON) == []
    copy.close()
    assert telemetry.usage().events == 2
