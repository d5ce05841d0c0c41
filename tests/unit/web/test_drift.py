"""What of a service has drifted, as numbers and in sentences."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, age_and_language, level, normal

from evenkeel.judge.drift.past import LastWeeks, PastDays
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.retired import Retired
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.testing.feeder import Feeder
from evenkeel.web.drift import drift_document

SCORER = ServiceKey("production", "scorer")

LAST_DAY = Window(11 * US_PER_DAY, 12 * US_PER_DAY)


@pytest.fixture
def store() -> CountedStore:
    return age_and_language()


def _document(store: CountedStore, window: Window = LAST_DAY) -> dict[str, Any]:
    return drift_document(DriftJudge(cast("Any", store), lambda _: None), KEY, window)


def test_spanish_instead_of_english_is_told_in_sentences_worst_first(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    store.fill("language", range(11), level(0.0))
    store.fill("language", range(11, 12), lambda rng, hour: level(0.5 if hour >= 12 else 0.0)(rng, hour))
    found = _document(store)
    how, since, todo = found["says"]
    assert how.startswith("Of 2 features 1 differs beyond chance, 1 so much that it matters. Language: 2")
    assert "of its rows are es, which the reference does not know (PSI" in how
    assert since == "language has differed since 1970-01-12 12:00 UTC (95 % interval: that one alone)."
    assert "Look at what sends language" in todo
    assert [each["feature"] for each in found["features"]] == ["language", "age"]
    worst = found["features"][0]
    assert (worst["status"], worst["signals"][0]) == ("breach", "new_levels")
    assert worst["psi"]["low"] < worst["psi"]["value"] < worst["psi"]["high"]
    assert {"bin": "es", "before": 0.0, "after": pytest.approx(0.25, abs=0.02)} in worst["distribution"]
    began = worst["since"]
    assert began["low"] <= began["at"] == "1970-01-12T12:00:00.000Z" <= began["high"]
    assert (began["step"], began["may_be_older"], found["features"][1]["since"]) == ("hour", False, None)
    assert found["data"]["feature"] == "language"
    assert found["prediction"]["features"] == 0


def test_cells_are_in_the_order_of_the_features(store: CountedStore) -> None:
    store.fill("age", range(11), normal(0.0))
    store.fill("age", range(11, 12), normal(1.5))
    store.fill("language", range(12), level(0.0))
    heat = _document(store)["heat"]
    assert (heat["step"], [row["feature"] for row in heat["rows"]]) == ("hour", ["age", "language"])
    assert {cell["state"] for cell in heat["rows"][0]["cells"]} == {"breach"}
    by_day = _document(store, Window(5 * US_PER_DAY, 12 * US_PER_DAY))["heat"]
    assert by_day["step"] == "day"
    assert [cell["state"] for cell in by_day["rows"][0]["cells"]][:3] == ["reference"] * 3


def test_a_quiet_service_says_that_drift_would_have_been_seen(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    store.fill("language", range(12), level(0.02))
    how, since, todo = _document(store)["says"]
    assert how.startswith("Of 2 features none differs from the reference beyond chance")
    assert how.endswith("a difference that matters would most likely have been seen.")
    assert (since, todo) == ("", "")


def test_a_young_service_says_how_long_it_takes(store: CountedStore) -> None:
    store.fill("age", range(5), normal(0.0))
    store.fill("language", range(5), level(0.02))
    found = _document(store, Window(4 * US_PER_DAY, 5 * US_PER_DAY))
    assert found["says"][0] == "Of 2 features it is not known yet whether they drifted."
    assert found["says"][2] == "It takes 4 days more of traffic until there is a whole week to compare with."
    assert found["features"][0]["reference"]["provisional"]


def test_too_few_rows_say_how_many_it_takes(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0, rows=2))
    del store.grids["language"]
    assert _document(store)["says"][2].startswith("It takes about ")


def test_features_of_today_wait(store: CountedStore) -> None:
    store.fill("age", range(1), normal(0.0))
    found = _document(store, Window(0, 12 * US_PER_HOUR))
    assert found["says"][0] == "Nothing can be said of drift yet. 2 features wait for a first whole day."
    assert set(found["waiting"]) == {"age", "language"}


def test_versions_are_told_apart_and_the_latest_beside_the_one_before_it(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    store.fill("age", range(11, 12), normal(1.0), version="2")
    del store.grids["language"]
    new, old = _document(store)["versions"]
    assert (new["version"], new["data"]["status"], old["data"]["status"]) == ("2", "breach", "ok")
    assert new["beside"]["version"] == "1"
    assert "age moved up" in new["beside"]["says"]
    assert "beside" not in old


def test_where_nothing_of_two_versions_can_be_compared_it_is_said_and_nothing_is_called_quiet(
    store: CountedStore,
) -> None:
    store.fill("age", range(12), lambda rng, hour: normal(0.0)(rng, hour) if hour >= 12 else [])
    store.fill("age", range(11, 12), lambda rng, hour: normal(0.0)(rng, hour) if hour < 12 else [], version="2")
    beside = _document(store)["versions"][0]["beside"]
    assert (beside["data"]["status"], beside["says"]) == ("unknown", "Nothing of it can be compared.")


def test_infinite_values_are_told_and_end_no_answer(store: CountedStore) -> None:
    store.fill("age", range(11), normal(0.0))
    store.fill("age", range(11, 12), lambda rng, hour: np.full(normal(0.0)(rng, hour).size, np.inf))
    del store.grids["language"]
    found = _document(store)
    json.dumps(found, allow_nan=False)
    assert found["features"][0]["status"] == "breach"
    assert found["features"][0]["median"]["after"] is None


@dataclass
class Arrivals:
    """A service to which anything may happen: events of any time, references, grids, erasures, the ends of periods."""

    rng: random.Random
    telemetry: Telemetry
    feeder: Feeder
    now_us: int = 20_014 * US_PER_DAY + 9 * US_PER_HOUR
    given: GivenReference | None = None
    retired: dict[str, Retired] = field(default_factory=dict[str, Retired])

    def begin(self) -> None:
        """Two weeks of traffic."""
        ages = [self.rng.gauss(40.0, 9.0) for _ in range(600)]
        grids = {"age": build_profile(ages).grid, "language": build_profile(["en"] * 90 + ["de"] * 10).grid}
        grids["gone"] = grids["age"]
        self.telemetry.set_feature_grids(SCORER, grids, now_us=self.now_us - 14 * US_PER_DAY)
        first = self.now_us - 14 * US_PER_DAY
        for day in range(14):
            self.predict(first + day * US_PER_DAY, 150, gone=day < 8, within_us=US_PER_DAY)

    def predict(
        self, at: int, rows: int, version: str = "1", *, gone: bool = False, within_us: int = US_PER_HOUR // 2
    ) -> None:
        """Predictions of about a moment."""
        self.feeder.fold(*(self._event(at + self.rng.randrange(within_us), version, gone) for _ in range(rows)))

    def _event(self, at: int, version: str, gone: bool) -> dict[str, Any]:
        features: dict[str, Any] = {"feature.age": self.rng.gauss(40.0, 9.0)}
        features["feature.language"] = self.rng.choice(["en"] * 8 + ["de", "es", "pt"])
        if gone:
            features["feature.gone"] = self.rng.gauss(40.0, 9.0)
        more = {"attributes": json.dumps(features), "caller": self.rng.randrange(9), "label": self.rng.choice("ab")}
        return self.feeder.event(kind="prediction", role="none", service="scorer", version=version, at=at, **more)

    def happen(self) -> None:
        """One thing of many."""
        ago = self.rng.randrange(16 * 24) * US_PER_HOUR
        what = self.rng.choice((self._come, self._come, self._late, self._late, self._newer, self._wait, self._close,
                                self._give, self._retire, self._forget, self._regrid))  # fmt: skip
        what(ago)

    def _come(self, _: int) -> None:
        self.predict(self.now_us - US_PER_HOUR // 2, self.rng.choice((1, 40, 400)))

    def _late(self, ago: int) -> None:
        self.predict(self.now_us - ago, self.rng.choice((1, 60)), gone=True)

    def _newer(self, ago: int) -> None:
        self.predict(self.now_us - ago % US_PER_DAY, 60, "2")

    def _wait(self, ago: int) -> None:
        self.now_us += self.rng.choice((US_PER_MINUTE, US_PER_HOUR, 30 * US_PER_HOUR))

    def _close(self, _: int) -> None:
        self.telemetry.close_periods(self.now_us)

    def _give(self, ago: int) -> None:
        day = 20_001 * US_PER_DAY
        past = self.rng.choice((None, PastDays(day, day + 8 * US_PER_DAY), LastWeeks(7)))
        self.given = None if past is None else GivenReference("r1", SCORER, ago, "jo", "why", past=past)

    def _retire(self, ago: int) -> None:
        self.retired = {} if self.retired else {"gone": Retired("gone", self.now_us - ago, "jo", "why")}

    def _forget(self, ago: int) -> None:
        self.telemetry.erase_caller(ago % 9, now_us=self.now_us)

    def _regrid(self, _: int) -> None:
        grid = build_profile([self.rng.gauss(40.0, 9.0) for _ in range(300)]).grid
        self.telemetry.set_feature_grids(SCORER, {"age": grid}, now_us=self.now_us)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_kept_is_what_is_made_anew_whatever_arrives(tmp_path: Path, seed: int) -> None:
    telemetry = DuckTelemetry(str(tmp_path / "telemetry.duckdb"), threads=1)
    arrivals = Arrivals(random.Random(seed), telemetry, Feeder(telemetry))
    arrivals.begin()

    def judge() -> DriftJudge:
        return DriftJudge(telemetry, lambda _: arrivals.given, lambda _: arrivals.retired)

    keeping = judge()
    for _ in range(16):
        hours = arrivals.rng.choice((6, 24, 7 * 24, 30 * 24))
        window = Window(arrivals.now_us - hours * US_PER_HOUR, arrivals.now_us)
        assert drift_document(keeping, SCORER, window) == drift_document(judge(), SCORER, window)
        arrivals.happen()
    telemetry.close()
