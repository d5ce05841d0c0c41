"""Everything judged is exposed, as Prometheus wants it."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from typing import Any

import pytest

from evenkeel.org.access.model import Scope
from evenkeel.web.metrics import METRICS, Exposition

PROMTOOL = shutil.which("promtool")


def scraped(world: Any) -> tuple[str, dict[str, float]]:
    answer = world.program(Scope.READ).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    return answer.text, {name: float(value) for name, value in samples.items()}


def test_counters_verdicts_and_budgets_of_a_service_are_there(world: Any) -> None:
    world.chat(600, bad=60, latency_s=2.5)
    world.judge()
    _, samples = scraped(world)
    of = 'environment="production",service="bot"'
    assert samples[f'evenkeel_requests_total{{{of},outcome="bad"}}'] == 60.0
    assert samples[f'evenkeel_requests_total{{{of},outcome="good"}}'] == 540.0
    assert samples[f'evenkeel_requests_slower_total{{{of},threshold="2"}}'] == 600.0
    assert samples[f'evenkeel_requests_slower_total{{{of},threshold="3"}}'] == 0.0
    assert samples[f'evenkeel_objective_status{{{of},objective="error_rate",window="verdict",status="breach"}}'] == 1.0
    assert samples[f'evenkeel_objective_value{{{of},objective="error_rate",window="verdict"}}'] == pytest.approx(0.1)
    assert samples[f'evenkeel_objective_target{{{of},objective="latency_p95"}}'] == 2.0
    slo = f'{of},slo="error_rate"'
    assert samples[f"evenkeel_slo_target_ratio{{{slo}}}"] == 0.999
    assert samples[f'evenkeel_slo_attainment_ratio{{{slo},bound="high"}}'] == pytest.approx(0.9)
    status = next(each for each in world.slos.statuses(world.clock.now_us()) if each.slo.name == "error_rate")
    assert samples[f'evenkeel_slo_mode{{{slo},mode="{status.mode.value}"}}'] == 1.0
    for n, bound in enumerate(("low", "high")):
        left = samples[f'evenkeel_slo_budget_remaining_ratio{{{slo},bound="{bound}"}}']
        assert left == status.budget.remaining_ratio[n]
    assert samples[f'evenkeel_slo_burn_rate{{{slo},window="1h"}}'] == pytest.approx(100.0, rel=0.01)
    assert samples[f'evenkeel_slo_rule_firing{{{slo},rule="burn-1h-5m",severity="page"}}'] == 1.0


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_finds_nothing_to_object_to(world: Any) -> None:
    world.chat(600, bad=60, service='a"b\\c\nd')
    world.judge()
    text, _ = scraped(world)
    checked = subprocess.run(
        [str(PROMTOOL), "check", "metrics"], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_every_metric_is_described_once_and_stands_together(world: Any) -> None:
    world.chat(60)
    world.judge()
    text, _ = scraped(world)
    described = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert described == [name for name, _, _ in METRICS]
    order = [line.partition("{")[0].partition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    whole = [re.sub(r"(_seconds)_(bucket|sum|count)$", r"\1", name) for name in order]  # the parts of a histogram
    assert whole == sorted(whole, key=described.index)


def test_what_is_no_number_is_left_out() -> None:
    exposition = Exposition()
    for value in (None, math.nan, math.inf, -math.inf):
        exposition.add("evenkeel_slo_suspect", (), value)
    exposition.add("evenkeel_slo_suspect", (("service", 'a"b\\c\nd'),), 0.1)
    lines = [line for line in exposition.text().splitlines() if not line.startswith("#")]
    assert lines == ['evenkeel_slo_suspect{service="a\\"b\\\\c\\nd"} 0.10000000000000001']
