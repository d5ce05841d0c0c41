"""Percentiles of imported latency lie where the file's own order statistics say, within the sketch's stated error."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evenkeel.app.home import Home
from evenkeel.app.importing import import_file
from evenkeel.app.offline import opened
from evenkeel.kernel.sketch import RELATIVE_ERROR, quantile
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.observe.imports.mapping import Mapping
from evenkeel.observe.imports.run import ImportOrder
from evenkeel.store.telemetry.port import ServiceKey

QUANTILES = (0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999)
MAPPING = Mapping(
    name="latencies",
    columns={"at": "at", "latency_s": "took_ms", "status_code": "status"},
    constants={"service": "bot"},
    latency_unit="ms",
)


def latencies_ms(shape: str, count: int) -> list[float]:
    chance = random.Random(5)
    draw = {
        "lognormal": lambda: chance.lognormvariate(6, 0.9),
        "two humps": lambda: chance.gauss(100, 5) if chance.random() < 0.7 else chance.gauss(9_000, 400),
        "heavy tail": lambda: 50 * chance.paretovariate(1.1),
        "few values": lambda: chance.choice((0.0, 1.0, 2.0, 1_000.0)),
    }[shape]
    return [max(0.0, draw()) for _ in range(count)]


@pytest.mark.parametrize("shape", ["lognormal", "two humps", "heavy tail", "few values"])
@pytest.mark.parametrize(("days_ago", "count"), [(0, 3_000), (10, 6_000)])
def test_percentiles_lie_between_the_adjacent_order_statistics_widened_by_the_stated_error(
    tmp_path: Path, shape: str, days_ago: int, count: int
) -> None:
    """Recent ones are read from events, older ones from sketches of hours and days."""
    values = latencies_ms(shape, count)
    begin = datetime.now(UTC) - timedelta(days=days_ago, hours=2)
    lines = [f"{begin + timedelta(seconds=n / 2)},{value!r},200" for n, value in enumerate(values)]
    source = tmp_path / "latencies.csv"
    source.write_text("at,took_ms,status\n" + "\n".join(lines))
    home = Home(tmp_path / "home")
    order = ImportOrder(source, MAPPING, home.imports)
    result, stored = import_file(home, order, folds=True, progress=lambda _: None)
    assert (result.rejected, stored) == (0, count)
    ordered = sorted(value / 1_000 for value in values)
    with opened(home) as control:
        telemetry, now_us = control.stores.telemetry, control.stores.clock.now_us()
        telemetry.close_periods(now_us)
        found = telemetry.latency_histogram(
            ServiceKey("production", "bot"), Window(now_us - 30 * US_PER_DAY, now_us + US_PER_DAY)
        )
    assert found.n == count
    for q in QUANTILES:
        value, low, high = quantile(found.counts, q, zero=found.zero)
        rank = q * (count - 1)
        below, above = ordered[math.floor(rank)], ordered[math.ceil(rank)]
        assert below / (1 + RELATIVE_ERROR) <= value <= above * (1 + RELATIVE_ERROR), (q, below, value, above)
        assert low <= below * (1 + 1e-12)
        assert high >= above * (1 - 1e-12)
