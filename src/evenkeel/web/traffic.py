"""A service's traffic over a chosen range: charts, sums, breakdowns, and the numbers behind them as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from evenkeel.judge.objectives.model import Objective, ServiceStatus
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.sketch import quantile
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.stats.quantiles import histogram_quantile_bounds
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window, isoformat
from evenkeel.store.telemetry.port import Histogram, MinuteRow, ServiceKey, Telemetry
from evenkeel.ui.charts import Chart, Line, draw
from evenkeel.ui.formats import seconds

#: range -> (length, step in minutes).
RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "1h": (US_PER_HOUR, 1),
    "6h": (6 * US_PER_HOUR, 5),
    "24h": (US_PER_DAY, 15),
    "7d": (7 * US_PER_DAY, 60),
    "30d": (30 * US_PER_DAY, 360),
}
_QUANTILES: Final = (0.5, 0.95, 0.99)
#: Deployments named on a chart, the latest ones: more would cover it.
_MOMENTS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Span:
    """A range as it is asked for: its window, and the width of one step in minutes."""

    window: Window
    step_minutes: int

    @property
    def step_us(self) -> int:
        """The width of one step, microseconds."""
        return self.step_minutes * US_PER_MINUTE


def span_of(chosen: str, now_us: int) -> Span:
    """The range that a URL names. Raises InvalidInputError for one that is not known."""
    if chosen not in RANGES:
        raise InvalidInputError(f"There is no range {chosen[:20]!r}.", hint=f"Use one of {', '.join(RANGES)}.")
    length, step = RANGES[chosen]
    step_us = step * US_PER_MINUTE
    return Span(Window((now_us - length) // step_us * step_us, now_us), step)


def draw_charts(telemetry: Telemetry, service: ServiceStatus, span: Span) -> list[dict[str, Any]]:
    """Traffic, latency, errors, tokens and cost over a range, with deployments marked on each."""
    rows = telemetry.minutes(service.key, span.window, step_minutes=span.step_minutes)
    latencies = telemetry.latency_histograms(service.key, span.window, step_minutes=span.step_minutes)
    limits = {verdict.objective.name: verdict.objective for verdict in service.verdicts}
    empty = Chart(
        "", "", (), span.window.start_us, span.window.end_us, span.step_us,
        moments=_deployments(telemetry, service.key, span.window),
    )  # fmt: skip
    return [
        {"title": chart.title, "unit": chart.unit, "svg": draw(chart), "lines": chart.lines}
        for chart in (
            _traffic(rows, span, empty),
            _latency(latencies, limits.get("latency_p95"), empty),
            _errors(rows, limits.get("error_rate"), empty),
            _tokens(rows, span, empty),
            _cost(rows, span, empty),
        )
    ]


def _deployments(telemetry: Telemetry, key: ServiceKey, window: Window) -> Sequence[tuple[int, str]]:
    """When versions other than the first came up within the window."""
    named = [span for span in telemetry.version_spans(key) if span.version]
    found = [(span.first_at, span.version) for span in named[1:]]
    return [moment for moment in found if window.start_us <= moment[0] < window.end_us][-_MOMENTS_MAX:]


def _traffic(rows: Sequence[MinuteRow], span: Span, empty: Chart) -> Chart:
    per_minute = 1.0 / span.step_minutes
    lines = [
        _line(rows, "requests", "a", lambda row: row.requests * per_minute),
        _line(rows, "failed", "bad", lambda row: row.bad * per_minute if row.bad else None),
    ]
    return replace(empty, title="Traffic", unit="requests per minute", lines=lines)


def _latency(latencies: Sequence[tuple[int, Histogram]], p95: Objective | None, empty: Chart) -> Chart:
    lines = [
        Line(
            f"p{100 * q:g}",
            [(at, quantile(found.counts, q, zero=found.zero)[0]) for at, found in latencies],
            style,
            {at: _bounds(found, q) for at, found in latencies} if q == 0.95 else {},
        )
        for q, style in zip(_QUANTILES, ("b", "a", "c"), strict=True)
    ]
    marks = _marks(p95, "p95 ")
    return replace(empty, title="Latency", unit="per request", lines=lines, marks=marks, write=_latency_text)


def _latency_text(value: float) -> str:
    return seconds(value) if value else "0"


def _percent_text(value: float) -> str:
    return f"{100 * value:.3g} %"


def _amount_text(value: float) -> str:
    return f"{value:.3g}"


def _bounds(histogram: Histogram, q: float) -> tuple[float, float]:
    return histogram_quantile_bounds(histogram.counts, q, alpha=0.05, zero=histogram.zero)


def _errors(rows: Sequence[MinuteRow], rate: Objective | None, empty: Chart) -> Chart:
    band = {row.at: wilson_interval(row.bad, row.requests) for row in rows if row.requests}
    points = [(row.at, row.bad / row.requests if row.requests else None) for row in rows]
    return replace(
        empty,
        title="Errors",
        unit="share of requests",
        lines=[Line("error rate", points, "bad", band)],
        marks=_marks(rate),
        write=_percent_text,
    )


def _tokens(rows: Sequence[MinuteRow], span: Span, empty: Chart) -> Chart:
    per_minute = 1.0 / span.step_minutes
    lines = [
        _line(rows, "input", "a", lambda row: row.tokens_in * per_minute),
        _line(rows, "output", "c", lambda row: row.tokens_out * per_minute),
    ]
    return replace(empty, title="Tokens", unit="per minute", lines=lines)


def _cost(rows: Sequence[MinuteRow], span: Span, empty: Chart) -> Chart:
    per_hour = 60.0 / span.step_minutes
    lines = [_line(rows, "cost", "a", lambda row: row.cost_nano / NANO_PER_UNIT * per_hour)]
    return replace(empty, title="Cost", unit="USD per hour", lines=lines, write=_amount_text)


def _line(rows: Sequence[MinuteRow], name: str, style: str, value: Callable[[MinuteRow], float | None]) -> Line:
    return Line(name, [(row.at, value(row)) for row in rows], style)


def _marks(objective: Objective | None, prefix: str = "") -> Sequence[tuple[str, float]]:
    if objective is None:
        return ()
    marks = [(f"{prefix}target", objective.target)]
    return marks if objective.alert in (None, objective.target) else [*marks, (f"{prefix}alert", objective.alert)]


def sum_rows(rows: Sequence[MinuteRow]) -> dict[str, float]:
    """Sums over a range."""
    names = ("good", "bad", "excluded", "attempts", "tokens_in", "tokens_out", "tokens_cached", "cost_nano", "unpriced")
    return {name: sum(getattr(row, name) for row in rows) for name in names}


def write_csv(telemetry: Telemetry, key: ServiceKey, span: Span) -> str:
    """What is behind the charts, a line per step."""
    latencies = dict(telemetry.latency_histograms(key, span.window, step_minutes=span.step_minutes))
    lines = ["start_utc,good,bad,excluded,attempts,tokens_in,tokens_out,cost_nano,latency_n,p50_s,p95_s,p99_s"]
    for row in telemetry.minutes(key, span.window, step_minutes=span.step_minutes):
        found = latencies.get(row.at, Histogram({}))
        values = [quantile(found.counts, q, zero=found.zero)[0] if found.n else "" for q in _QUANTILES]
        cells = (isoformat(row.at), row.good, row.bad, row.excluded, row.attempts, row.tokens_in, row.tokens_out,
                 row.cost_nano, found.n, *values)  # fmt: skip
        lines.append(",".join(map(str, cells)))
    return "\n".join(lines) + "\n"
