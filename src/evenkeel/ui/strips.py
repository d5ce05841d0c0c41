"""Rows of cells by time as SVG: how much each says is told by height and colour both, and in words by its label.

A strip stretches to the width there is, so nothing in it is round or written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

HEIGHT: Final = 24
_WIDTH: Final = 10
_GAP: Final = 1
#: Room below the bars for what marks a time.
_BELOW: Final = 4

#: state -> height of its bar. The colours are those of the same name in the stylesheet.
HEIGHTS: Final = {"reference": 2, "unknown": 6, "no": 6, "small": 12, "warning": 18, "breach": 24}


@dataclass(frozen=True, slots=True)
class StripCell:
    """A cell: its state (one of `HEIGHTS`, or any other for nothing), and what is shown under the pointer."""

    state: str
    title: str


@dataclass(frozen=True, slots=True)
class StripMark:
    """Something that began at one of the cells, most likely, and surely in one of `low` to `high`, all from 0 on."""

    place: int
    low: int
    high: int
    title: str


def draw_strip(cells: Sequence[StripCell], label: str, mark: StripMark | None = None) -> str:
    """A row of cells as an SVG element that fills its place; `label` is what a screen reader says of it.

    What is marked has a line at the start of its cell, and its interval one below.

    >>> draw_strip([StripCell("no", "1 Nov: no drift")], "age").count("<rect")
    1
    """
    box = f'viewBox="0 0 {_WIDTH * max(1, len(cells))} {HEIGHT + _BELOW}" preserveAspectRatio="none"'
    parts = [f'<svg class="strip" {box} role="img" aria-label="{escape(label)}">']
    for place, cell in enumerate(cells):
        height = HEIGHTS.get(cell.state)
        if height is not None:
            box = f'x="{place * _WIDTH}" width="{_WIDTH - _GAP}" y="{HEIGHT - height}" height="{height}"'
            parts.append(f'<rect class="cell cell-{cell.state}" {box}><title>{escape(cell.title)}</title></rect>')
    if mark is not None:
        line = f'x="{mark.place * _WIDTH}" width="{_GAP}" y="0" height="{HEIGHT + _BELOW}"'
        wide = (mark.high - mark.low + 1) * _WIDTH - _GAP
        below = f'x="{mark.low * _WIDTH}" width="{wide}" y="{HEIGHT + 1}" height="{_BELOW - 1}"'
        title = f"<title>{escape(mark.title)}</title>"
        parts += [f'<rect class="began" {box}>{title}</rect>' for box in (line, below)]
    return "".join((*parts, "</svg>"))
