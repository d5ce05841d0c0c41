from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND
from evenkeel.web import traffic


def hover_of(chart: dict[str, Any]) -> list[list[Any]]:
    found = re.search(r'data-hover="([^"]*)"', chart["svg"])
    assert found
    return json.loads(unescape(found.group(1)))


def test_a_range_begins_on_a_step_and_ends_now() -> None:
    now_us = 1_000 * 3_600 * US_PER_SECOND + 7
    span = traffic.span_of("24h", now_us)
    assert span.window.end_us == now_us
    assert span.window.start_us % span.step_us == 0
    assert span.step_us == 15 * US_PER_MINUTE
    with pytest.raises(InvalidInputError, match="There is no range '99y'"):
        traffic.span_of("99y", now_us)


@pytest.mark.parametrize("chosen", traffic.RANGES)
def test_charts_say_for_each_step_what_was_counted(world: Any, chosen: str) -> None:
    world.chat(300, bad=30)
    world.judge()
    now_us = world.clock.now_us()
    (service,) = world.engine.services(now_us)
    span = traffic.span_of(chosen, now_us)
    charts = {chart["title"]: chart for chart in traffic.draw_charts(world.feeder.telemetry, service, span)}
    assert list(charts) == ["Traffic", "Latency", "Errors", "Tokens", "Cost"]
    errors = [said for _, _, lines in hover_of(charts["Errors"]) for said in lines]
    assert errors and all(re.fullmatch(r"error rate [\d.]+ % \[[\d.]+ %–[\d.]+ %\]", said) for said in errors)
    latency = [said for _, _, lines in hover_of(charts["Latency"]) for said in lines]
    assert {said.split()[0] for said in latency} == {"p50", "p95", "p99"}
    assert "target 0.1 % · alert 0.5 %" in charts["Errors"]["svg"] or "alert 0.5 %" in charts["Errors"]["svg"]
    sums = traffic.sum_rows(world.feeder.telemetry.minutes(service.key, span.window, step_minutes=span.step_minutes))
    assert (sums["good"], sums["bad"], sums["attempts"]) == (270, 30, 300)


def test_a_version_that_came_later_is_marked_and_the_first_or_a_nameless_one_is_not(world: Any) -> None:
    world.chat(30, version="1", minutes=50)
    world.chat(30, version="2", minutes=20)
    world.chat(30, version="", minutes=10)
    world.judge()
    now_us = world.clock.now_us()
    (service,) = world.engine.services(now_us)
    for chart in traffic.draw_charts(world.feeder.telemetry, service, traffic.span_of("1h", now_us)):
        assert re.findall(r'class="moment-name"[^>]*>([^<]*)<', chart["svg"]) == ["2"]


def test_a_service_without_anything_in_the_range_is_drawn_empty(world: Any) -> None:
    world.chat(30)
    world.judge()
    world.clock.advance(40 * 86_400)
    now_us = world.clock.now_us()
    (service,) = world.engine.services(now_us)
    charts = traffic.draw_charts(world.feeder.telemetry, service, traffic.span_of("1h", now_us))
    assert all(hover_of(chart) == [] for chart in charts)
    assert traffic.write_csv(world.feeder.telemetry, service.key, traffic.span_of("1h", now_us)).count("\n") == 1
