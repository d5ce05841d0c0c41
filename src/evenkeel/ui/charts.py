"""Charts as SVG, drawn on the server: they need no script, follow the theme and are read out by screen readers.

Colours come from classes of the one stylesheet, so a chart is right in light and dark alike. Each chart carries
its numbers as text in `data-hover`, from which the script shows the ones under the pointer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from evenkeel.kernel.time import US_PER_DAY, to_datetime
from evenkeel.ui.formats import compact, iso, utc

WIDTH: Final = 640
HEIGHT: Final = 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 10, 22
_TICKS: Final = 4
_TEXT_HEIGHT: Final = 14


@dataclass(frozen=True, slots=True)
class Line:
    """A named series: (time in microseconds, value or None where nothing is known)."""

    name: str
    points: Sequence[tuple[int, float | None]]
    style: str = "a"  # a | b | c | bad
    band: Mapping[int, tuple[float, float]] = field(default_factory=dict[int, tuple[float, float]])  # 95 % interval


@dataclass(frozen=True, slots=True)
class Change:
    """From when on the series is another, the interval of that moment, and how: "fell"."""

    at_us: int
    earliest_us: int
    latest_us: int
    name: str


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
    moments: Sequence[tuple[int, str]] = ()  # (time, what happened): deployments
    changes: Sequence[Change] = ()
    shades: Sequence[tuple[int, int, str]] = ()  # (from, to, why): time that does not count
    scale: tuple[float, float] | None = None  # (lowest, highest) value shown; None: from 0 to what the values reach
    write: Callable[[float], str] = field(default=compact)


def draw(chart: Chart) -> str:
    """The chart as an SVG element."""
    floor, top = chart.scale or (0.0, _top(chart))
    y = _scale(floor, top, HEIGHT - _BOTTOM, _TOP)
    x = _scale(chart.start_us, chart.end_us, _LEFT, WIDTH - _RIGHT)
    hover = escape(json.dumps(_hover(chart, x), ensure_ascii=False, separators=(",", ":")))
    frame = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" tabindex="0" aria-label="{escape(_read_out(chart))}"'
    parts = [
        f'<svg class="chart" {frame} data-hover="{hover}">',
        *_shades(chart, x),
        *_changes(chart, x),
        *_grid(chart, (floor, top), y),
        *_times(chart, x),
    ]
    for line in chart.lines:
        parts += _band(line, chart.step_us, x, lambda value: y(max(floor, min(value, top))))
    parts += _limits(chart, top, y)
    for line in chart.lines:
        parts += _path(line, chart.step_us, x, lambda value: y(max(floor, min(value, top))))
    for at, name in chart.moments:
        parts.append(f'<line class="moment" x1="{x(at)}" x2="{x(at)}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text class="moment-name" x="{x(at) - 4}" y="{_TOP + 8}">{escape(name)}</text>')
    return "".join((*parts, "</svg>"))


def _limits(chart: Chart, top: float, y: Callable[[float], float]) -> list[str]:
    """Target and alert as lines; the names of two that lie close together share a place."""
    parts: list[str] = []
    named: list[tuple[float, str]] = []
    for name, value in sorted(chart.marks, key=lambda mark: mark[1]):
        if value > top:
            continue
        at, ends = y(value), f'x1="{_LEFT}" x2="{WIDTH - _RIGHT}"'
        parts.append(f'<line class="mark mark-{name.split()[-1]}" {ends} y1="{at}" y2="{at}"/>')
        text = f"{name} {chart.write(value)}"
        if named and named[-1][0] - at < _TEXT_HEIGHT:
            text = f"{named.pop()[1]} · {text}"
        named.append((at, text))
    names = [f'<text class="mark-name" x="{WIDTH - _RIGHT}" y="{at - 3}">{text}</text>' for at, text in named]
    return [*parts, *names]


def _top(chart: Chart) -> float:
    """The upper end of the scale: all values, and limits and intervals that are not far beyond them."""
    largest = max((value for line in chart.lines for _, value in line.points if value is not None), default=0.0)
    limits = [value for _, value in chart.marks]
    if largest <= 0.0:  # nothing but zeros: the limits are the measure of how good that is
        return _nice_top(1.3 * max(limits, default=0.0))
    top = _nice_top(largest)
    reach = [*(1.1 * value for value in limits), *(high for line in chart.lines for _, high in line.band.values())]
    return max([top, *(value for value in reach if value <= 3 * top)])


def _hover(chart: Chart, x: Callable[[float], float]) -> list[tuple[float, str, list[str]]]:
    """(place, moment, what each line says there) for every step."""
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for line in chart.lines:
        for at, value in line.points:
            if value is not None:
                texts[at].append(f"{line.name} {chart.write(value)}{_interval(chart, line.band.get(at))}")
    return [(x(at + chart.step_us / 2), iso(at), said) for at, said in sorted(texts.items())]


def _interval(chart: Chart, band: tuple[float, float] | None) -> str:
    return f" [{chart.write(band[0])}–{chart.write(band[1])}]" if band else ""


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
    if value < 1e-300:  # nothing, or so little that powers of ten lose their digits
        return 1.0
    power = 1.0
    while power * 10 <= value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 8, 10) if step * power >= value)


def _shades(chart: Chart, x: Callable[[float], float]) -> list[str]:
    """Stretches of time behind everything else; why is read out and shown under the pointer."""
    parts: list[str] = []
    for start_us, end_us, why in chart.shades:
        left, right = x(max(start_us, chart.start_us)), x(min(end_us, chart.end_us))
        if right > left:
            place = f'x="{left}" width="{max(1.0, right - left):.1f}" y="{_TOP}" height="{HEIGHT - _BOTTOM - _TOP}"'
            parts.append(f'<rect class="shade" {place}><title>{escape(why)}</title></rect>')
    return parts


def _changes(chart: Chart, x: Callable[[float], float]) -> list[str]:
    """Each change as a line with its name at the foot, and its interval behind."""
    parts: list[str] = []
    for each in chart.changes:
        left, right, at = x(max(each.earliest_us, chart.start_us)), x(min(each.latest_us, chart.end_us)), x(each.at_us)
        if right > left:
            place = f'x="{left}" width="{right - left:.1f}" y="{_TOP}" height="{HEIGHT - _BOTTOM - _TOP}"'
            parts.append(f'<rect class="shade" {place}/>')
        parts.append(f'<line class="change" x1="{at}" x2="{at}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text class="change-name" x="{at - 4}" y="{HEIGHT - _BOTTOM - 5}">{escape(each.name)}</text>')
    return parts


def _grid(chart: Chart, scale: tuple[float, float], y: Callable[[float], float]) -> list[str]:
    floor, top = scale
    parts: list[str] = []
    for tick in range(_TICKS + 1):
        value = floor + (top - floor) * tick / _TICKS
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


def _band(line: Line, step_us: int, x: Callable[[float], float], y: Callable[[float], float]) -> list[str]:
    """The interval around a line, one bar per step."""
    width = max(1.0, x(step_us) - x(0))
    return [
        f'<rect class="band band-{line.style}" x="{x(at)}" width="{width:.1f}" y="{y(high)}"'
        f' height="{max(0.0, y(low) - y(high)):.1f}"/>'
        for at, (low, high) in line.band.items()
    ]


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
    parts += [f"From {utc(each.at_us)} on it {each.name}." for each in chart.changes]
    parts += [f"Left out, {utc(start_us)} to {utc(end_us)}: {why}." for start_us, end_us, why in chart.shades]
    return " ".join(parts)
