"""Values with their intervals: on one scale, the unknown ones among them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from evenkeel.ui.intervals import Interval, Scale, draw_intervals


def test_each_value_lies_on_its_interval_and_all_of_it_is_read_out() -> None:
    rows = [Interval("recall <b>", 0.9, 0.8, 0.95, "recall 0.9"), Interval("f1", None, None, None, "f1: unknown")]
    root = ET.fromstring(draw_intervals(rows, Scale("Measures", (0.0, 1.0), mark=0.5)))
    assert root.get("aria-label") == "Measures. recall 0.9; f1: unknown."
    (point,) = [each for each in root if each.tag == "circle"]
    (line,) = [each for each in root if each.get("class") == "line line-a"]
    assert float(line.get("x1") or 0) < float(point.get("cx") or 0) < float(line.get("x2") or 0)
    assert "unknown" in [each.text for each in root]


def test_the_scale_holds_all_that_is_known_and_zero() -> None:
    root = ET.fromstring(draw_intervals([Interval("bias", -3.0, -4.0, float("inf"), "bias −3")], Scale("Errors")))
    xs = [float(each.get(name) or 0) for each in root for name in ("x1", "x2", "cx") if each.get(name)]
    assert all(190 <= each <= 640 for each in xs)


def test_nothing_and_nothing_but_zeros_are_pictures_too() -> None:
    assert "Nothing known" in draw_intervals([], Scale("Measures"))
    ET.fromstring(draw_intervals([Interval("bias", 0.0, 0.0, 0.0, "bias 0")], Scale("Errors")))
