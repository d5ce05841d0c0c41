"""Charts with titles and legends in one picture."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from evenkeel.ui.histograms import draw_shares
from evenkeel.ui.panels import Panel, draw_panels
from evenkeel.ui.standalone import ANYWHERE, standalone

NARROW = draw_shares("age", [("0 to 1", 0.5), ("1 to 2", 0.5)], 400)
WIDE = draw_shares("age", [("0 to 1", 0.5)])


def _places(panels: list[Panel]) -> list[tuple[int, int]]:
    root = ET.fromstring(draw_panels(panels))
    return [(int(each.get("x") or 0), int(each.get("y") or 0)) for each in root if each.tag == "svg"]


def test_narrow_charts_stand_two_in_a_row_and_wide_ones_beneath_each_other() -> None:
    assert _places([Panel("a", NARROW)] * 3) == [(0, 22), (416, 22), (0, 240)]
    assert _places([Panel("a", WIDE, (("then", "3 rows"),))] * 2) == [(0, 40), (0, 276)]


def test_titles_and_legends_are_written_and_escaped() -> None:
    drawn = draw_panels([Panel("<age>" + "x" * 100, NARROW, (("then", "then & before"), ("a", "now")))])
    root = ET.fromstring(standalone(drawn, ANYWHERE))
    texts = [each.text or "" for each in root.iter() if each.tag.endswith("text")]
    assert texts[0].startswith("<age>") and texts[0].endswith("…")
    assert texts[1:3] == ["then & before", "now"]


def test_what_is_no_chart_is_refused_and_nothing_is_an_empty_picture() -> None:
    with pytest.raises(ValueError, match="No chart begins with"):
        draw_panels([Panel("a", "<p>")])
    assert draw_panels([]).startswith('<svg class="panels"')
