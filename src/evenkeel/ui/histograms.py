"""Two distributions over the same bins as SVG: then as filled bars, now as an outline above them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Final

from evenkeel.ui.charts import HEIGHT, WIDTH

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 10, 22
_TICKS: Final = 2
_HOVER_DIGITS: Final = 2
#: Letters of a bin's name that are written, and how wide one is at 11 pixels.
_NAME_MAX: Final = 18
_LETTER: Final = 6


def draw_histogram(title: str, bins: Sequence[tuple[str, float, float]], across: int = WIDTH) -> str:
    """The chart as an SVG element, `across` units wide. `bins` are (name, share then, share now).

    >>> "polyline" in draw_histogram("age", [("0 to 1", 0.5, 0.2), ("1 to 2", 0.5, 0.8)])
    True
    """
    top = max((share for _, before, after in bins for share in (before, after)), default=0.0) or 1.0
    width = (across - _LEFT - _RIGHT) / max(1, len(bins))
    floor = HEIGHT - _BOTTOM

    def y(share: float) -> float:
        return round(floor - share / top * (floor - _TOP), 1)

    said = f'aria-label="{escape(_read_out(title, bins))}" data-hover="{_hover(bins, width)}"'
    parts = [f'<svg class="chart" viewBox="0 0 {across} {HEIGHT}" role="img" tabindex="0" {said}>']
    for tick in range(_TICKS + 1):
        share = top * tick / _TICKS
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{across - _RIGHT}" y1="{y(share)}" y2="{y(share)}"/>')
        parts.append(f'<text class="tick tick-y" x="{_LEFT - 6}" y="{y(share) + 4}">{100 * share:.3g} %</text>')
    outline: list[str] = []
    for place, (_, before, after) in enumerate(bins):
        left = round(_LEFT + place * width, 1)
        box = f'x="{left + 1}" width="{max(1.0, width - 2):.1f}" y="{y(before)}" height="{floor - y(before):.1f}"'
        parts.append(f'<rect class="bar-then" {box}/>')
        outline += [f"{left},{y(after)}", f"{left + width:.1f},{y(after)}"]
    ends = f"{_LEFT},{floor} ", f" {across - _RIGHT},{floor}"
    parts.append(f'<polyline class="line line-a" points="{ends[0]}{" ".join(outline)}{ends[1]}"/>')
    parts += _names(bins, width, across)
    return "".join((*parts, "</svg>"))


def _names(bins: Sequence[tuple[str, float, float]], width: float, across: int) -> list[str]:
    """As many names as there is room for, the first and the last among them."""
    if not bins:
        return []
    longest = max(min(_NAME_MAX, len(name)) for name, _, _ in bins)
    room = max(1, int((across - _LEFT - _RIGHT) // max(24, _LETTER * (longest + 2))))
    every = max(1, -(-len(bins) // room))
    parts: list[str] = []
    for place in range(0, len(bins), every):
        at = round(_LEFT + (place + 0.5) * width, 1)
        anchor = "start" if place == 0 and width < 100 else "middle"
        name = bins[place][0] if len(bins[place][0]) <= _NAME_MAX else f"{bins[place][0][: _NAME_MAX - 1]}…"
        parts.append(f'<text class="tick" text-anchor="{anchor}" x="{at}" y="{HEIGHT - 6}">{escape(name)}</text>')
    return parts


def _hover(bins: Sequence[tuple[str, float, float]], width: float) -> str:
    found = [
        (round(_LEFT + (place + 0.5) * width, 1), name, [f"then {_percent(before)}", f"now {_percent(after)}"])
        for place, (name, before, after) in enumerate(bins)
    ]
    return escape(json.dumps(found, ensure_ascii=False, separators=(",", ":")))


def _percent(share: float) -> str:
    return f"{100 * share:.{_HOVER_DIGITS + 1}g} %"


def _read_out(title: str, bins: Sequence[tuple[str, float, float]]) -> str:
    told = [f"{name}: {_percent(before)} then, {_percent(after)} now." for name, before, after in bins]
    return f"{title}. {' '.join(told)}"
