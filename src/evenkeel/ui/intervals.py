"""Values with their intervals beneath each other as SVG: a point and a line for each, by name, on one scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from evenkeel.ui.charts import WIDTH
from evenkeel.ui.formats import compact

_LEFT, _RIGHT, _TOP, _BOTTOM = 200, 16, 6, 22
_ROW: Final = 22
_TICKS: Final = 4
_NAME_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval, where there is one; `said` is all of it in words."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    said: str


@dataclass(frozen=True, slots=True)
class Scale:
    """What the values are, how they are written, and the ends of the axis where these are given."""

    title: str
    ends: tuple[float, float] | None = None
    write: Callable[[float], str] = compact
    mark: float | None = None  # a value that all are compared with


def draw_intervals(rows: Sequence[Interval], scale: Scale) -> str:
    """One row for each value; of an unknown one its name and that it is unknown.

    >>> svg = draw_intervals([Interval("recall", 0.9, 0.8, 0.95, "recall 0.9 [0.8–0.95]")], Scale("Measures"))
    >>> svg.count("<circle"), "recall 0.9 [0.8–0.95]" in svg
    (1, True)
    """
    low, high = scale.ends or _ends(rows)
    height = _TOP + _ROW * len(rows) + _BOTTOM
    floor = height - _BOTTOM

    def x(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    label = escape(f"{scale.title}. {'; '.join(row.said for row in rows) or 'Nothing known'}.")
    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">']
    for tick in range(_TICKS + 1):
        at = low + (high - low) * tick / _TICKS
        text = escape(scale.write(at))
        parts.append(f'<line class="grid" x1="{x(at)}" x2="{x(at)}" y1="{_TOP}" y2="{floor}"/>')
        parts.append(f'<text class="tick" text-anchor="middle" x="{x(at)}" y="{height - 6}">{text}</text>')
    if scale.mark is not None:
        parts.append(f'<line class="mark" x1="{x(scale.mark)}" x2="{x(scale.mark)}" y1="{_TOP}" y2="{floor}"/>')
    for place, row in enumerate(rows):
        parts += _row(row, _TOP + _ROW * (place + 0.5), x)
    return "".join((*parts, "</svg>"))


def _row(row: Interval, y: float, x: Callable[[float], float]) -> list[str]:
    name = row.name if len(row.name) <= _NAME_MAX else f"{row.name[: _NAME_MAX - 1]}…"
    title = f"<title>{escape(row.said)}</title>"
    parts = [f'<text class="name tick-y" x="{_LEFT - 10}" y="{y + 4}">{escape(name)}{title}</text>']
    if row.value is None:
        return [*parts, f'<text class="tick" x="{_LEFT + 6}" y="{y + 4}">unknown{title}</text>']
    if row.low is not None and row.high is not None:
        parts.append(f'<line class="line line-a" x1="{x(row.low)}" x2="{x(row.high)}" y1="{y}" y2="{y}">{title}</line>')
    return [*parts, f'<circle class="dot dot-a" cx="{x(row.value)}" cy="{y}" r="4">{title}</circle>']


def _ends(rows: Sequence[Interval]) -> tuple[float, float]:
    """From the least to the greatest bound, 0 among them, with some room."""
    found = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    known = [0.0, *(value for value in found if math.isfinite(value))]
    low, high = min(known), max(known)
    room = 0.04 * (high - low) or 1.0
    return (low - room if low < 0.0 else 0.0), high + room
