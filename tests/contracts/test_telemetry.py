"""What every engine behind the telemetry port must do (DESIGN §3, §6)."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.sketch import RELATIVE_ERROR, quantile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.telemetry.port import JournalOffset, MinuteRow, ServiceKey, Telemetry, Thresholds
from evenkeel.testing.feeder import Feeder

BOT = ServiceKey("production", "bot")


def around(feeder: Feeder, hours: float = 1) -> Window:
    return Window(feeder.noon_us - int(hours * US_PER_HOUR), feeder.noon_us + int(hours * US_PER_HOUR))


def total(rows: Sequence[MinuteRow], name: str) -> float:
    return sum(getattr(row, name) for row in rows)


def probe(feeder: Feeder, **more: Any) -> dict[str, Any]:
    base = {"kind": "probe", "role": "none", "operation": "http", "subject": "front", "label": "local", "model": None,
            "cost_nano": None, "tokens_in": None, "tokens_out": None}  # fmt: skip
    return feeder.event(**base | more)


class TestProbes:
    def test_only_probes_of_the_service_itself_count_for_availability(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        kinds = ("http", "tls", "golden", "dependency", None)  # before kinds were written there was but one
        feeder.fold(*(probe(feeder, operation=kind, outcome=outcome) for kind in kinds for outcome in ("good", "bad")))
        (row,) = telemetry.minutes(BOT, around(feeder))
        assert (row.probes_good, row.probes_bad, row.requests) == (2, 2, 0)
        assert telemetry.verify(around(feeder)) == []

    def test_a_probe_that_found_nothing_out_is_neither_evidence_nor_life(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        later = feeder.noon_us + US_PER_MINUTE
        feeder.fold(probe(feeder))
        feeder.fold(probe(feeder, outcome="none", at=later), probe(feeder, operation="tls", at=later))
        assert telemetry.services()[0].last_at == feeder.noon_us
        assert telemetry.services()[0].last_arrived_at == later
        assert sum(row.probes_good + row.probes_bad for row in telemetry.minutes(BOT, around(feeder))) == 1

    def test_each_probe_and_vantage_is_summed_up_with_what_it_found_last(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        later = feeder.noon_us + US_PER_MINUTE
        last = probe(feeder, at=later, outcome="bad", reason="http_503", status_code=503, latency_s=None,
                     attributes='{"detail":"It answered 503.","every_s":15.0}')  # fmt: skip
        feeder.fold(probe(feeder), probe(feeder, outcome="none"), last, probe(feeder, label="far", service="other"))
        far, local = telemetry.probes(around(feeder))
        assert (far.key.service, far.vantage, far.good) == ("other", "far", 1)
        assert (local.name, local.kind, local.vantage) == ("front", "http", "local")
        assert (local.good, local.bad, local.undecided, local.latency_s_p95) == (1, 1, 1, 0.5)
        assert (local.last_at, local.last_outcome, local.last_reason) == (later, "bad", "http_503")
        assert (local.last_status_code, local.last_latency_s, local.last_detail) == (503, None, "It answered 503.")
        assert (local.last_every_s, far.last_every_s) == (15.0, None)
        assert local.last_event_id == str_of(last["event_id"])
        assert [row.vantage for row in telemetry.probes(around(feeder), BOT)] == ["local"]
        assert telemetry.probes(Window(later + 1, later + 2)) == []

    @pytest.mark.parametrize("said", ['"soon"', "-15", "0", "1e999", "86401", "[15]", "true", "null"])
    def test_an_interval_that_is_none_is_not_believed(self, feeder: Feeder, telemetry: Telemetry, said: str) -> None:
        feeder.fold(probe(feeder, attributes=f'{{"every_s":{said}}}'))
        assert [row.last_every_s for row in telemetry.probes(around(feeder))] == [None]


class TestCounting:
    def test_a_batch_becomes_counters_of_its_minutes(self, feeder: Feeder, telemetry: Telemetry) -> None:
        later = feeder.noon_us + US_PER_MINUTE
        feeder.fold(feeder.event(), feeder.event(outcome="bad"), feeder.event(at=later, outcome="excluded"))
        first, second = telemetry.minutes(BOT, around(feeder))
        assert (first.at, first.good, first.bad, first.requests, first.cost_nano) == (feeder.noon_us, 1, 1, 2, 700_000)
        assert (second.at, second.excluded, second.requests, second.tokens_in) == (later, 1, 0, 100)

    def test_an_event_sent_again_is_stored_once(self, feeder: Feeder, telemetry: Telemetry) -> None:
        event = feeder.event()
        assert feeder.fold(event, event).duplicates == 1
        again = feeder.fold(event)
        assert (again.stored, again.duplicates) == (0, 1)
        assert total(telemetry.minutes(BOT, around(feeder)), "good") == 1

    def test_an_event_that_said_no_time_counts_once_however_late_it_is_sent_again(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        first = feeder.event()
        again, late = (
            {**first, "at": feeder.noon_us + delay, "arrived_at": feeder.noon_us + delay}
            for delay in (US_PER_MINUTE, 59 * US_PER_MINUTE)
        )
        assert feeder.fold(first, again).stored == 1
        assert feeder.fold(late, feeder.event()).duplicates == 1
        assert total(telemetry.minutes(BOT, around(feeder)), "good") == 2

    def test_no_amount_that_a_door_takes_overflows_a_counter(self, feeder: Feeder, telemetry: Telemetry) -> None:
        most = 2**62  # more than any door takes of one event
        feeder.fold(*(feeder.event(tokens_in=most, cost_nano=most) for _ in range(50)))
        (row,) = telemetry.minutes(BOT, around(feeder))
        assert (row.tokens_in, row.cost_nano) == (50 * most, 50 * most)

    def test_a_sampled_event_counts_for_all_it_stands_for(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(feeder.event(weight=10.0, outcome="bad"))
        (row,) = telemetry.minutes(BOT, around(feeder))
        assert (row.bad, row.tokens_in, row.cost_nano) == (10, 1_000, 3_500_000)

    def test_tokens_without_a_price_are_counted_as_unpriced_and_cost_nothing_known(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        feeder.fold(feeder.event(cost_nano=None, currency=None, cost_basis="unpriced"))
        (row,) = telemetry.minutes(BOT, around(feeder))
        assert (row.unpriced, row.cost_nano) == (1, 0)

    def test_offsets_move_with_the_events_in_one_transaction(
        self, open_telemetry: Callable[[], Telemetry], telemetry: Telemetry, feeder: Feeder
    ) -> None:
        feeder.fold(feeder.event())
        telemetry.close()
        again = open_telemetry()
        assert again.offsets() == {"w0": JournalOffset(0, 1)}
        assert total(again.minutes(BOT, around(feeder)), "good") == 1
        again.close()

    def test_a_fold_that_fails_leaves_nothing_behind(self, feeder: Feeder, telemetry: Telemetry) -> None:
        with pytest.raises(Exception, match=r".+"):
            telemetry.fold([object()], {"w0": JournalOffset(9, 9)}, now_us=0)
        assert telemetry.offsets() == {}
        assert feeder.fold(feeder.event()).stored == 1

    def test_counters_agree_with_events_after_any_order_of_batches(self, feeder: Feeder, telemetry: Telemetry) -> None:
        """Random traces in random pieces, some sent twice, late ones after the hour was sketched."""
        chance = random.Random(5)
        events: list[dict[str, Any]] = []
        for trace in range(60):
            at = feeder.noon_us - chance.randrange(3 * US_PER_HOUR)
            request = {"request_id": (10_000 + trace).to_bytes(16, "big"), "solo": False, "at": at}
            events.append(feeder.event(**request, role="entry", span_id=1, operation="POST /ask", latency_s=2.0))
            events += [
                feeder.event(
                    **request | {"at": at - 1000},
                    span_id=2 + span,
                    parent_id=chance.choice([1, 1 + span]),
                    source_rank=chance.choice([10, 20]),
                    response_id=chance.choice([None, "r1"]),
                    outcome=chance.choice(["good", "bad"]),
                    latency_s=chance.random(),
                )
                for span in range(chance.randrange(4))
            ]
        chance.shuffle(events)
        whole = Window(feeder.noon_us - US_PER_DAY, feeder.noon_us + US_PER_DAY)
        while events:
            piece, events = events[:17], events[17:]
            feeder.fold(*piece, *chance.sample(piece, 2))
            telemetry.close_periods(feeder.noon_us + chance.randrange(2) * US_PER_DAY)
            assert telemetry.verify(whole) == []
        sketched = telemetry.latency_histogram(BOT, Window(whole.start_us, whole.end_us))
        assert sketched.n == pytest.approx(total(telemetry.minutes(BOT, whole), "requests"))


class TestOneCallOneRequest:
    def test_an_entry_with_a_call_beneath_is_one_request_and_one_attempt(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        trace = {"request_id": b"t" * 16, "solo": False}
        feeder.fold(feeder.event(**trace, span_id=2, parent_id=1, outcome="bad"))
        assert total(telemetry.minutes(BOT, around(feeder)), "bad") == 1
        entry = feeder.event(
            **trace, role="entry", span_id=1, operation="POST /ask", cost_nano=None, tokens_in=None, tokens_out=None
        )
        feeder.fold(entry)
        (row,) = telemetry.minutes(BOT, around(feeder))
        assert (row.good, row.bad, row.attempts, row.cost_nano) == (1, 0, 1, 350_000)

    def test_server_spans_of_ordinary_services_are_no_ai_requests(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(feeder.event(role="entry", operation="GET /health", cost_nano=None))
        assert total(telemetry.minutes(BOT, around(feeder)), "requests") == 0

    def test_a_retried_success_is_a_success_paid_twice(self, feeder: Feeder, telemetry: Telemetry) -> None:
        trace = {"request_id": b"t" * 16, "solo": False}
        feeder.fold(
            feeder.event(**trace, role="request", span_id=1, cost_nano=None),
            feeder.event(**trace, span_id=2, parent_id=1, outcome="bad"),
            feeder.event(**trace, span_id=3, parent_id=1),
        )
        (row,) = telemetry.minutes(BOT, around(feeder))
        assert (row.good, row.bad, row.attempts, row.cost_nano) == (1, 0, 2, 700_000)

    def test_two_instrumentations_of_one_call_are_paid_once(self, feeder: Feeder, telemetry: Telemetry) -> None:
        trace = {"request_id": b"t" * 16, "solo": False}
        feeder.fold(
            feeder.event(**trace, span_id=2, parent_id=1, source_rank=20, response_id="chatcmpl-1"),
            feeder.event(**trace, span_id=3, parent_id=2, source_rank=10, response_id="chatcmpl-1"),
        )
        (row,) = telemetry.minutes(BOT, around(feeder))
        assert (row.requests, row.attempts, row.cost_nano) == (1, 1, 350_000)
        rows = telemetry.request_events(str_of(b"t" * 16), feeder.noon_us)
        assert sorted(event["counts_attempt"] for event in rows) == [False, True]

    @pytest.mark.parametrize(
        ("other", "attempts"),
        [
            ({}, 1),
            ({"dialect": "traceloop"}, 2),
            ({"tokens_out": 11}, 2),
            ({"provider": "anthropic"}, 2),
            ({"parent_id": 9}, 2),
            ({"at": Feeder.noon_us + 400_000}, 2),
            ({"tokens_in": None, "tokens_out": None}, 2),
        ],
        ids=["twins", "same dialect", "tokens", "provider", "parent", "time", "untold tokens"],
    )
    def test_siblings_of_two_dialects_that_agree_in_everything_are_one_call(
        self, feeder: Feeder, telemetry: Telemetry, other: dict[str, Any], attempts: int
    ) -> None:
        trace = {"request_id": bytes(16), "solo": False, "parent_id": 1, "provider": "openai"}
        outer = {"span_id": 2, "dialect": "traceloop", "latency_s": 0.5, "at": feeder.noon_us + 1_000}
        inner = {"span_id": 3, "dialect": "openinference", "latency_s": 0.4, "at": feeder.noon_us}
        feeder.fold(feeder.event(**trace | outer), feeder.event(**trace | inner | other))
        (minute,) = telemetry.minutes(BOT, around(feeder))
        assert (minute.attempts, minute.good) == (attempts, attempts)

    def test_parallel_calls_seen_twice_each_stay_two(self, feeder: Feeder, telemetry: Telemetry) -> None:
        trace = {"request_id": bytes(16), "solo": False, "parent_id": 1, "provider": "openai"}
        order = [("traceloop", 0.5), ("openinference", 0.4), ("openinference", 0.3), ("traceloop", 0.45)]
        feeder.fold(
            *(feeder.event(**trace, span_id=n, dialect=who, latency_s=s) for n, (who, s) in enumerate(order, start=2))
        )
        (minute,) = telemetry.minutes(BOT, around(feeder))
        assert (minute.attempts, minute.cost_nano) == (2, 700_000)

    def test_duplicates_arriving_in_later_batches_take_back_what_was_counted(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        trace = {"request_id": b"t" * 16, "solo": False}
        feeder.fold(feeder.event(**trace, span_id=3, parent_id=2, source_rank=20))
        feeder.fold(feeder.event(**trace, span_id=2, parent_id=1, source_rank=10, tokens_out=20))
        (row,) = telemetry.minutes(BOT, around(feeder))
        assert (row.requests, row.attempts, row.tokens_out) == (1, 1, 20)


class TestEvidence:
    def test_clusters_by_caller_put_a_callers_requests_together(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(
            feeder.event(caller=7, outcome="bad"),
            feeder.event(caller=7, latency_s=4.0),
            feeder.event(caller=8, latency_s=2.0),
            feeder.event(caller=9, outcome="excluded"),
        )
        clusters = telemetry.samples(BOT, [around(feeder)], by="caller", thresholds=(2.0, 3.0))[0].clusters
        assert sorted(zip(clusters.total, clusters.bad, clusters.slow[3.0], strict=True)) == [(1, 0, 0), (2, 1, 1)]
        assert sum(clusters.slow[2.0]) == 1, "exactly 2 s is not slower than 2 s"
        assert telemetry.caller_share(BOT, around(feeder)) == 1.0

    def test_requests_that_name_no_caller_are_grouped_by_minute(self, feeder: Feeder, telemetry: Telemetry) -> None:
        later = feeder.noon_us + US_PER_MINUTE
        feeder.fold(*(feeder.event(at=at, outcome="bad") for at in (feeder.noon_us, feeder.noon_us, later)))
        for by in ("caller", "minute"):
            clusters = telemetry.samples(BOT, [around(feeder)], by=by, thresholds=())[0].clusters
            assert list(clusters.bad) == [2, 1]

    def test_windows_asked_for_together_are_answered_in_turn_with_their_latencies(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        feeder.fold(*(feeder.event(at=feeder.noon_us + n * US_PER_MINUTE, caller=n % 2) for n in range(60)))
        windows = [Window(feeder.noon_us + n * US_PER_MINUTE, feeder.noon_us + US_PER_HOUR) for n in (55, 0, 40)]
        for by in ("caller", "minute"):
            found = telemetry.samples(BOT, windows, by=by, thresholds=(2.0,))
            assert [(sum(sample.clusters.total), sample.latencies.n) for sample in found] == [
                (5, 5),
                (60, 60),
                (20, 20),
            ]

    def test_thresholds_are_counted_exactly_not_by_bucket(self, feeder: Feeder, telemetry: Telemetry) -> None:
        just_above, just_below = math.nextafter(2.0, 3), math.nextafter(2.0, 1)
        feeder.fold(*(feeder.event(latency_s=latency) for latency in (just_above, 2.0, just_below)))
        for by in ("minute", "hour"):
            clusters = telemetry.samples(BOT, [around(feeder)], by=by, thresholds=(2.0,))[0].clusters
            assert sum(clusters.slow[2.0]) == 1

    def test_new_thresholds_are_counted_over_what_is_stored(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(feeder.event(latency_s=1.5), feeder.event(latency_s=1.1))
        telemetry.set_thresholds(Thresholds(by_service={BOT: (1.2, 2.0)}))
        feeder.fold(feeder.event(latency_s=1.4))
        clusters = telemetry.samples(BOT, [around(feeder)], by="minute", thresholds=(1.2, 2.0))[0].clusters
        assert (sum(clusters.slow[1.2]), sum(clusters.slow[2.0])) == (2, 0)
        assert telemetry.verify(around(feeder)) == []

    def test_percentiles_lie_between_neighbouring_values_widened_by_the_sketch(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        latencies = np.random.default_rng(3).lognormal(0.0, 1.0, 400)
        hours = np.random.default_rng(4).integers(0, 48, 400)
        events = [
            feeder.event(latency_s=float(latency), at=feeder.noon_us - int(hour) * US_PER_HOUR)
            for latency, hour in zip(latencies, hours, strict=True)
        ]
        feeder.fold(*events[:300])
        telemetry.close_periods(feeder.noon_us + US_PER_MINUTE)
        feeder.fold(*events[300:])
        window = Window(feeder.noon_us - 3 * US_PER_DAY, feeder.noon_us + US_PER_MINUTE)
        histogram = telemetry.latency_histogram(BOT, window)
        assert histogram.n == 400
        ordered = np.sort(latencies)
        for q in (0.5, 0.9, 0.95, 0.99):
            rank = q * 399
            value, low, high = quantile(histogram.counts, q)
            below, above = ordered[math.floor(rank)], ordered[math.ceil(rank)]
            assert below / (1 + RELATIVE_ERROR) <= value <= above * (1 + RELATIVE_ERROR)
            assert low <= below
            assert above <= high

    def test_latency_histograms_are_one_per_bucket_that_has_latencies(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        feeder.fold(*(feeder.event(latency_s=float(n), at=feeder.noon_us + n * US_PER_MINUTE) for n in (1, 2, 2, 7)))
        series = telemetry.latency_histograms(BOT, around(feeder), step_minutes=5)
        assert [(at - feeder.noon_us, found.n) for at, found in series] == [(0, 3), (5 * US_PER_MINUTE, 1)]
        assert quantile(series[1][1].counts, 0.5)[0] == pytest.approx(7.0, rel=RELATIVE_ERROR)

    def test_versions_are_known_by_their_first_and_last_minute(self, feeder: Feeder, telemetry: Telemetry) -> None:
        minutes = {"1": (0, 3), "2": (2, 9)}
        feeder.fold(
            *(
                feeder.event(version=version, model=model, at=feeder.noon_us + minute * US_PER_MINUTE)
                for version, both in minutes.items()
                for minute, model in zip(both, ("gpt-4o", "gpt-4o-mini"), strict=True)
            ),
            feeder.event(version="3", kind="heartbeat", role="none", outcome="none", value=60.0),
        )
        spans = [(s.version, s.first_at - feeder.noon_us, s.last_at - feeder.noon_us)
                 for s in telemetry.version_spans(BOT)]  # fmt: skip
        assert spans == [(v, first * US_PER_MINUTE, last * US_PER_MINUTE) for v, (first, last) in minutes.items()]


class TestServices:
    def test_a_service_is_known_from_its_first_event_and_by_what_it_does(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        feeder.fold(
            feeder.event(),
            feeder.event(at=feeder.noon_us + 5, arrived_at=feeder.noon_us, role="retrieval", operation="retrieval"),
        )
        (state,) = telemetry.services()
        assert state.key == BOT
        assert (state.first_at, state.last_at) == (feeder.noon_us, feeder.noon_us)  # no later than its arrival
        assert state.kinds == {"chat", "retrieval"}
        folded = state.folded
        feeder.fold(feeder.event())
        assert telemetry.services()[0].folded > folded

    def test_outcomes_and_feedback_are_no_sign_of_life(self, feeder: Feeder, telemetry: Telemetry) -> None:
        later = feeder.noon_us + US_PER_HOUR
        feeder.fold(feeder.event())
        feeder.fold(feeder.event(kind="feedback", role="none", at=later, arrived_at=later, outcome="none"))
        assert telemetry.services()[0].last_at == feeder.noon_us

    def test_heartbeats_carry_their_interval(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(feeder.event(kind="heartbeat", role="none", outcome="none", value=15.0, latency_s=None))
        (state,) = telemetry.services()
        assert (state.last_heartbeat_at, state.heartbeat_every_s) == (feeder.noon_us, 15.0)
        assert telemetry.minutes(BOT, around(feeder))[0].heartbeats == 1

    def test_a_service_with_endless_versions_keeps_its_sums(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(*(feeder.event(version=str(n)) for n in range(500)))
        assert total(telemetry.minutes(BOT, around(feeder)), "good") == 500
        versions = telemetry.breakdown(BOT, around(feeder), by="version")
        assert len(versions) <= 201
        assert sum(row.good for row in versions) == 500


class TestBrowsing:
    def test_breakdowns_split_a_window_by_version_model_and_reason(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(
            feeder.event(version="1"),
            feeder.event(version="2", outcome="bad", reason="http_500", latency_s=3.0),
            feeder.event(version="2", model="gpt-4o-mini"),
        )
        versions = {row.value: row for row in telemetry.breakdown(BOT, around(feeder), by="version")}
        assert (versions["2"].good, versions["2"].bad, versions["1"].bad) == (1, 1, 0)
        assert versions["1"].latency_s_p95 == pytest.approx(0.5, rel=RELATIVE_ERROR)
        assert {row.value for row in telemetry.breakdown(BOT, around(feeder), by="model")} == {"gpt-4o", "gpt-4o-mini"}
        assert [(row.value, row.bad) for row in telemetry.breakdown(BOT, around(feeder), by="reason")] == [
            ("http_500", 1)
        ]

    def test_pages_of_events_are_complete_and_without_repetition(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(*(feeder.event(at=feeder.noon_us + n // 3) for n in range(25)))
        seen: list[str] = []
        cursor = None
        while True:
            page = telemetry.events(EventFilter(service="bot"), limit=7, cursor=cursor)
            seen += [event["event_id"] for event in page.events]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 25

    def test_filters_narrow_the_list(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(
            feeder.event(outcome="bad", reason="timeout", latency_s=9.0, finding="clock unpriced_model"),
            feeder.event(environment="staging"),
        )
        for where in (
            EventFilter(outcome="bad"),
            EventFilter(reason="timeout"),
            EventFilter(slower_than_s=5.0),
            EventFilter(finding="clock"),
            EventFilter(text="TIME", environment="production"),
        ):
            (event,) = telemetry.events(where).events
            assert event["reason"] == "timeout"

    def test_an_event_is_found_by_its_id(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(feeder.event(event_id=b"\x01" * 16, attributes='{"a":1}'))
        event = telemetry.event(str_of(b"\x01" * 16))
        assert event is not None
        assert (event["service"], event["at"], event["attributes"]) == ("bot", feeder.noon_us, '{"a":1}')
        assert telemetry.event("nonsense") is None

    def test_a_cursor_of_ones_own_making_is_refused(self, telemetry: Telemetry) -> None:
        with pytest.raises(InvalidInputError, match="not a cursor"):
            telemetry.events(EventFilter(), cursor="yesterday")


class TestUpkeep:
    def test_erasing_a_person_changes_no_number_and_survives_replay(self, feeder: Feeder, telemetry: Telemetry) -> None:
        event = feeder.event(caller=7, session=3, attributes='{"user":"x"}', event_id=b"\x02" * 16)
        feeder.fold(event, feeder.event(caller=8))
        before = telemetry.minutes(BOT, around(feeder))
        assert telemetry.erase_caller(7, now_us=feeder.noon_us) == 1
        assert telemetry.minutes(BOT, around(feeder)) == before
        found = telemetry.event(str_of(b"\x02" * 16))
        assert found is not None
        assert (found["caller"], found["session"], found["attributes"]) == (None, None, None)
        late = feeder.event(caller=7, event_id=b"\x03" * 16)
        assert feeder.fold(late).erased == 1
        found = telemetry.event(str_of(b"\x03" * 16))
        assert found is not None
        assert found["caller"] is None

    def test_retention_deletes_by_class_and_reports_numbers(self, feeder: Feeder, telemetry: Telemetry) -> None:
        old = feeder.noon_us - 31 * US_PER_DAY
        feeder.fold(feeder.event(at=old), feeder.event())
        telemetry.close_periods(feeder.noon_us)
        deleted = telemetry.apply_retention({}, feeder.noon_us)
        assert deleted["events"] == 1
        assert telemetry.usage().events == 1
        month = Window(old - US_PER_HOUR, feeder.noon_us + US_PER_HOUR)
        assert total(telemetry.minutes(BOT, month), "good") == 2, "counters outlive events"
        assert telemetry.latency_histogram(BOT, month).n == 2, "sketches outlive events"

    def test_imported_history_keeps_its_counters_as_long_as_its_events(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        long_ago = feeder.noon_us - 1_000 * US_PER_DAY
        feeder.fold(feeder.event(at=long_ago, arrived_at=feeder.noon_us))
        assert sum(telemetry.apply_retention({}, feeder.noon_us).values()) == 0
        then = Window(long_ago - US_PER_HOUR, long_ago + US_PER_HOUR)
        assert total(telemetry.minutes(BOT, then), "good") == 1
        assert telemetry.verify(then) == []

    def test_verify_names_the_minute_that_disagrees(
        self, feeder: Feeder, telemetry: Telemetry, tmp_path: Path, open_telemetry: Callable[[], Telemetry]
    ) -> None:
        feeder.fold(feeder.event())
        assert telemetry.verify(around(feeder)) == []
        telemetry.close()
        with duckdb.connect(str(tmp_path / "telemetry.duckdb")) as con:
            con.execute("UPDATE counters_minute SET good = good + 1")
        damaged = open_telemetry()
        (found,) = damaged.verify(around(feeder))
        damaged.close()
        assert (found.key, found.measure, found.counter, found.events) == (BOT, "good", 2, 1)

    def test_a_backup_is_a_store_of_its_own(
        self, feeder: Feeder, telemetry: Telemetry, tmp_path: Path, open_telemetry: Callable[[], Telemetry]
    ) -> None:
        feeder.fold(feeder.event())
        copy_dir = tmp_path / "copy"
        copy_dir.mkdir()
        telemetry.backup(str(copy_dir))
        feeder.fold(feeder.event())
        copy = type(telemetry)(str(copy_dir / "telemetry.duckdb"))  # type: ignore[call-arg]
        assert total(copy.minutes(BOT, around(feeder)), "good") == 1
        assert copy.offsets() == {"w0": JournalOffset(0, 1)}
        copy.close()

    def test_a_second_process_is_told_who_holds_the_store(self, telemetry: Telemetry, tmp_path: Path) -> None:
        code = (
            "import sys\nfrom evenkeel.store.telemetry.duckdb_store import DuckTelemetry\n"
            "from evenkeel.kernel.errors import HomeBusyError\n"
            "try: DuckTelemetry(sys.argv[1])\nexcept HomeBusyError: sys.exit(7)"
        )
        path = tmp_path / "telemetry.duckdb"
        assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 7


def str_of(identity: bytes) -> str:
    """A UUID as the store writes it."""
    text = identity.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
