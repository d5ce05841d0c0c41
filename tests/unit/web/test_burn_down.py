"""The burn-down: what was left beside an even spending, and time that does not count shaded."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from evenkeel.judge.slo.model import ErrorsSli, Slo
from evenkeel.judge.slo.status import Point, SloStatus
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.burn_down import draw_burn_down
from evenkeel.web.slo_marks import Mark, Marks

BOT = ServiceKey("production", "bot")
MONTH = Window(0, 30 * US_PER_DAY)
SLO = Slo(BOT, "errors", "Errors", ErrorsSli(), 0.999)
DISKS = Mark("maintenance", 5 * US_PER_DAY, "new <disks>", "#maintenance", 6 * US_PER_DAY)
HALF = SloStatus(SLO, 15 * US_PER_DAY, MONTH, Window(0, 15 * US_PER_DAY), None, None)


def points(last: float, days: int = 15) -> list[Point]:
    return [Point(day * US_PER_DAY, 1.0 - (1.0 - last) * day / days, 1.0 - (1.0 - last) * day / days)
            for day in range(days + 1)]  # fmt: skip


def test_the_chart_says_what_is_left_and_shades_maintenance_with_its_reason() -> None:
    svg = draw_burn_down(HALF, points(0.25), Marks((DISKS,)))
    label = ET.fromstring(svg).get("aria-label") or ""
    assert "left: latest 25 %, lowest 25 %, highest 100 %" in label
    assert svg.count('<rect class="shade"') == 1
    assert "new &lt;disks&gt;" in svg
    assert "freeze below 20 %" in svg and "velocity above 50 %" in svg


@pytest.mark.parametrize(("last", "floor"), [(0.0, "0 %"), (-0.5, "-100 %"), (-2.0, "-300 %"), (-500.0, "-1,900 %")])
def test_an_overspent_budget_goes_below_zero_and_stays_on_the_chart(last: float, floor: str) -> None:
    svg = draw_burn_down(HALF, points(last), Marks())
    assert f">{floor}<" in svg
    heights = [float(y) for y in re.findall(r"[ML][0-9.]+ ([0-9.-]+)", svg)]
    assert heights and min(heights) >= 0 and max(heights) <= 180


def test_a_period_that_has_only_begun_is_shown_large() -> None:
    young = replace(HALF, counted=Window(0, US_PER_DAY))
    svg = draw_burn_down(young, points(0.9, 1), Marks())
    assert "1970-01-01 00:00:00 UTC to 1970-01-04 00:00:00 UTC" in svg


def test_nothing_is_drawn_where_nothing_is_known() -> None:
    assert draw_burn_down(HALF, [], Marks()) == ""


def test_marks_bear_their_numbers_and_those_close_together_share_a_place() -> None:
    came = [Mark("deployment", int(day * US_PER_DAY), f"version {day}", "/") for day in (1.0, 1.1, 1.2, 9.0)]
    svg = draw_burn_down(HALF, points(0.5), Marks(tuple(came)))
    assert re.findall(r'class="moment-name"[^>]*>([^<]+)<', svg) == ["1–3", "4"]
    assert svg.count('<line class="moment"') == 2
