"""Ratings and thumbs are counted once for each person and thing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_HOUR, US_PER_SECOND, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.rating_port import RatingCount
from evenkeel.store.telemetry.trial_port import Source
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
HOUR = Window(NOON_US, NOON_US + US_PER_HOUR)


@pytest.fixture
def feeder(tmp_path: Path) -> Iterator[Feeder]:
    telemetry = DuckTelemetry(tmp_path / "telemetry.duckdb")
    yield Feeder(telemetry)
    telemetry.close()


def said(feeder: Feeder, subject: str, second: int, **more: Any) -> dict[str, Any]:
    at = NOON_US + second * US_PER_SECOND
    return feeder.event(kind="feedback", role="none", outcome="none", subject=subject, at=at, **more)


def stars(value: float) -> dict[str, Any]:
    return {"value": value, "value_kind": "rating"}


def test_of_several_ratings_of_one_answer_the_last_one_counts_and_a_thumb_beside_it(feeder: Feeder) -> None:
    feeder.fold(
        said(feeder, "a", 1, **stars(1.0)),
        said(feeder, "a", 2, **stars(5.0)),
        said(feeder, "a", 3, label="up"),
        said(feeder, "b", 1, **stars(5.0)),
        said(feeder, "c", 1, label="down"),
        said(feeder, "d", 1, label="a word"),
    )
    assert list(feeder.telemetry.ratings(BOT, HOUR)) == [
        RatingCount("", 5.0, 2, 2), RatingCount("down", None, 1, 2), RatingCount("up", None, 1, 2),
    ]  # fmt: skip


def test_of_two_people_each_counts_once_as_the_objective_counts_them(feeder: Feeder) -> None:
    feeder.fold(
        said(feeder, "a", 1, caller=1, **stars(1.0)),
        said(feeder, "a", 2, caller=1, **stars(5.0)),
        said(feeder, "a", 3, caller=2, **stars(2.0)),
        said(feeder, "b", 3, caller=2, **stars(2.0)),
        said(feeder, "b", 4, caller=3, **stars(9.0)),  # no rating
    )
    found = list(feeder.telemetry.ratings(BOT, HOUR))
    assert found == [RatingCount("", 2.0, 2, 2), RatingCount("", 5.0, 1, 2)]
    trials = feeder.telemetry.trials(BOT, HOUR, Source.RATING)
    assert trials.rows == sum(each.n for each in found) == 3
