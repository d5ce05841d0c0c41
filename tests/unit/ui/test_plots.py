"""Charts that are not over time: where things are drawn, and that they are read out."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from evenkeel.ui.plots import HEIGHT, WIDTH, Axes, Bar, Point, draw_bars, draw_points

AXES = Axes("Reliability", "score", "share <so>")


def test_points_lie_inside_and_are_read_out() -> None:
    svg = draw_points([Point(0.0, 1.0, 0.9, 1.0, "0: 100 %"), Point(1.0, 0.0, 0.0, 0.1, "1: 0 % <b>")], AXES)
    root = ET.fromstring(svg)
    assert root.get("aria-label") == "Reliability. 0: 100 %; 1: 0 % <b>."
    circles = [each for each in root if each.tag == "circle"]
    assert len(circles) == 2
    for circle in circles:
        assert 0 <= float(circle.get("cx") or -1) <= WIDTH and 0 <= float(circle.get("cy") or -1) <= HEIGHT


def test_the_highest_bar_reaches_the_top_and_nothing_is_still_a_picture() -> None:
    root = ET.fromstring(draw_bars([Bar(0.0, 0.5, 2.0, "a"), Bar(0.5, 1.0, 4.0, "b")], AXES))
    first, second = [float(each.get("height") or 0) for each in root if each.tag == "rect"]
    assert second == 2 * first
    assert "Nothing known" in (ET.fromstring(draw_bars([], AXES)).get("aria-label") or "")


def test_counts_of_a_thousand_and_more_are_written_out() -> None:
    assert ">1,450<" in draw_bars([Bar(0.0, 1.0, 1_450.0, "all")], AXES)
