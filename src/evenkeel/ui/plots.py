"""Two charts that are not over time, points beside a diagonal and bars: SVG as in `charts`, and read out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 320
HEIGHT: Final = 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 10, 34


@dataclass(frozen=True, slots=True)
class Point:
    """One point with the interval of its height; all from 0 to 1. `said` is shown when it is pointed at."""

    x: float
    y: float
    low: float
    high: float
    said: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it begins and ends, from 0 to 1, and how high it is."""

    start: float
    end: float
    height: float
    said: str


@dataclass(frozen=True, slots=True)
class Axes:
    """What the two axes are, and what the chart says in a sentence."""

    title: str
    across: str
    up: str


def draw_points(points: Sequence[Point], axes: Axes) -> str:
    """Points with their intervals beside the diagonal on which they would lie."""
    parts = [_open(axes, [point.said for point in points]), *_frame(axes, ("0", "50 %", "100 %"))]
    parts.append(f'<line class="mark" x1="{_x(0)}" x2="{_x(1)}" y1="{_y(0)}" y2="{_y(1)}"/>')
    for point in points:
        title = f"<title>{escape(point.said)}</title>"
        parts.append(
            f'<line class="line line-b" x1="{_x(point.x)}" x2="{_x(point.x)}"'
            f' y1="{_y(point.low)}" y2="{_y(point.high)}">{title}</line>'
            f'<circle class="dot dot-a" cx="{_x(point.x)}" cy="{_y(point.y)}" r="4">{title}</circle>'
        )
    return "".join((*parts, "</svg>"))


def draw_bars(bars: Sequence[Bar], axes: Axes) -> str:
    """Bars side by side; the highest one reaches the top.

    >>> draw_bars([Bar(0.0, 0.5, 3.0, "low: 3")], Axes("Scores", "score", "share")).count("<rect")
    1
    """
    top = max((bar.height for bar in bars), default=0.0) or 1.0
    parts = [
        _open(axes, [bar.said for bar in bars]),
        *_frame(axes, ("0", "", f"{top:,.0f}" if top >= 1_000 else f"{top:.3g}")),
    ]
    for bar in bars:
        y, width = _y(bar.height / top), _x(bar.end) - _x(bar.start) - 1
        parts.append(
            f'<rect class="bar-a" x="{_x(bar.start)}" width="{max(1.0, width):.1f}" y="{y}"'
            f' height="{_y(0) - y:.1f}"><title>{escape(bar.said)}</title></rect>'
        )
    return "".join((*parts, "</svg>"))


def _open(axes: Axes, said: Sequence[str]) -> str:
    label = escape(f"{axes.title}. {'; '.join(said) or 'Nothing known'}.")
    return f'<svg class="chart square" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'


def _frame(axes: Axes, ticks: tuple[str, str, str]) -> list[str]:
    parts: list[str] = []
    for tick in range(5):
        y = _y(tick / 4)
        parts.append(f'<line class="grid" x1="{_x(0)}" x2="{_x(1)}" y1="{y}" y2="{y}"/>')
    for place, text in zip((0.0, 0.5, 1.0), ticks, strict=True):
        parts.append(f'<text class="tick tick-y" x="{_LEFT - 6}" y="{_y(place) + 4}">{escape(text)}</text>')
    for place, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        parts.append(f'<text class="tick" text-anchor="{anchor}" x="{_x(place)}" y="{_y(0) + 14}">{place:g}</text>')
    parts.append(f'<text class="tick" text-anchor="end" x="{_x(1)}" y="{HEIGHT - 4}">{escape(axes.across)}</text>')
    parts.append(f'<text class="tick" text-anchor="start" x="{_x(0)}" y="{HEIGHT - 4}">{escape(axes.up)} ↑</text>')
    return parts


def _x(value: float) -> float:
    return round(_LEFT + value * (WIDTH - _LEFT - _RIGHT), 1)


def _y(value: float) -> float:
    return round(HEIGHT - _BOTTOM - value * (HEIGHT - _BOTTOM - _TOP), 1)
