"""The textbook's detection times, from the engine on a real store: a step from nothing bad to a share of bad ones.

Times are those of the SRE Workbook's rules at 99.9 % over 30 days: factor x 0.1 % x long window / share of bad ones.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.model import BudgetWindow, ErrorsSli, Slo
from evenkeel.kernel.time import US_PER_HOUR, US_PER_SECOND
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

SLO = Slo(
    ServiceKey("production", "bot"), "error_rate", "Requests without error", ErrorsSli(), 0.999,
    window=BudgetWindow(rolling_s=30 * 86_400),
)  # fmt: skip
#: Requests that one event stands for: a hundred a second in all.
PER_SECOND = 100.0
#: The engine looks once a second, and events of whole seconds are good or bad.
WITHIN_S = 3


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with six hours in which nothing failed."""
    path = tmp_path_factory.mktemp("store") / "telemetry.duckdb"
    store = DuckTelemetry(str(path), threads=1)
    feeder = Feeder(store)
    for hour in range(-6, 0):
        start_us = NOON_US + hour * US_PER_HOUR
        feeder.fold(*(feeder.event(at=start_us + second * US_PER_SECOND, weight=PER_SECOND) for second in range(3_600)))
    store.close()
    return path


@pytest.mark.parametrize(("bad_ratio", "quick_min", "slow_min"), [(1.0, 0.864, 2.16), (0.2, 4.32, 10.8),
                                                                 (0.05, 17.28, 43.2), (0.02, 43.2, 108.0)])  # fmt: skip
def test_a_step_is_seen_when_the_textbook_says(
    healthy: Path, tmp_path: Path, bad_ratio: float, quick_min: float, slow_min: float
) -> None:
    path = tmp_path / "telemetry.duckdb"
    path.write_bytes(healthy.read_bytes())
    store = DuckTelemetry(str(path), threads=1)
    feeder, engine = Feeder(store), SloEngine(store)
    feeder._number = feeder._position = 1_000_000  # other events than those of the healthy hours
    engine.set_slos([SLO])
    said: list[bool] = []
    served = 0
    for rule, minutes in (("burn-1h-5m", quick_min), ("burn-6h-30m", slow_min)):
        for until in (round(minutes * 60) - WITHIN_S, round(minutes * 60) + WITHIN_S):
            serve(feeder, served, until, bad_ratio)
            served = until
            observation = engine.observe(NOON_US + until * US_PER_SECOND)
            said.append(rule in {firing.id.rule for firing in observation.firing})
    store.close()
    assert said == [False, True, False, True]


def serve(feeder: Feeder, first: int, last: int, bad_ratio: float) -> None:
    """A hundred requests in each of these seconds, `bad_ratio` of them bad."""
    shares = [(outcome, share) for outcome, share in (("bad", bad_ratio), ("good", 1.0 - bad_ratio)) if share > 0]
    feeder.fold(
        *(
            feeder.event(at=NOON_US + second * US_PER_SECOND, outcome=outcome, weight=PER_SECOND * share)
            for second in range(first, last)
            for outcome, share in shares
        )
    )
