"""Charts with their titles and legends in one SVG: what a page says beside a chart, a file has to say in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_OPENING: Final = re.compile(r'<svg class="([^"]*)" viewBox="0 0 (\d+) (\d+)"')
_TITLE: Final = 22
_LEGEND: Final = 18
_GAP: Final = 16
#: Charts up to this wide stand two beside each other.
_NARROW: Final = 400
#: Letters of a title, and how wide one of a legend is at 11 pixels.
_TITLE_MAX: Final = 70
_LETTER: Final = 6


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart of this room with its title, and what its colours mean: (then, or the style of a line; words)."""

    title: str
    svg: str
    legend: tuple[tuple[str, str], ...] = ()


def draw_panels(panels: Sequence[Panel]) -> str:
    """All of them as one SVG element, narrow ones two in a row. Raises ValueError for what is no chart of ours.

    >>> chart = '<svg class="chart" viewBox="0 0 320 100" role="img" aria-label="age"></svg>'
    >>> draw_panels([Panel("age", chart), Panel("plan", chart)])[:46]
    '<svg class="panels" viewBox="0 0 656 122" role'
    """
    sizes = [_size(panel.svg) for panel in panels]
    wide = max((width for width, _ in sizes), default=0)
    columns = 2 if len(panels) > 1 and wide <= _NARROW else 1
    parts: list[str] = []
    top = 0
    for first in range(0, len(panels), columns):
        tallest = 0
        for place, panel in enumerate(panels[first : first + columns]):
            drawn, height = _place(panel, place * (wide + _GAP), top)
            parts += drawn
            tallest = max(tallest, height)
        top += tallest + _GAP
    size = f"{columns * (wide + _GAP) - _GAP} {max(1, top - _GAP)}"
    label = escape("; ".join(panel.title for panel in panels))
    return f'<svg class="panels" viewBox="0 0 {size}" role="group" aria-label="{label}">{"".join(parts)}</svg>'


def _place(panel: Panel, left: int, top: int) -> tuple[list[str], int]:
    """(a panel drawn at its place, its height)."""
    title = panel.title if len(panel.title) <= _TITLE_MAX else f"{panel.title[: _TITLE_MAX - 1]}…"
    parts = [f'<text class="title" x="{left}" y="{top + 14}">{escape(title)}</text>']
    head = _TITLE
    at = left
    for style, words in panel.legend:
        name = "key-then" if style == "then" else f"dot-{style}"
        parts.append(f'<rect class="{name}" x="{at}" y="{top + head + 3}" width="12" height="7"/>')
        parts.append(f'<text class="tick" x="{at + 17}" y="{top + head + 11}">{escape(words)}</text>')
        at += 17 + _LETTER * len(words) + 16
    head += _LEGEND if panel.legend else 0
    width, height = _size(panel.svg)
    place = f'x="{left}" y="{top + head}" width="{width}" height="{height}"'
    parts.append(panel.svg.replace("<svg ", f"<svg {place} ", 1))
    return parts, head + height


def _size(svg: str) -> tuple[int, int]:
    found = _OPENING.match(svg)
    if found is None:
        msg = f"No chart begins with {svg[:40]!r}."
        raise ValueError(msg)
    return int(found.group(2)), int(found.group(3))
