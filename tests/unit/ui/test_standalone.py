"""Charts away from their page: valid, with all their colours, and without what only a page can use."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import evenkeel.ui
from evenkeel.ui.charts import Change, Chart, Line, draw
from evenkeel.ui.histograms import draw_histogram
from evenkeel.ui.plots import Axes, Bar, Point, draw_bars, draw_points
from evenkeel.ui.standalone import ANYWHERE, PAPER, standalone, styled_classes
from evenkeel.ui.strips import HEIGHTS, StripCell, StripMark, draw_strip

AXES = Axes("Reliability", "score", "share")
CHART = Chart(
    "Accuracy <b>", "share", [Line("accuracy", [(0, 0.5), (1, 0.6), (5, 0.4)], "a", {0: (0.4, 0.6)})], 0, 10, 1,
    marks=(("target", 0.5), ("alert", 0.4)), moments=((3, "2 data-x=\"1\""),), changes=(Change(5, 4, 6, "fell"),),
    shades=((1, 2, "maintenance"),),
)  # fmt: skip
DRAWN = (
    draw(CHART),
    draw_histogram("age", [("0 to 1", 0.5, 0.25), ("1 to 2", 0.5, 0.75)]),
    draw_bars([Bar(0.0, 0.5, 2.0, "a")], AXES),
    draw_points([Point(0.0, 1.0, 0.9, 1.0, "0: 100 %")], AXES),
    draw_strip([StripCell(state, state) for state in HEIGHTS], "age", StripMark(1, 0, 2, "since then")),
)


@pytest.mark.parametrize("svg", DRAWN)
@pytest.mark.parametrize("palette", [PAPER, ANYWHERE])
def test_it_is_a_file_of_its_own(svg: str, palette: object) -> None:
    made = standalone(svg, palette)  # type: ignore[arg-type]
    root = ET.fromstring(made)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("aria-label")
    assert "tabindex" not in made and "data-hover" not in made and "var(" not in made


def test_every_class_that_is_drawn_has_its_rule() -> None:
    sources = Path(evenkeel.ui.__file__).parent.glob("*.py")
    drawn = {name for svg in DRAWN for found in re.findall(r'class="([^"]*)"', svg) for name in found.split()}
    assert len(list(sources)) > 5
    assert drawn - styled_classes() == set()


def test_a_text_that_looks_like_an_attribute_stays() -> None:
    assert "2 data-x=&quot;1&quot;" in standalone(DRAWN[0], PAPER)


def test_rules_hold_for_our_charts_only() -> None:
    style = standalone(DRAWN[0], ANYWHERE).partition("<style>")[2].partition("</style>")[0]
    assert all(
        each.startswith(".evenkeel ") for rule in style.split("}") if rule for each in rule.split("{")[0].split(",")
    )


def test_what_is_no_chart_is_refused() -> None:
    with pytest.raises(ValueError, match="No chart begins with"):
        standalone("<p>", PAPER)
