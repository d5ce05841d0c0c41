"""Small bars: their length is what they say."""

from __future__ import annotations

import re

import pytest

from evenkeel.judge.slo.budget import MINUTES_30D, Tally, Terms, Unit, compute_budget
from evenkeel.judge.slo.status import BurnReading
from evenkeel.web.meters import burn_meter, left_meter, share_meter


def widths(svg: str, style: str) -> list[float]:
    return [float(width) for width in re.findall(rf'class="{style}"[^>]*width="([0-9.]+)"', svg)]


@pytest.mark.parametrize(
    ("bad", "unknown", "sure", "doubt"),
    [(0, 0, [120.0], []), (10.8, 10.8, [60.0], [30.0]), (86.4, 0, [0.0], []), (21.6, 50, [0.0], [60.0])],
)
def test_what_is_left_for_certain_and_in_doubt(
    bad: float, unknown: float, sure: list[float], doubt: list[float]
) -> None:
    budget = compute_budget(Tally(43_200 - unknown, bad, unknown), Terms(0.001, Unit.MINUTES, MINUTES_30D, MINUTES_30D))
    assert budget is not None
    svg = left_meter(budget, "ok")
    assert widths(svg, "fill-ok") == sure
    assert widths(svg, "doubt") == doubt


@pytest.mark.parametrize(
    ("burn", "style", "width"),
    [(0.5, "ok", 2.8), (7.2, "warning", 40.0), (14.4, "warning", 80.0), (99.0, "breach", 120.0)],
)
def test_a_burn_rate_stands_beside_its_limit(burn: float, style: str, width: float) -> None:
    svg = burn_meter(BurnReading(3_600, burn, 0.0, 99.0, 100.0), 14.4)
    assert widths(svg, f"fill-{style}") == [width]
    assert f"burn rate {burn:.3g}, limit 14.4" in svg


def test_without_data_a_bar_is_empty_and_says_so() -> None:
    assert "nothing counted" in burn_meter(BurnReading(3_600, None, None, None, 0.0), 6.0)


def test_a_share_fills_its_part_of_the_bar_and_no_more() -> None:
    assert 'width="30.0"' in share_meter(0.25, "a quarter")
    assert 'width="120.0"' in share_meter(1.7, "too much")
    assert 'aria-label="&lt;b&gt;"' in share_meter(0.0, "<b>")
