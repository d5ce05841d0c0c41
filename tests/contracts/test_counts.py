"""Counters of many services at once agree with the counters of each, whatever happened."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from evenkeel.judge.indicators.minutes import count_each
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.telemetry.series import CountSeries
from evenkeel.testing.feeder import Feeder

BOT = ServiceKey("production", "bot")
MEASURES = ("good", "bad", "undetermined", "excluded", "probes_good", "probes_bad")


def a_day(feeder: Feeder) -> Window:
    return Window(feeder.noon_us - 12 * US_PER_HOUR, feeder.noon_us + 12 * US_PER_HOUR)


def anything(chance: random.Random, feeder: Feeder) -> dict[str, Any]:
    """A request or a probe of one of three services within six hours; probes fail in runs."""
    at = feeder.noon_us + chance.randrange(6 * 60) * US_PER_MINUTE + chance.randrange(60) * US_PER_SECOND
    where = {"at": at, "service": chance.choice(("bot", "bot", "search", "triage")), "version": chance.choice("12")}
    if chance.random() < 0.4:
        return feeder.event(**where, kind="probe", role="none", operation="http", subject="front",
                            outcome=chance.choice(("good", "bad", "bad")), tokens_in=None, cost_nano=None)  # fmt: skip
    return feeder.event(
        **where, outcome=chance.choice(("good", "good", "bad", "excluded")), latency_s=chance.uniform(0, 9)
    )


@pytest.fixture
def busy(feeder: Feeder) -> Feeder:
    chance = random.Random(8)
    for _ in range(6):
        feeder.fold(*(anything(chance, feeder) for _ in range(150)))
    return feeder


@pytest.mark.parametrize("step_minutes", [1, 60])
def test_they_are_the_counters_of_each_service(busy: Feeder, telemetry: Telemetry, step_minutes: int) -> None:
    found = telemetry.counts(a_day(busy), step_minutes=step_minutes)
    assert sorted(found) == sorted(state.key for state in telemetry.services())
    for key, series in found.items():
        rows = telemetry.minutes(key, a_day(busy), step_minutes=step_minutes)
        assert series.at.tolist() == [row.at for row in rows]
        for name in MEASURES:
            assert getattr(series, name).tolist() == [getattr(row, name) for row in rows], name


@pytest.mark.parametrize("step_minutes", [1, 60])
def test_bad_minutes_are_those_of_availability(busy: Feeder, telemetry: Telemetry, step_minutes: int) -> None:
    for key, series in telemetry.counts(a_day(busy), step_minutes=step_minutes).items():
        expected: dict[int, list[int]] = {}
        for at, counts in count_each(telemetry.minutes(key, a_day(busy))):
            sums = expected.setdefault(at // (step_minutes * US_PER_MINUTE) * step_minutes * US_PER_MINUTE, [0, 0])
            sums[0] += counts.known
            sums[1] += counts.bad
        assert bad_minutes(series) == {at: (known, bad) for at, (known, bad) in expected.items()}


def bad_minutes(series: CountSeries) -> dict[int, tuple[float, float]]:
    columns = zip(series.at, series.minutes_known, series.minutes_bad, strict=True)
    return {int(at): (known, bad) for at, known, bad in columns if known}


@pytest.mark.parametrize("step_minutes", [1, 60])
def test_slow_requests_are_counted_exactly(busy: Feeder, telemetry: Telemetry, step_minutes: int) -> None:
    found = telemetry.counts(a_day(busy), step_minutes=step_minutes, keys=[BOT], thresholds=(2.0, 5.0))
    (sample,) = telemetry.samples(BOT, [a_day(busy)], by="minute", thresholds=(2.0, 5.0))
    for threshold in (2.0, 5.0):
        assert found[BOT].slow[threshold].sum() == sum(sample.clusters.slow[threshold])
    assert found[BOT].timed.sum() == sum(sample.clusters.timed)
    assert (found[BOT].slow[5.0] <= found[BOT].slow[2.0]).all()


def test_what_nobody_knows_is_left_out(busy: Feeder, telemetry: Telemetry) -> None:
    assert telemetry.counts(a_day(busy), step_minutes=1, keys=[ServiceKey("production", "nobody")]) == {}
    assert telemetry.counts(Window(0, US_PER_HOUR), step_minutes=60) == {}
    with pytest.raises(ValueError, match="step_minutes is 1 or 60, not 5"):
        telemetry.counts(a_day(busy), step_minutes=5)


def test_outcomes_are_the_latest_requests_and_probes_first(feeder: Feeder, telemetry: Telemetry) -> None:
    second = US_PER_SECOND
    feeder.fold(
        feeder.event(at=feeder.noon_us, outcome="good", caller=7),
        feeder.event(at=feeder.noon_us + second, outcome="bad"),
        feeder.event(at=feeder.noon_us + 2 * second, outcome="excluded"),
        feeder.event(at=feeder.noon_us + 3 * second, kind="probe", role="none", operation="http", outcome="bad"),
        feeder.event(at=feeder.noon_us + 4 * second, kind="probe", role="none", operation="tls", outcome="bad"),
    )
    found = telemetry.outcomes(BOT, a_day(feeder), limit=10)
    assert [(each.at_us - feeder.noon_us, each.bad, each.probe) for each in found] == [
        (3 * second, True, True), (second, True, False), (0, False, False)]  # fmt: skip
    assert found[-1].caller == 7
    assert len(telemetry.outcomes(BOT, a_day(feeder), limit=2)) == 2
    assert telemetry.outcomes(ServiceKey("production", "nobody"), a_day(feeder), limit=2) == []


def test_a_read_takes_nothing_from_the_columns(busy: Feeder, telemetry: Telemetry) -> None:
    first = telemetry.counts(a_day(busy), step_minutes=60)[BOT]
    second = telemetry.counts(a_day(busy), step_minutes=60)[BOT]
    assert np.array_equal(first.bad, second.bad)
    assert first.bad.dtype == np.float64


RUNS = (  # minute after noon, probe, kind, vantage, outcome
    (0, "front", "http", "local", "good"),
    (0, "front", "http", "far", "bad"),
    (0, "returns", "golden", "local", "bad"),
    (1, "returns", "golden", "local", "good"),
    (1, "returns", "golden", "local", "none"),
    (70, "returns", "golden", "local", "bad"),
    (70, "cert", "tls", "local", "good"),
)


@pytest.fixture
def probed(feeder: Feeder) -> Feeder:
    events = [
        feeder.event(
            at=feeder.noon_us + minute * US_PER_MINUTE, kind="probe", role="none", operation=kind, subject=name,
            label=vantage, outcome=outcome, caller=7,
        )
        for minute, name, kind, vantage, outcome in RUNS
    ]  # fmt: skip
    feeder.fold(*events[:4])
    feeder.fold(*events[2:])  # some are sent again
    feeder.fold(feeder.event(kind="probe", role="none", operation="http", subject=None), feeder.event(subject="front"))
    return feeder


def runs(telemetry: Telemetry, feeder: Feeder, step_minutes: int) -> dict[str, dict[int, tuple[float, float]]]:
    (series,) = telemetry.counts(
        a_day(feeder), step_minutes=step_minutes, keys=[BOT], probes=("returns", "front", "nobody's")
    ).values()
    return {
        name: {
            (int(at) - feeder.noon_us) // US_PER_MINUTE: (good, bad)
            for at, good, bad in zip(series.at, each.good, each.bad, strict=True)
            if good or bad
        }
        for name, each in series.by_probe.items()
    }


def test_runs_of_named_probes_are_counted_whatever_their_kind(probed: Feeder, telemetry: Telemetry) -> None:
    assert runs(telemetry, probed, 1) == {"front": {0: (1, 1)}, "returns": {0: (0, 1), 1: (1, 0), 70: (0, 1)}}
    assert runs(telemetry, probed, 60) == {"front": {0: (1, 1)}, "returns": {0: (1, 1), 60: (0, 1)}}
    assert telemetry.counts(a_day(probed), step_minutes=60)[BOT].by_probe == {}
    assert telemetry.verify(a_day(probed)) == []


def test_erasing_whoever_asked_leaves_what_a_probe_counted(probed: Feeder, telemetry: Telemetry) -> None:
    before = runs(telemetry, probed, 1)
    assert telemetry.erase_caller(7, now_us=probed.noon_us) == len(RUNS)
    late = {"kind": "probe", "role": "none", "operation": "golden", "subject": "returns", "caller": 7}
    probed.fold(probed.event(at=probed.noon_us, outcome="bad", **late))
    before["returns"][0] = (0, 2)
    assert runs(telemetry, probed, 1) == before
    assert telemetry.verify(a_day(probed)) == []
    assert {event["caller"] for event in telemetry.events(EventFilter(kind="probe")).events} == {None}


def test_months_of_availability_are_told_longer_than_their_minutes(busy: Feeder, telemetry: Telemetry) -> None:
    before = {key: bad_minutes(series) for key, series in telemetry.counts(a_day(busy), step_minutes=60).items()}
    now_us = busy.noon_us + 200 * US_PER_DAY
    assert telemetry.apply_retention({}, now_us)["counters_minute"] > 0
    after = telemetry.counts(a_day(busy), step_minutes=60)
    assert {key: bad_minutes(series) for key, series in after.items()} == before
    assert telemetry.apply_retention({}, busy.noon_us + 401 * US_PER_DAY)["counters_hour"] > 0
    assert telemetry.counts(a_day(busy), step_minutes=60) == {}
