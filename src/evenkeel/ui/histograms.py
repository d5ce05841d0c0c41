"""Distributions as SVG: one as filled bars, and a second one over the same bins as an outline above them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from evenkeel.ui.charts import HEIGHT, WIDTH

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 10, 22
_FLOOR: Final = HEIGHT - _BOTTOM
_TICKS: Final = 2
_HOVER_DIGITS: Final = 2
#: Letters of a bin's name that are written, and how wide one is at 11 pixels.
_NAME_MAX: Final = 18
_LETTER: Final = 6


def draw_shares(title: str, bins: Sequence[tuple[str, float]], across: int = WIDTH) -> str:
    """One distribution as an SVG element, `across` units wide. `bins` are (name, share).

    >>> "polyline" in draw_shares("age", [("0 to 1", 0.5), ("1 to 2", 0.5)])
    False
    """
    told = " ".join(f"{name}: {_percent(share)}." for name, share in bins)
    hover = [(name, [_percent(share)]) for name, share in bins]
    parts, width, y = _open([share for _, share in bins], (f"{title}. {told}", hover), across)
    parts += [_bar(place, width, y, share) for place, (_, share) in enumerate(bins)]
    return "".join((*parts, *_names([name for name, _ in bins], width, across), "</svg>"))


def draw_histogram(title: str, bins: Sequence[tuple[str, float, float]], across: int = WIDTH) -> str:
    """The chart as an SVG element, `across` units wide. `bins` are (name, share then, share now).

    >>> "polyline" in draw_histogram("age", [("0 to 1", 0.5, 0.2), ("1 to 2", 0.5, 0.8)])
    True
    """
    shares = [share for _, before, after in bins for share in (before, after)]
    hover = [(name, [f"then {_percent(before)}", f"now {_percent(after)}"]) for name, before, after in bins]
    parts, width, y = _open(shares, (_read_out(title, bins), hover), across)
    parts += [_bar(place, width, y, before) for place, (_, before, _) in enumerate(bins)]
    outline = [f"{_LEFT},{_FLOOR}"]
    for place, (_, _, after) in enumerate(bins):
        left = round(_LEFT + place * width, 1)
        outline += [f"{left},{y(after)}", f"{left + width:.1f},{y(after)}"]
    outline.append(f"{across - _RIGHT},{_FLOOR}")
    parts.append(f'<polyline class="line line-a" points="{" ".join(outline)}"/>')
    return "".join((*parts, *_names([name for name, _, _ in bins], width, across), "</svg>"))


def _open(
    shares: Sequence[float], said: tuple[str, Sequence[tuple[str, list[str]]]], across: int
) -> tuple[list[str], float, Callable[[float], float]]:
    """(opening with its axis, width of a bin, height of a share)."""
    top = max(shares, default=0.0) or 1.0
    label, hover = said
    width = (across - _LEFT - _RIGHT) / max(1, len(hover))

    def y(share: float) -> float:
        return round(_FLOOR - share / top * (_FLOOR - _TOP), 1)

    shown = f'aria-label="{escape(label)}" data-hover="{_hover(hover, width)}"'
    parts = [f'<svg class="chart" viewBox="0 0 {across} {HEIGHT}" role="img" tabindex="0" {shown}>']
    for tick in range(_TICKS + 1):
        share = top * tick / _TICKS
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{across - _RIGHT}" y1="{y(share)}" y2="{y(share)}"/>')
        parts.append(f'<text class="tick tick-y" x="{_LEFT - 6}" y="{y(share) + 4}">{100 * share:.3g} %</text>')
    return parts, width, y


def _bar(place: int, width: float, y: Callable[[float], float], share: float) -> str:
    left = round(_LEFT + place * width, 1)
    box = f'x="{left + 1}" width="{max(1.0, width - 2):.1f}" y="{y(share)}" height="{_FLOOR - y(share):.1f}"'
    return f'<rect class="bar-then" {box}/>'


def _names(names: Sequence[str], width: float, across: int) -> list[str]:
    """As many names as there is room for, the first and the last among them."""
    if not names:
        return []
    longest = max(min(_NAME_MAX, len(name)) for name in names)
    room = max(1, int((across - _LEFT - _RIGHT) // max(24, _LETTER * (longest + 2))))
    every = max(1, -(-len(names) // room))
    parts: list[str] = []
    for place in range(0, len(names), every):
        at = round(_LEFT + (place + 0.5) * width, 1)
        anchor = "start" if place == 0 and width < 100 else "middle"
        name = names[place] if len(names[place]) <= _NAME_MAX else f"{names[place][: _NAME_MAX - 1]}…"
        parts.append(f'<text class="tick" text-anchor="{anchor}" x="{at}" y="{HEIGHT - 6}">{escape(name)}</text>')
    return parts


def _hover(bins: Sequence[tuple[str, list[str]]], width: float) -> str:
    found = [(round(_LEFT + (place + 0.5) * width, 1), *said) for place, said in enumerate(bins)]
    return escape(json.dumps(found, ensure_ascii=False, separators=(",", ":")))


def _percent(share: float) -> str:
    return f"{100 * share:.{_HOVER_DIGITS + 1}g} %"


def _read_out(title: str, bins: Sequence[tuple[str, float, float]]) -> str:
    told = [f"{name}: {_percent(before)} then, {_percent(after)} now." for name, before, after in bins]
    return f"{title}. {' '.join(told)}"
