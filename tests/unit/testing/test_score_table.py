"""A table made of arrays is the one that the store answers with, before rows are added up."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.predictions import Scoring
from evenkeel.testing.feeder import NOON_US, Feeder
from evenkeel.testing.score_table import score_table


def test_its_sums_are_those_of_the_store(tmp_path: object) -> None:
    telemetry = DuckTelemetry(f"{tmp_path}/telemetry.duckdb", threads=1)
    feeder = Feeder(telemetry)
    scores, truth = np.array([0.91, 0.123456, 1.0]), np.array([1.0, 0.0, 0.0])
    base = {"kind": "prediction", "role": "request", "label": "1", "weight": 2.0}
    said = {"kind": "outcome", "role": "none", "version": "", "at": NOON_US + 1}
    feeder.fold(*(feeder.event(**base, subject=str(n), value=float(score)) for n, score in enumerate(scores)))
    feeder.fold(*(feeder.event(**said, subject=str(n), label=str(int(true))) for n, true in enumerate(truth)))
    window = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_MINUTE)
    stored = telemetry.scores(ServiceKey("production", "bot"), window, Scoring("0", "1"))
    made = score_table(scores, truth, np.ones(3, dtype=bool), np.full(3, 2.0))
    one, other = np.argsort(stored.bucket), np.argsort(made.bucket)
    assert stored.bucket[one].tolist() == made.bucket[other].tolist()
    assert stored.truth[one].tolist() == made.truth[other].tolist()
    assert stored.sums[one] == pytest.approx(made.sums[other])
    telemetry.close()
