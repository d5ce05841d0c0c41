"""The burn-down of an error budget: what was left of it over the period, beside an even spending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evenkeel.judge.slo.status import Point, SloStatus
from evenkeel.ui.charts import Chart, Line, draw
from evenkeel.web.slo_marks import Marks

#: Lowest values of the scale; each makes four even steps up to 1. What lies below is drawn at the edge.
_FLOORS: Final = (0.0, -1.0, -3.0, -7.0, -19.0)
#: How many times as long as what was counted so far the chart is.
_AHEAD: Final = 3
#: Numbers of marks that lie closer than this part of the chart share a place.
_APART_RATIO: Final = 1 / 25


def draw_burn_down(status: SloStatus, points: Sequence[Point], marks: Marks) -> str:
    """The chart as SVG, or nothing where nothing is known. Marks bear their number in the list beneath."""
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
        moments=_moments(marks, counted.start_us, end_us),
        shades=tuple(
            (mark.at_us, mark.until_us, f"maintenance: {mark.text}")
            for mark in marks.shown
            if mark.kind == "maintenance" and mark.until_us is not None
        ),
        scale=(next((floor for floor in _FLOORS if floor <= lowest), _FLOORS[-1]), 1.0),
        write=_percent,
    )
    return draw(chart)


def _steps(drawn: Sequence[tuple[int, Point]], step_us: int, end_us: int) -> list[int]:
    """The steps of what was, and on to the end of the chart."""
    known = [at_us for at_us, _ in drawn]
    return [*known, *range(known[-1] + step_us, end_us - step_us // 2, step_us)]


def _moments(marks: Marks, start_us: int, end_us: int) -> list[tuple[int, str]]:
    """Where each mark begins, with its number; of those that lie close together the first has all the numbers."""
    found: list[tuple[int, list[int]]] = []
    for number, mark in enumerate(marks.shown, start=1):
        at_us = max(mark.at_us, start_us)
        if at_us > end_us:
            continue
        if found and at_us - found[-1][0] < _APART_RATIO * (end_us - start_us):
            found[-1][1].append(number)
        else:
            found.append((at_us, [number]))
    return [
        (at_us, str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}") for at_us, numbers in found
    ]


def _percent(value: float) -> str:
    return f"{100 * value:,.0f} %" if abs(value) >= 1.0 else f"{100 * value:.3g} %"
