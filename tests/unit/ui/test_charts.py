from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE
from evenkeel.ui.charts import HEIGHT, WIDTH, Chart, Line, draw, sparkline


def chart(*lines: Line, **more: Any) -> Chart:
    return Chart("Errors", "per minute", lines, 0, US_PER_HOUR, US_PER_MINUTE, **more)


def minute(n: int) -> int:
    return n * US_PER_MINUTE


def test_a_line_breaks_where_nothing_is_known_and_a_lone_point_is_a_dot() -> None:
    points = [(minute(n), None if n == 2 else 1.0) for n in range(5)] + [(minute(30), 1.0)]
    svg = draw(chart(Line("errors", points)))
    (path,) = re.findall(r'<path class="line line-a" d="([^"]*)"', svg)
    assert path.count("M") == 2
    assert svg.count('<circle class="dot dot-a"') == 1


def test_the_reader_hears_the_range_and_the_latest_value_and_that_nothing_is_known() -> None:
    svg = draw(chart(Line("errors", [(0, 4.0), (minute(1), 2.0)]), Line("others", [])))
    label = ET.fromstring(svg).get("aria-label")
    assert label is not None
    assert "errors: latest 2, lowest 2, highest 4 per minute." in label
    assert "others: nothing known." in label


def test_nothing_but_zeros_is_measured_by_its_limits() -> None:
    svg = draw(chart(Line("rate", [(0, 0.0), (minute(1), 0.0)]), marks=(("target", 0.001), ("alert", 0.005))))
    assert "target 0.001" in svg and "alert 0.005" in svg
    assert ">0.008<" in svg  # the top of the scale


def test_limits_far_beyond_the_values_are_left_out() -> None:
    svg = draw(chart(Line("latency", [(0, 0.1)]), marks=(("target", 50.0),)))
    assert "target" not in svg


def test_limits_close_together_share_a_label() -> None:
    svg = draw(chart(Line("rate", [(0, 1.0)]), marks=(("target", 0.001), ("alert", 0.005))))
    assert "target 0.001 · alert 0.005" in svg


def test_the_interval_is_drawn_and_said_beside_the_value() -> None:
    svg = draw(chart(Line("rate", [(0, 0.5)], "bad", {0: (0.25, 0.75)})))
    assert 'class="band band-bad"' in svg
    points = json.loads(unescape(re.findall(r'data-hover="([^"]*)"', svg)[0]))
    assert points[0][2] == ["rate 0.5 [0.25–0.75]"]


def test_names_from_outside_are_escaped_everywhere() -> None:
    hostile = "<b onload='x'>\"&"
    svg = draw(chart(Line(hostile, [(0, 1.0)]), moments=((minute(3), hostile),)))
    tree = ET.fromstring(svg)
    assert not [node for node in tree.iter() if node.tag == "b"]
    assert hostile in json.loads(tree.get("data-hover", ""))[0][2][0]


@given(
    st.lists(
        st.tuples(st.integers(0, 59), st.one_of(st.none(), st.floats(0, 1e12, allow_nan=False))),
        unique_by=lambda point: point[0],
    )
)
def test_whatever_is_drawn_is_well_formed_and_stays_inside(points: list[tuple[int, float | None]]) -> None:
    line = Line("x", [(minute(at), value) for at, value in sorted(points)])
    tree = ET.fromstring(draw(chart(line, marks=(("target", 3.0),))))
    for node in tree.iter():
        for name, end in (("x1", WIDTH), ("x2", WIDTH), ("cx", WIDTH), ("y1", HEIGHT), ("y2", HEIGHT), ("cy", HEIGHT)):
            if node.get(name) is not None:
                assert 0 <= float(node.get(name, "")) <= end
        for x, y in re.findall(r"[ML]([\d.-]+) ([\d.-]+)", node.get("d", "")):
            assert 0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT


def test_a_sparkline_shows_requests_and_failures_and_says_so() -> None:
    svg = sparkline([1.0, None, 4.0], bad=[None, None, 2.0], label="5 requests, 2 failed")
    tree = ET.fromstring(svg)
    assert tree.get("aria-label") == "5 requests, 2 failed"
    assert [node.get("class") for node in tree] == ["axis", "spark", "spark-bad"]
    assert ET.fromstring(sparkline([])).tag == "svg"


def test_time_that_does_not_count_is_shaded_and_read_out() -> None:
    shades = ((minute(10), minute(20), "maintenance: <disks>"), (minute(90), minute(99), "later"))
    svg = draw(chart(Line("left", [(0, 1.0)]), shades=shades))
    assert svg.count('<rect class="shade"') == 1  # the other lies beyond the chart
    assert "&lt;disks&gt;" in svg
    assert "Left out, 1970-01-01 00:10:00 UTC to 1970-01-01 00:20:00 UTC" in (
        ET.fromstring(svg).get("aria-label") or ""
    )


def test_a_scale_that_is_given_reaches_below_zero_and_cuts_what_lies_beyond() -> None:
    svg = draw(chart(Line("left", [(0, 1.0), (minute(1), -9.0)]), scale=(-1.0, 1.0)))
    assert ">-1<" in svg and ">0<" in svg and ">1<" in svg
    heights = [float(y) for y in re.findall(r"[ML][0-9.]+ ([0-9.-]+)", svg)]
    assert heights == [10.0, 158.0]
