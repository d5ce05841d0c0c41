from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web import reading


def test_the_three_answers_count_every_status_and_lead_with_the_worst(world: Any) -> None:
    world.chat(600, bad=60, service="broken")
    world.chat(600, service="fine")
    world.chat(5, service="fresh")
    world.judge()
    services = world.engine.services(world.clock.now_us())
    answers = reading.answers(services)
    assert answers["mood"] == "breach"
    assert answers["how"].startswith("Of 3 judged services, 1 is in breach")
    assert answers["changed"].startswith("broken: Error rate is in breach")
    assert answers["todo"].startswith("broken: ")


def test_without_bad_news_the_mood_is_unknown_as_long_as_one_service_is() -> None:
    empty = reading.answers([])
    assert (empty["how"], empty["mood"]) == ("No service is judged yet.", "unknown")


def test_a_mood_is_ok_only_when_everything_is(world: Any) -> None:
    world.chat(1_200, service="fine")
    world.chat(5, service="fresh")
    world.judge()
    services = world.engine.services(world.clock.now_us())
    assert reading.answers(services)["mood"] == "unknown"
    only = [service for service in services if service.key.service == "fine"]
    assert {service.status.value for service in only} <= {"ok", "partial", "unknown"}


def test_a_row_shows_the_last_hour_with_its_failures_and_each_objective(world: Any) -> None:
    world.chat(600, bad=60)
    world.judge()
    now_us = world.clock.now_us()
    row = reading.service_row(world.engine.services(now_us)[0], now_us)
    assert row["requests"] == 600
    assert "600 requests in the last hour, 60 failed" in row["spark"]
    assert [each["title"] for each in row["objectives"]] == ["Availability", "Latency p95", "Latency p99", "Error rate"]


def test_addresses_escape_what_names_may_hold() -> None:
    assert reading.service_url(ServiceKey("a/b", "c d?")) == "/services/a%2Fb/c%20d%3F"
    assert reading.service_url(ServiceKey("a", "b"), tab="traffic") == "/services/a/b?tab=traffic"


def test_a_filter_reads_times_numbers_and_whether_it_counted() -> None:
    where = reading.event_filter({"from": "10", "to": "20", "slower_than_s": "1.5", "counted": "true", "model": "m"})
    assert where.window == Window(10, 20)
    assert (where.slower_than_s, where.counted, where.model, where.service) == (1.5, True, "m", None)
    assert reading.event_filter({"to": "20"}).window == Window(0, 20)
    assert reading.event_filter({"from": "30", "to": "20"}).window == Window(30, 30)
    assert reading.event_filter({"counted": "maybe", "service": ""}).counted is None


@pytest.mark.parametrize(
    "query",
    [
        {"from": "-1"}, {"to": "1e9"}, {"from": "9" * 19}, {"from": "²"}, {"from": "9" * 18}, {"to": "9" * 18},
        {"slower_than_s": "x"}, {"slower_than_s": "nan"}, {"slower_than_s": "inf"},
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        reading.event_filter(query)
