"""The evidence of a look: grouped here or by the engine, alone or with other windows, it is the same."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest

from evenkeel.kernel.sketch import bucket_of
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry import samples
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import Clusters, ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
M, H, D = US_PER_MINUTE, US_PER_HOUR, US_PER_DAY
THRESHOLDS = (2.0, 3.0)


def requests(chance: random.Random, count: int, hours: int) -> list[dict[str, Any]]:
    """Requests of every sort, of callers that name themselves and others."""
    return [
        {
            "at": NOON_US - chance.randrange(hours * H),
            "caller": chance.choice([None, 0, 1, 2, 2**64 - 1]),
            "outcome": chance.choice(["good", "good", "bad", "excluded", "none"]),
            "latency_s": chance.choice([None, 0.0, 1.0, 2.0, 2.5, 9.0]),
            "weight": chance.choice([1.0, 4.0]),
            "version": chance.choice(["1", "2"]),
        }
        for _ in range(count)
    ]


def groups(clusters: Clusters) -> list[tuple[float, ...]]:
    return list(
        zip(clusters.total, clusters.bad, clusters.timed, *(clusters.slow[limit] for limit in THRESHOLDS), strict=True)
    )


def reckoned(events: list[dict[str, Any]], window: Window) -> tuple[list[tuple[float, ...]], dict[int, float], float]:
    """(clusters in order of their first requests, latency buckets, latencies of zero), one request at a time."""
    clusters: dict[object, list[float]] = {}
    buckets: dict[int, float] = defaultdict(float)
    zero = 0.0
    for event in sorted(events, key=lambda event: event["at"]):
        if event["outcome"] == "excluded" or not window.contains(event["at"]):
            continue
        weight, latency_s = event["weight"], event["latency_s"]
        named = event["caller"] is not None
        cluster = clusters.setdefault(
            ("caller", event["caller"]) if named else ("minute", event["at"] // M), [0.0] * (3 + len(THRESHOLDS))
        )
        is_slow = [latency_s is not None and latency_s > limit for limit in THRESHOLDS]
        holds = [event["outcome"] != "none", event["outcome"] == "bad", latency_s is not None, *is_slow]
        for place, one in enumerate(holds):
            cluster[place] += weight * one
        if latency_s:
            buckets[bucket_of(latency_s)] += weight
        elif latency_s is not None:
            zero += weight
    return [tuple(cluster) for cluster in clusters.values()], dict(buckets), zero


@pytest.mark.parametrize("requests_max", [0, 100, 10_000], ids=["by the engine", "by both", "here"])
def test_callers_and_nameless_minutes_are_counted_as_if_one_by_one(
    feeder: Feeder, telemetry: DuckTelemetry, monkeypatch: pytest.MonkeyPatch, requests_max: int
) -> None:
    monkeypatch.setattr(samples, "REQUESTS_MAX", requests_max)
    events = requests(random.Random(requests_max), 400, hours=5)
    feeder.fold(*(feeder.event(**event) for event in events))
    for hours in (5, 1):
        windows = [Window(NOON_US - hours * H // part, NOON_US) for part in (1, 3, 12)]
        for window, sample in zip(
            windows, telemetry.samples(BOT, windows, by="caller", thresholds=THRESHOLDS), strict=True
        ):
            clusters, buckets, zero = reckoned(events, window)
            assert groups(sample.clusters) == clusters
            assert (dict(sample.latencies.counts), sample.latencies.zero) == (buckets, zero)
            assert sum(len(cluster) for cluster in clusters) > 0


@pytest.mark.parametrize("by", ["minute", "hour"])
def test_windows_read_together_hold_what_each_holds_alone(feeder: Feeder, telemetry: DuckTelemetry, by: str) -> None:
    feeder.fold(*(feeder.event(**event) for event in requests(random.Random(8), 400, hours=30)))
    telemetry.close_periods(NOON_US)
    windows = [Window(NOON_US - hours * H, NOON_US - ends * M) for hours, ends in ((30, 0), (2, 0), (5, 90), (1, 59))]
    together = telemetry.samples(BOT, windows, by=by, thresholds=THRESHOLDS)
    for window, sample in zip(windows, together, strict=True):
        assert [sample] == telemetry.samples(BOT, [window], by=by, thresholds=THRESHOLDS)
        assert sample.latencies == telemetry.latency_histogram(BOT, window)
        rows = telemetry.minutes(BOT, window, step_minutes=60 if by == "hour" else 1)
        assert sum(sample.clusters.total) == sum(row.requests for row in rows)


@pytest.mark.parametrize("by", ["caller", "minute", "hour"])
def test_who_asks_for_no_thresholds_is_given_no_latencies(feeder: Feeder, telemetry: DuckTelemetry, by: str) -> None:
    feeder.fold(feeder.event(latency_s=1.0))
    (sample,) = telemetry.samples(BOT, [Window(NOON_US, NOON_US + H)], by=by, thresholds=())
    assert (list(sample.clusters.total), sample.latencies.n) == ([1.0], 0.0)


def test_a_service_nobody_knows_has_none(telemetry: DuckTelemetry) -> None:
    window = Window(0, D)
    for by in ("caller", "minute", "hour"):
        clusters = telemetry.samples(BOT, [window], by=by, thresholds=(2.0,))[0].clusters
        assert (len(clusters.total), len(clusters.slow[2.0]), clusters.sampled_unknown) == (0, 0, False)
    assert telemetry.caller_share(BOT, window) == 0.0


def test_the_same_requests_add_up_whatever_they_are_grouped_by(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    chance = random.Random(6)
    feeder.fold(
        *(
            feeder.event(
                at=NOON_US - chance.randrange(5 * H),
                caller=chance.choice([None, 1, 2, 3]),
                outcome=chance.choice(["good", "bad", "excluded", "none"]),
                latency_s=chance.choice([None, 1.0, 2.5, 9.0]),
                weight=chance.choice([1.0, 4.0]),
            )
            for _ in range(300)
        )
    )
    window = Window(NOON_US - 5 * H, NOON_US)
    sums = [
        (sum(found.total), sum(found.bad), sum(found.timed), sum(found.slow[2.0]), sum(found.slow[5.0]))
        for found in (
            telemetry.samples(BOT, [window], by=by, thresholds=(2.0, 5.0))[0].clusters
            for by in ("caller", "minute", "hour")
        )
    ]
    assert sums[0] == pytest.approx(sums[1])
    assert sums[0] == pytest.approx(sums[2])
    assert all(number > 0 for number in sums[0])


def test_biased_sampling_is_said_however_they_are_grouped(feeder: Feeder, telemetry: DuckTelemetry) -> None:
    feeder.fold(feeder.event(sampled_unknown=True), feeder.event())
    for by in ("caller", "minute", "hour"):
        (sample,) = telemetry.samples(BOT, [Window(NOON_US, NOON_US + H)], by=by, thresholds=())
        assert sample.clusters.sampled_unknown
