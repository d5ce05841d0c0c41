"""The burn-down of an error budget: what was left of it over the period, beside an even spending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from evenkeel.judge.slo.reading import Point
from evenkeel.judge.slo.status import SloStatus
from evenkeel.org.calendar.model import Entry
from evenkeel.ui.charts import Chart, Line, draw

#: Lowest values of the scale; each makes four even steps up to 1. What lies below is drawn at the edge.
_FLOORS: Final = (0.0, -1.0, -3.0, -7.0, -19.0)
_SHADES_MAX: Final = 40
#: How many times as long as what was counted so far the chart is.
_AHEAD: Final = 3


def draw_burn_down(status: SloStatus, points: Sequence[Point], entries: Iterable[Entry]) -> str:
    """The chart as SVG, or nothing where nothing is known."""
    if len(points) < 2:
        return ""
    step_us = max(1, points[1].at_us - points[0].at_us)
    period, counted = status.period, status.counted
    length_us = max(1, period.end_us - period.start_us)
    # Of a long period that has only begun, its beginning is shown: the rest of the chart would be empty.
    end_us = min(period.end_us, counted.start_us + _AHEAD * (counted.end_us - counted.start_us))

    def even(at_us: int) -> float:
        return 1.0 - (at_us - period.start_us) / length_us

    # A point says what was left at its moment; the chart draws values in the middle of their step.
    drawn = [(point.at_us - step_us // 2, point) for point in points]
    lines = [
        Line("spent evenly", [(at_us, even(at_us + step_us // 2)) for at_us in _steps(drawn, step_us, end_us)], "b"),
        Line(
            "left",
            [(at_us, point.high) for at_us, point in drawn],
            "a",
            {at_us: (point.low, point.high) for at_us, point in drawn if point.low < point.high},
        ),
    ]
    lowest = min(point.high for point in points)
    chart = Chart(
        "Error budget left",
        "of the budget",
        lines,
        counted.start_us,
        end_us,
        step_us,
        marks=(("freeze below", 0.2), ("velocity above", 0.5)),
        shades=tuple(_shades(status, entries)),
        scale=(next((floor for floor in _FLOORS if floor <= lowest), _FLOORS[-1]), 1.0),
        write=_percent,
    )
    return draw(chart)


def _steps(drawn: Sequence[tuple[int, Point]], step_us: int, end_us: int) -> list[int]:
    """The steps of what was, and on to the end of the chart."""
    known = [at_us for at_us, _ in drawn]
    return [*known, *range(known[-1] + step_us, end_us - step_us // 2, step_us)]


def _shades(status: SloStatus, entries: Iterable[Entry]) -> list[tuple[int, int, str]]:
    found = [
        (span.start_us, span.end_us, f"maintenance: {entry.reason}")
        for entry in entries
        if entry.covers(status.slo.key) and (span := entry.span) is not None
        and span.end_us > status.counted.start_us and span.start_us < status.period.end_us
    ]  # fmt: skip
    return found[:_SHADES_MAX]


def _percent(value: float) -> str:
    return f"{100 * value:,.0f} %" if abs(value) >= 1.0 else f"{100 * value:.3g} %"
