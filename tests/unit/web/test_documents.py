from __future__ import annotations

import json
from typing import Any

from evenkeel.web.documents import event_document, service_document


def test_a_service_is_a_document_of_plain_json_with_every_bound(world: Any) -> None:
    world.chat(600, bad=60)
    world.judge()
    now_us = world.clock.now_us()
    document = service_document(world.engine.services(now_us)[0], now_us)
    assert json.loads(json.dumps(document, allow_nan=False)) == document  # no infinities, no objects
    rate = next(each for each in document["objectives"] if each["objective"] == "error_rate")
    assert rate["status"] == "breach" and rate["target"] == 0.001 and rate["alert"] == 0.005
    page = rate["windows"]["page"]
    estimate = page["estimate"]
    assert 0.005 < estimate["low"] < estimate["value"] < estimate["high"] <= 1
    assert estimate["n"] > 0 and estimate["coverage"] == 1 and estimate["evidence"]["query"].startswith("/events?")
    throughput = next(each for each in document["objectives"] if each["objective"] == "throughput")
    assert throughput["counts_towards_status"] is False
    assert throughput["windows"]["page"]["estimate"]["high"] is None  # unbounded
    assert "capacity" in throughput["windows"]["page"]["needs"]["of"]


def test_a_stored_verdict_that_expired_reads_stale_whenever_it_is_asked_for(world: Any) -> None:
    world.chat(600)
    world.judge()
    status = world.engine.services(world.clock.now_us())[0]
    later = world.clock.now_us() + 3_600 * 1_000_000
    words = {each["status"] for each in service_document(status, later)["objectives"]}
    assert words == {"stale"}


def test_an_event_leaves_out_what_is_absent_and_writes_wide_numbers_as_text() -> None:
    assert event_document({"caller": 2**63 + 1, "model": None, "latency_s": 0.5, "span_id": 1}) == {
        "caller": "8000000000000001",
        "latency_s": 0.5,
        "span_id": "0000000000000001",
    }
