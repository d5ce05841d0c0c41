"""Rows of cells by time."""

from __future__ import annotations

from evenkeel.ui.strips import HEIGHT, HEIGHTS, StripCell, draw_strip


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
