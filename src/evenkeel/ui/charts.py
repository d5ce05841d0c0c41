"""Charts as SVG, drawn on the server: they need no script, follow the theme and are read out by screen readers.

Colours come from classes of the one stylesheet, so a chart is right in light and dark alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from evenkeel.kernel.time import US_PER_DAY, to_datetime
from evenkeel.ui.formats import compact, iso, utc

WIDTH: Final = 640
HEIGHT: Final = 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 10, 22
_TICKS: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A named series: (time in microseconds, value or None where nothing is known)."""

    name: str
    points: Sequence[tuple[int, float | None]]
    style: str = "a"  # a | b | c | bad


@dataclass(frozen=True, slots=True)
class Chart:
    """A time series chart."""

    title: str
    unit: str
    lines: Sequence[Line]
    start_us: int
    end_us: int
    step_us: int
    marks: Sequence[tuple[str, float]] = ()  # (name, value): target and alert
    write: Callable[[float], str] = field(default=compact)
    summary: str = ""


def draw(chart: Chart) -> str:
    """The chart as an SVG element."""
    top = _nice_top(max([value for line in chart.lines for _, value in line.points if value is not None], default=0))
    top = max([top, *(value * 1.1 for _, value in chart.marks if value <= 3 * top)])
    y = _scale(0.0, top, HEIGHT - _BOTTOM, _TOP)
    x = _scale(chart.start_us, chart.end_us, _LEFT, WIDTH - _RIGHT)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_read_out(chart))}">',
        *_grid(chart, top, y),
        *_times(chart, x),
    ]
    for name, value in chart.marks:
        if value <= top:
            parts.append(
                f'<line class="mark mark-{name}" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(value)}" y2="{y(value)}"/>'
            )
            parts.append(
                f'<text class="mark-name" x="{WIDTH - _RIGHT}" y="{y(value) - 3}">{name} {chart.write(value)}</text>'
            )
    for line in chart.lines:
        parts += _path(line, chart.step_us, x, y)
    return "".join((*parts, "</svg>"))


def sparkline(values: Sequence[float | None], *, bad: Sequence[float | None] = (), label: str = "") -> str:
    """A small trend without axes: requests, and the failed ones beneath in their own colour."""
    width, height = 120, 28
    top = max([value for value in values if value is not None], default=0.0) or 1.0
    step = width / max(1, len(values))
    bars: list[str] = []
    for style, series in (("spark", values), ("spark-bad", bad)):
        drawn = "".join(
            f"M{n * step:.1f} {height}v-{max(0.7, value / top * (height - 2)):.1f}h{max(0.8, step - 0.6):.1f}V{height}z"
            for n, value in enumerate(series)
            if value
        )
        if drawn:
            bars.append(f'<path class="{style}" d="{drawn}"/>')
    return (
        f'<svg class="sparkline" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        f'<line class="axis" x1="0" x2="{width}" y1="{height - 0.5}" y2="{height - 0.5}"/>{"".join(bars)}</svg>'
    )


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    factor = (end - start) / (high - low) if high > low else 0.0
    return lambda value: round(start + (value - low) * factor, 1)


def _nice_top(value: float) -> float:
    if value <= 0:
        return 1.0
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 8, 10) if step * power >= value)


def _grid(chart: Chart, top: float, y: Callable[[float], float]) -> list[str]:
    parts: list[str] = []
    for tick in range(_TICKS + 1):
        value = top * tick / _TICKS
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(value)}" y2="{y(value)}"/>')
        if tick % 2 == 0:
            parts.append(f'<text class="tick tick-y" x="{_LEFT - 6}" y="{y(value) + 4}">{chart.write(value)}</text>')
    return parts


def _times(chart: Chart, x: Callable[[float], float]) -> list[str]:
    pattern = "%d %b" if chart.end_us - chart.start_us > 2 * US_PER_DAY else "%H:%M"
    parts: list[str] = []
    for place in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = int(chart.start_us + place * (chart.end_us - chart.start_us))
        anchor = "start" if place == 0.0 else "end" if place == 1.0 else "middle"
        text = to_datetime(at).strftime(pattern)
        parts.append(
            f'<text class="tick" text-anchor="{anchor}" x="{x(at)}" y="{HEIGHT - 5}" data-time="{iso(at)}"'
            f' data-pattern="{pattern}">{text}</text>'
        )
    return parts


def _path(line: Line, step_us: int, x: Callable[[float], float], y: Callable[[float], float]) -> list[str]:
    """The line, broken where a step holds nothing; lone points are dots."""
    drawn: list[str] = []
    dots: list[str] = []
    run: list[str] = []
    before: int | None = None
    for at, value in [*line.points, (0, None)]:
        gap = value is None or before is None or at - before > 1.5 * step_us
        if gap and run:
            (drawn if len(run) > 1 else dots).append("L".join(run))
            run = []
        if value is not None:
            run.append(f"{x(at + step_us / 2)} {y(value)}")
            before = at
    parts = [f'<path class="line line-{line.style}" d="M{"M".join(drawn)}"/>'] if drawn else []
    for dot in dots:
        cx, cy = dot.split(" ")
        parts.append(f'<circle class="dot dot-{line.style}" cx="{cx}" cy="{cy}" r="2"/>')
    return parts


def _read_out(chart: Chart) -> str:
    """What a screen reader says of the chart."""
    parts = [f"{chart.title}, {utc(chart.start_us)} to {utc(chart.end_us)}."]
    for line in chart.lines:
        known = [value for _, value in line.points if value is not None]
        if known:
            parts.append(
                f"{line.name}: latest {chart.write(known[-1])}, lowest {chart.write(min(known))},"
                f" highest {chart.write(max(known))} {chart.unit}."
            )
        else:
            parts.append(f"{line.name}: nothing known.")
    return " ".join(parts)
