"""Rows of cells by time."""

from __future__ import annotations

from evenkeel.ui.strips import HEIGHT, HEIGHTS, StripCell, StripMark, draw_strip


def test_how_much_a_cell_says_is_its_height() -> None:
    order = ["reference", "no", "small", "warning", "breach"]
    assert [HEIGHTS[state] for state in order] == sorted(HEIGHTS[state] for state in order)
    assert max(HEIGHTS.values()) == HEIGHT
    svg = draw_strip([StripCell("breach", "now"), StripCell("empty", "then")], "age")
    assert svg.count("<rect") == 1
    assert 'class="cell cell-breach"' in svg


def test_names_are_escaped() -> None:
    svg = draw_strip([StripCell("no", "<b>")], '"><script>')
    assert "<script>" not in svg
    assert "&lt;b&gt;" in svg


def test_where_something_began_has_a_line_and_its_interval_one_below() -> None:
    cells = [StripCell("no", "a"), StripCell("no", "b"), StripCell("breach", "c"), StripCell("breach", "d")]
    svg = draw_strip(cells, "age", StripMark(2, 1, 3, "since <then>"))
    assert '<rect class="began" x="20" width="1"' in svg
    assert '<rect class="began" x="10" width="29"' in svg
    assert "since &lt;then&gt;" in svg
