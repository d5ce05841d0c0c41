"""Counters of many services at once agree with the counters of each, whatever happened."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from evenkeel.judge.indicators.minutes import count_each
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.store.telemetry.port import CountSeries, ServiceKey, Telemetry
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
