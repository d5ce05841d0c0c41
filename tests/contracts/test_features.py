"""What every engine behind the telemetry port does with features of predictions and with evaluators' numbers."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import duckdb
import pytest

from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.kernel.profile.build import PERSONS_MIN, build_profile
from evenkeel.kernel.profile.model import Apart, Counts, Kind, LevelGrid, NumericGrid
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.feature_grids import PRESENT_MIN, PRESENT_RARE_MIN
from evenkeel.store.telemetry.feature_port import FIRST_DAYS
from evenkeel.store.telemetry.feature_schema import LABEL, SCORE
from evenkeel.store.telemetry.feature_state import FEATURES_MAX
from evenkeel.store.telemetry.port import FoldResult, ServiceKey, Telemetry
from evenkeel.testing.feeder import Feeder

BOT = ServiceKey("production", "bot")
NOON = Feeder.noon_us
WEEK = Window(NOON - 3 * US_PER_DAY, NOON + 4 * US_PER_DAY)
AGES = build_profile([float(age) for age in range(18, 98)]).grid
COUNTRIES = build_profile(["de", "en"] * 5).grid


def prediction(feeder: Feeder, features: dict[str, Any], **more: Any) -> dict[str, Any]:
    attributes = {f"feature.{name}": value for name, value in features.items()} | {"segment.region": "north"}
    base = {"kind": "prediction", "role": "none", "operation": "predict", "attributes": json.dumps(attributes)}
    return feeder.event(**base | more)


def predict(feeder: Feeder, *features: dict[str, Any], **more: Any) -> FoldResult:
    return feeder.fold(*(prediction(feeder, each, **more) for each in features))


def exchange(feeder: Feeder, **more: Any) -> dict[str, Any]:
    numbers = {"evenkeel.answer.words": 10, "evenkeel.grounding.unsupported": 0}
    return feeder.event(**{"attributes": json.dumps(numbers)} | more)


def counts_of(telemetry: Telemetry, feature: str, window: Window = WEEK) -> Counts:
    (row,) = telemetry.feature_counts(BOT, window, step="day", features=[feature])
    return row.counts


class TestFeatureRows:
    def test_rows_of_a_version_by_the_hour_are_what_its_buckets_hold(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES, "country": COUNTRIES}, now_us=NOON)
        ages: list[Any] = [31, "old", None, 44.5, 10**400, 200]
        for hours, version in ((0, "1"), (1, "2"), (-30, "2"), (5, "2")):
            at = NOON + hours * US_PER_HOUR + US_PER_MINUTE
            predict(feeder, *({"age": age, "country": "es"} for age in ages), version=version, at=at)
            telemetry.close_periods(at)
        window = Window(NOON - 40 * US_PER_HOUR, NOON + 5 * US_PER_HOUR)
        for version in ("1", "2", "3"):
            found = telemetry.feature_rows(BOT, window, version, ["age", "country", "none"])
            told = [row for row in telemetry.feature_counts(BOT, window) if row.version == version]
            assert {(name, at): n for name, hours in found.items() for at, n in hours.items()} == {
                (row.feature, row.at): row.counts.n for row in told
            }
            assert len(told) == {"1": 2, "2": 4, "3": 0}[version]


class TestFeatureChanges:
    def test_a_fold_changes_its_day_alone_and_a_grid_changes_all(self, feeder: Feeder, telemetry: Telemetry) -> None:
        today, yesterday = (at // US_PER_DAY * US_PER_DAY for at in (NOON, NOON - US_PER_DAY))
        predict(feeder, {"age": 31})
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        first = telemetry.feature_changes(BOT)
        assert first.of_day(today) == first.of_day(yesterday) == first.last
        predict(feeder, {"age": 31})
        feeder.fold(feeder.event())  # nothing that is counted
        second = telemetry.feature_changes(BOT)
        assert second.last == second.of_day(today) > first.last
        assert second.of_day(yesterday) == first.last
        predict(feeder, {"age": 31}, at=NOON - US_PER_DAY)
        assert telemetry.feature_changes(BOT).of_day(today) == second.of_day(today)
        assert telemetry.feature_changes(BOT).of_day(yesterday) > second.last
        telemetry.set_feature_grids(BOT, {"age": COUNTRIES}, now_us=NOON)
        assert telemetry.feature_changes(BOT).of_day(today) > second.last + 1

    def test_an_erasure_and_retention_change_all_and_the_end_of_an_hour_changes_nothing(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        predict(feeder, {"age": 31}, caller=7)
        before, counted = telemetry.feature_changes(BOT), counts_of(telemetry, "age")
        telemetry.close_periods(NOON + 2 * US_PER_DAY)
        assert telemetry.feature_changes(BOT) == before
        assert counts_of(telemetry, "age") == counted
        telemetry.erase_caller(7, now_us=NOON)
        erased = telemetry.feature_changes(BOT)
        assert erased.of_day(0) > before.last
        telemetry.apply_retention({"features_day": 0, "features_hour": 0, "events": 0}, NOON + 90 * US_PER_DAY)
        assert telemetry.feature_changes(BOT).of_day(0) > erased.last


class TestCountingFeatures:
    def test_each_value_of_a_prediction_is_counted_on_its_features_grid(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES, "country": COUNTRIES}, now_us=NOON)
        predict(feeder, {"age": 31, "country": "de"}, {"age": 44.5, "country": None}, {"age": "old", "country": "en"})
        predict(feeder, {"age": 200}, {"country": "de", "age": 10**400}, at=NOON + US_PER_MINUTE)
        age = counts_of(telemetry, "age")
        assert isinstance(AGES, NumericGrid)
        places = [place for place, rows in enumerate(age.buckets) if rows]
        for place, value in zip(places, (31, 44.5, 200), strict=True):
            assert AGES.edges[place - 1] < value <= AGES.edges[place]
        assert (age.n, age.apart) == (5, Apart(mistyped=2))
        country = counts_of(telemetry, "country")
        assert (country.buckets, country.apart) == ((2, 1, 0), Apart(missing=2))
        assert telemetry.verify(WEEK) == []

    def test_numbers_of_embeddings_are_counted_of_whatever_carries_one(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        name = "embedding:q/norm"
        telemetry.set_feature_grids(BOT, {"age": AGES, name: AGES}, now_us=NOON)
        predict(feeder, {"age": 31}, {"age": 40, name: 20.0})
        asked = json.dumps({f"feature.{name}": 30.0, "segment.region": "north"})
        feeder.fold(feeder.event(attributes=asked, label="no"), feeder.event(attributes='{"feature.age": 3}'))
        assert (counts_of(telemetry, "age").n, counts_of(telemetry, name).n) == (2, 2)
        assert telemetry.verify(WEEK) == []
        day = Window(NOON, NOON + US_PER_DAY)
        assert telemetry.feature_by_segment(BOT, name, (day, day)).read == (2, 2)
        assert telemetry.feature_counts(BOT, WEEK, features=[LABEL]) == []
        assert [each.feature for each in telemetry.waiting_features(BOT)] == []

    def test_a_feature_is_counted_by_the_levels_of_each_segment_when_asked(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES, LABEL: COUNTRIES}, now_us=NOON)
        for at, old in ((NOON, 30), (NOON + US_PER_DAY, 90)):
            rows = [
                {"feature.age": age, "segment.country": country, **more}
                for age, country, more in ((30, "de", {}), (old, "es", {"segment.paid": True}), (None, "es", {}))
            ]
            told = [prediction(feeder, {}, at=at, label="de", attributes=json.dumps(row)) for row in rows]
            feeder.fold(*told, prediction(feeder, {}, at=at, label="en"))
        days = Window(NOON, NOON + US_PER_HOUR), Window(NOON + US_PER_DAY, NOON + US_PER_DAY + 1)
        found = telemetry.feature_by_segment(BOT, "age", days)
        assert (found.read, found.one_in) == ((3, 3), (1, 1))
        named = {(each.segment, each.level): each.counts for each in found.levels}
        assert named.keys() == {("country", "de"), ("country", "es"), ("paid", "1"), ("paid", None)}
        before, after = named["country", "es"]
        assert (before.n, after.n, before.apart.missing) == (2, 2, 1)
        assert before.buckets != after.buckets
        assert [counts.n for counts in named["paid", None]] == [2, 2]
        labels = telemetry.feature_by_segment(BOT, LABEL, days)
        assert {each.segment for each in labels.levels} == {"country", "paid", "region"}
        assert sum(each.counts[0].n for each in labels.levels if each.segment == "region") == 4
        with pytest.raises(NotFoundError, match="No feature 'height'"):
            telemetry.feature_by_segment(BOT, "height", days)

    def test_rare_levels_of_a_segment_are_one(self, feeder: Feeder, telemetry: Telemetry) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        rows = [{"feature.age": 30, "segment.shop": f"s{number}"} for number in range(30) for _ in range(2)]
        feeder.fold(*(prediction(feeder, {}, attributes=json.dumps(row)) for row in rows))
        found = telemetry.feature_by_segment(BOT, "age", (WEEK, Window(WEEK.end_us, WEEK.end_us + 1)))
        assert [(each.level, each.counts[0].n) for each in found.levels if not each.is_named] == [(None, 20)]
        assert sum(each.is_named for each in found.levels) == 20
        assert found.stored == (60, 0)

    def test_hours_days_and_versions_have_rows_of_their_own_that_add_up(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        for hours in (0, 1, 13):
            predict(feeder, {"age": 30}, {"age": 40}, at=NOON + hours * US_PER_HOUR + 1)
        predict(feeder, {"age": 50}, version="2", model="other")
        hourly = telemetry.feature_counts(BOT, WEEK)
        assert [(row.version, (row.at - NOON) // US_PER_HOUR, row.counts.n) for row in hourly] == [
            ("1", 0, 2), ("1", 1, 2), ("1", 13, 2), ("2", 0, 1),
        ]  # fmt: skip
        daily = telemetry.feature_counts(BOT, WEEK, step="day")
        assert [(row.version, row.counts.n) for row in daily] == [("1", 4), ("1", 2), ("2", 1)]
        first_hour = Window(NOON, NOON + US_PER_HOUR)
        assert [row.counts.n for row in telemetry.feature_counts(BOT, first_hour)] == [2, 1]
        assert telemetry.feature_counts(BOT, WEEK, features=["height"]) == []

    def test_closing_hours_and_days_changes_no_count_and_late_predictions_are_added(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES, "country": COUNTRIES}, now_us=NOON)
        chance = random.Random(3)
        for later in (0, 1, 5, 30, 2, 1, 50):
            values = [{"age": chance.uniform(0, 120), "country": chance.choice(["de", "fr", None])} for _ in range(20)]
            predict(feeder, *values, at=NOON + later * US_PER_HOUR)
            before = [telemetry.feature_counts(BOT, WEEK, step=step) for step in ("hour", "day")]
            telemetry.close_periods(NOON + later * US_PER_HOUR + chance.randrange(3) * US_PER_DAY)
            assert [telemetry.feature_counts(BOT, WEEK, step=step) for step in ("hour", "day")] == before
            assert telemetry.verify(WEEK) == []
        assert sum(row.counts.n for row in telemetry.feature_counts(BOT, WEEK, step="day")) == 2 * 7 * 20

    def test_a_prediction_sent_again_is_counted_once(self, feeder: Feeder, telemetry: Telemetry) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        event = prediction(feeder, {"age": 30})
        feeder.fold(event, event)
        feeder.fold(event)
        assert counts_of(telemetry, "age").n == 1

    def test_what_was_predicted_is_counted_like_a_feature(self, feeder: Feeder, telemetry: Telemetry) -> None:
        telemetry.set_feature_grids(BOT, {LABEL: COUNTRIES, SCORE: AGES}, now_us=NOON)
        feeder.fold(
            prediction(feeder, {}, label="de", value=31.0),
            prediction(feeder, {}, label="en", value_kind="nan", attributes=None),
            prediction(feeder, {"age": 3}, outcome="bad"),  # it failed, and predicted nothing
        )
        assert counts_of(telemetry, LABEL).buckets == (1, 1, 0)
        assert (counts_of(telemetry, SCORE).n, counts_of(telemetry, SCORE).apart.nan) == (2, 1)

    def test_events_without_features_and_broken_ones_count_nothing(self, feeder: Feeder, telemetry: Telemetry) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        feeder.fold(
            feeder.event(attributes='{"feature.age":3}'),  # no prediction
            prediction(feeder, {}, attributes=None),
            prediction(feeder, {}, attributes='{"note":"\\"feature.age"}'),
            prediction(feeder, {}, attributes='{"feature.age":'),
            prediction(feeder, {}, attributes='["feature.age"]'),
        )
        assert telemetry.feature_counts(BOT, WEEK) == []

    def test_counts_and_grids_survive_a_restart(
        self, open_telemetry: Callable[[], Telemetry], telemetry: Telemetry, feeder: Feeder
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        predict(feeder, {"age": 30, "height": 1.8})
        feeder.fold(exchange(feeder))
        asked: list[Callable[[Telemetry], Any]] = [
            lambda store: store.feature_grids(BOT),
            lambda store: store.waiting_features(BOT),
            lambda store: store.feature_counts(BOT, WEEK),
            lambda store: store.numbers(BOT, WEEK, None),
        ]
        before = [each(telemetry) for each in asked]
        assert all(before)
        telemetry.close()
        again = open_telemetry()
        assert [each(again) for each in asked] == before
        again.close()

    def test_a_fold_that_fails_counts_no_feature(
        self, feeder: Feeder, telemetry: Telemetry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)

        def fails(*_: Any, **__: Any) -> None:
            raise OSError("the disk is full")

        with monkeypatch.context() as then, pytest.raises(OSError, match="full"):
            then.setattr("evenkeel.store.telemetry.fold._store_events", fails)
            feeder.fold(prediction(feeder, {"age": 30, "height": 1.8}), exchange(feeder))
        assert telemetry.feature_counts(BOT, WEEK) == []
        assert telemetry.waiting_features(BOT) == []
        assert telemetry.numbers(BOT, WEEK, None) == []
        predict(feeder, {"age": 30})
        assert counts_of(telemetry, "age").n == 1


class TestGrids:
    def test_a_feature_gets_a_grid_of_the_traffic_once_enough_of_it_was_seen_and_all_is_counted(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        predict(feeder, *({"age": number, "plan": "ab"[number % 2]} for number in range(PRESENT_MIN - 1)))
        assert telemetry.close_periods(NOON) == 0
        assert [(each.feature, each.present) for each in telemetry.waiting_features(BOT)] == [
            ("age", PRESENT_MIN - 1), ("plan", PRESENT_MIN - 1),
        ]  # fmt: skip
        predict(feeder, {"age": 7, "plan": "a"}, at=NOON + US_PER_HOUR)
        telemetry.close_periods(NOON + 7)
        age, plan = telemetry.feature_grids(BOT)
        assert (age.feature, age.origin, age.made_at, age.grid.kind) == ("age", "traffic", NOON + 7, Kind.NUMERIC)
        assert plan.grid == LevelGrid(Kind.CATEGORICAL, ("a", "b"))
        assert telemetry.waiting_features(BOT) == []
        assert counts_of(telemetry, "age").n == PRESENT_MIN
        assert len(telemetry.feature_counts(BOT, WEEK)) == 4
        telemetry.close_periods(NOON + US_PER_DAY)
        assert telemetry.feature_grids(BOT) == [age, plan], "a grid never changes"
        assert telemetry.verify(WEEK) == []

    def test_a_rare_feature_gets_one_after_a_day(self, feeder: Feeder, telemetry: Telemetry) -> None:
        predict(feeder, *({"age": number} for number in range(PRESENT_RARE_MIN)))
        telemetry.close_periods(NOON + US_PER_DAY - 1)
        assert telemetry.feature_grids(BOT) == []
        telemetry.close_periods(NOON + US_PER_DAY)
        assert [each.feature for each in telemetry.feature_grids(BOT)] == ["age"]

    def test_a_grid_that_is_given_takes_the_place_of_another_and_what_is_stored_is_counted_on_it(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        predict(feeder, *({"age": age} for age in range(20, 60)))
        telemetry.close_periods(NOON + US_PER_DAY)
        other = build_profile([float(age) for age in range(30, 50)]).grid
        telemetry.set_feature_grids(BOT, {"age": other}, now_us=NOON + 5)
        (grid,) = telemetry.feature_grids(BOT)
        assert (grid.grid, grid.made_at, grid.origin) == (other, NOON + 5, "reference")
        assert (counts_of(telemetry, "age").grid_id, counts_of(telemetry, "age").n) == (other.id, 40)
        telemetry.set_feature_grids(BOT, {"age": other}, now_us=NOON + 9)
        assert telemetry.feature_grids(BOT)[0].made_at == NOON + 5, "nothing to do"
        telemetry.close_periods(NOON + 3 * US_PER_DAY)
        assert (counts_of(telemetry, "age").n, telemetry.verify(WEEK)) == (40, [])

    def test_a_service_has_only_so_many_features_and_it_is_told_that_more_are_refused(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        many = {f"f{number:03}": number for number in range(FEATURES_MAX)}
        predict(feeder, many, label="de")
        assert telemetry.refused_features(BOT) is None
        predict(feeder, many | {"one_more": 1}, {"one_more": 2}, {"x" * 1_000: 1})
        refused = telemetry.refused_features(BOT)
        assert refused is not None
        assert (refused.predictions, refused.last_at) == (3, NOON)
        assert len(telemetry.waiting_features(BOT)) == FEATURES_MAX + 1  # and what was predicted

    def test_a_reference_of_too_many_features_is_refused_whole(self, feeder: Feeder, telemetry: Telemetry) -> None:
        predict(feeder, {"age": 3})
        with pytest.raises(InvalidInputError, match="would have 301 features"):
            telemetry.set_feature_grids(BOT, {f"f{n}": AGES for n in range(FEATURES_MAX + 1)}, now_us=NOON)
        assert telemetry.feature_grids(BOT) == []

    def test_only_values_that_can_be_compared_are_waited_for(self, feeder: Feeder, telemetry: Telemetry) -> None:
        predict(feeder, {"embedding": [0.1, 0.2], "nothing": None, "age": 3})
        assert [each.feature for each in telemetry.waiting_features(BOT)] == ["age"]


class TestPrivacy:
    def test_a_grid_of_the_traffic_names_no_level_and_no_end_that_few_people_hold(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        rows = [{"plan": "basic", "salary": 1_000 + number} for number in range(PRESENT_MIN)]
        rows += [{"plan": "gold", "salary": 1_500} for _ in range(PERSONS_MIN - 1)]
        rows += [{"plan": "Ada Lovelace", "salary": 9_999_999}]
        feeder.fold(
            *(prediction(feeder, each, caller=number) for number, each in enumerate(rows, start=1)),
            *(prediction(feeder, {"plan": "one person's"}, caller=7) for _ in range(50)),
        )
        telemetry.close_periods(NOON)
        plan, salary = (each.grid for each in telemetry.feature_grids(BOT))
        assert isinstance(plan, LevelGrid)
        assert (plan.levels, plan.rest_levels) == (("basic",), 3)
        assert isinstance(salary, NumericGrid)
        assert salary.body[-1] < 2_000
        assert counts_of(telemetry, "plan").present == len(rows) + 50

    @pytest.mark.parametrize("callers", [range(PERSONS_MIN), [None] * PERSONS_MIN], ids=["people", "unnamed rows"])
    def test_a_new_level_has_a_name_once_enough_people_hold_it(
        self, feeder: Feeder, telemetry: Telemetry, callers: Sequence[int | None]
    ) -> None:
        telemetry.set_feature_grids(BOT, {"country": COUNTRIES}, now_us=NOON)
        *first, last = callers
        feeder.fold(*(prediction(feeder, {"country": "fr"}, caller=caller) for caller in first))
        feeder.fold(*(prediction(feeder, {"country": "Ada's"}, caller=99) for _ in range(20)))
        assert (counts_of(telemetry, "country").new, counts_of(telemetry, "country").new_rest) == ({}, 24)
        feeder.fold(prediction(feeder, {"country": "fr"}, caller=last, version="1"))
        for now in (NOON, NOON + US_PER_HOUR * 2, NOON + US_PER_DAY):
            telemetry.close_periods(now)
            assert counts_of(telemetry, "country").new == {"fr": PERSONS_MIN}
            assert counts_of(telemetry, "country").n == PERSONS_MIN + 20

    def test_no_name_that_few_people_hold_is_kept_when_its_day_has_ended(
        self, feeder: Feeder, telemetry: Telemetry, tmp_path: Path
    ) -> None:
        telemetry.set_feature_grids(BOT, {"country": COUNTRIES}, now_us=NOON)
        predict(feeder, {"country": "Ada's"}, caller=7)
        telemetry.close_periods(NOON + US_PER_DAY)
        telemetry.close()
        with duckdb.connect(str(tmp_path / "telemetry.duckdb")) as con:
            for part in ("open", "hour", "day"):
                assert con.execute(f"SELECT count(level) FROM features_{part}").fetchall() == [(0,)]

    def test_erasing_a_person_changes_no_count_takes_their_levels_and_no_recount_finds_them(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES, "country": COUNTRIES}, now_us=NOON)
        feeder.fold(*(prediction(feeder, {"age": 30, "country": "fr"}, caller=caller) for caller in range(PERSONS_MIN)))
        feeder.fold(exchange(feeder, caller=1))
        assert counts_of(telemetry, "country").new == {"fr": PERSONS_MIN}
        numbers = telemetry.numbers(BOT, WEEK, None)
        telemetry.erase_caller(1, now_us=NOON)
        assert (counts_of(telemetry, "country").new, counts_of(telemetry, "country").new_rest) == ({}, PERSONS_MIN)
        assert counts_of(telemetry, "age").n == PERSONS_MIN
        assert telemetry.numbers(BOT, WEEK, None) == numbers
        assert telemetry.verify(WEEK) == []
        feeder.fold(prediction(feeder, {"age": 30}, caller=1), exchange(feeder, caller=1))
        assert counts_of(telemetry, "age").n == PERSONS_MIN, "what an erased person sends again has no features"
        assert telemetry.numbers(BOT, WEEK, None) == numbers
        other = build_profile([1.0, 2.0, 3.0]).grid
        telemetry.set_feature_grids(BOT, {"age": other}, now_us=NOON)
        assert counts_of(telemetry, "age").n == PERSONS_MIN - 1


class TestNumbers:
    def test_numbers_are_summed_by_name_version_hour_and_day(self, feeder: Feeder, telemetry: Telemetry) -> None:
        feeder.fold(
            exchange(feeder),
            exchange(feeder, attributes='{"evenkeel.answer.words":4,"evenkeel.pii":3,"evenkeel.a.b":"x"}'),
            exchange(feeder, at=NOON + US_PER_HOUR, version="2"),
        )
        found = telemetry.numbers(BOT, WEEK, ["evenkeel.answer.words"])
        assert [(each.version, each.at, each.n, each.total, each.squares, each.positive) for each in found] == [
            ("1", NOON, 2, 14, 116, 2), ("2", NOON + US_PER_HOUR, 1, 10, 100, 1),
        ]  # fmt: skip
        daily = telemetry.numbers(BOT, WEEK, None, step="day")
        assert [(each.name, each.version, each.n, each.positive) for each in daily] == [
            ("evenkeel.answer.words", "1", 2, 2), ("evenkeel.answer.words", "2", 1, 1),
            ("evenkeel.grounding.unsupported", "1", 1, 0), ("evenkeel.grounding.unsupported", "2", 1, 0),
        ]  # fmt: skip
        assert telemetry.numbers(BOT, WEEK, ["evenkeel.nothing.at_all"]) == []
        assert telemetry.verify(WEEK) == []

    def test_a_sampled_exchange_counts_for_all_it_stands_for_and_says_how_many_it_is_worth(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        feeder.fold(exchange(feeder, weight=9.0), exchange(feeder, weight=1.0))
        (words,) = telemetry.numbers(BOT, WEEK, ["evenkeel.answer.words"])
        assert (words.n, words.total) == (10, 100)
        assert words.effective_n == pytest.approx(100 / 82)

    @pytest.mark.parametrize("is_gateway_last", [True, False])
    def test_of_gateway_and_application_that_tell_of_one_answer_the_gateway_is_believed(
        self, feeder: Feeder, telemetry: Telemetry, *, is_gateway_last: bool
    ) -> None:
        told = [
            exchange(feeder, request_id=b"t" * 16, solo=False, source_rank=rank,
                     attributes=json.dumps({"evenkeel.answer.words": words}))
            for rank, words in ((10, 11), (0, 12))
        ]  # fmt: skip
        for event in told if is_gateway_last else reversed(told):
            feeder.fold(event)
            assert telemetry.verify(WEEK) == []
        (words,) = telemetry.numbers(BOT, WEEK, None)
        assert (words.n, words.total) == (1, 12)

    def test_what_only_the_other_tells_of_an_answer_counts_too(self, feeder: Feeder, telemetry: Telemetry) -> None:
        told = [(0, {"evenkeel.grounding.score": 0.5}), (30, {"evenkeel.grounding.cut": 1, "evenkeel.pii.person": 2})]
        same = {"request_id": b"t" * 16, "solo": False}
        for rank, numbers in reversed(told):
            feeder.fold(exchange(feeder, **same, source_rank=rank, attributes=json.dumps(numbers)))
        found = telemetry.numbers(BOT, WEEK, None)
        assert [(each.name, each.n) for each in found] == [("evenkeel.grounding.score", 1), ("evenkeel.pii.person", 1)]
        assert telemetry.verify(WEEK) == []

    def test_sums_agree_with_the_events_in_whatever_order_they_come(self, feeder: Feeder, telemetry: Telemetry) -> None:
        chance = random.Random(11)
        events = [
            exchange(feeder, request_id=chance.randrange(12).to_bytes(16, "big"), solo=chance.random() < 0.2,
                     source_rank=chance.choice([0, 10, 20]), at=NOON + chance.randrange(US_PER_HOUR),
                     attributes=json.dumps({"evenkeel.answer.words": chance.randrange(100)}))
            for _ in range(60)
        ]  # fmt: skip
        while events:
            piece, events = events[:7], events[7:]
            feeder.fold(*piece, *chance.sample(piece, 2))
            assert telemetry.verify(WEEK) == []

    def test_endless_names_and_what_is_no_number_are_left_out(self, feeder: Feeder, telemetry: Telemetry) -> None:
        for start in range(0, 1_200, 300):
            names = {f"evenkeel.a.{number}": 1 for number in range(start, start + 300)}
            feeder.fold(
                exchange(feeder, attributes=json.dumps(names | {"evenkeel.a.true": True, "evenkeel.a.big": 1e300}))
            )
        assert len(telemetry.numbers(BOT, WEEK, None)) == 1_000
        assert telemetry.numbers(BOT, WEEK, ["evenkeel.a.true", "evenkeel.a.big"]) == []


class TestUpkeepOfFeatures:
    def test_hours_and_days_are_kept_for_their_time_and_grids_as_long_as_something_is_counted_on_them(
        self, feeder: Feeder, telemetry: Telemetry
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON - 60 * US_PER_DAY)
        telemetry.set_feature_grids(BOT, {"age": build_profile([1.0]).grid}, now_us=NOON)
        for day in range(-20, FIRST_DAYS + 4):  # a value is there from the third day on
            predict(feeder, {"age": 30 if day > -18 else None, "other": 1}, at=NOON + day * US_PER_DAY)
        feeder.fold(exchange(feeder))
        telemetry.close_periods(NOON + 20 * US_PER_DAY)
        span = Window(NOON - 90 * US_PER_DAY, NOON + 90 * US_PER_DAY)

        def days(step: Literal["hour", "day"]) -> list[int]:
            return [(each.at - NOON) // US_PER_DAY for each in telemetry.feature_counts(BOT, span, step=step)]

        telemetry.apply_retention({}, NOON + 120 * US_PER_DAY)
        first = list(range(-17, FIRST_DAYS - 17))
        assert days("hour") == first
        assert len(days("day")) == 24 + FIRST_DAYS
        assert telemetry.numbers(BOT, WEEK, None) == []
        assert len(telemetry.numbers(BOT, WEEK, None, step="day")) == 2
        for later in (430, 431):  # what is kept stays the same
            telemetry.apply_retention({}, NOON + later * US_PER_DAY)
            assert days("hour") == first
            assert len(days("day")) == FIRST_DAYS
        assert telemetry.numbers(BOT, WEEK, None, step="day") == []
        assert len(telemetry.feature_grids(BOT)) == 1

    def test_a_recount_names_the_hour_and_the_feature_or_number_that_disagree(
        self, feeder: Feeder, telemetry: Telemetry, tmp_path: Path, open_telemetry: Callable[[], Telemetry]
    ) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        predict(feeder, {"age": 30})
        feeder.fold(exchange(feeder))
        telemetry.close()
        with duckdb.connect(str(tmp_path / "telemetry.duckdb")) as con:
            con.execute("UPDATE features_open SET n = n + 1")
            con.execute("UPDATE numbers_hour SET n = n + 1 WHERE name = 'evenkeel.answer.words'")
        damaged = open_telemetry()
        found = damaged.verify(WEEK)
        damaged.close()
        assert [(each.measure, each.at, each.counter, each.events) for each in found] == [
            ("feature age", NOON, 2, 1), ("evenkeel.answer.words", NOON, 2, 1),
        ]  # fmt: skip

    def test_a_backup_has_the_counts(self, feeder: Feeder, telemetry: Telemetry, tmp_path: Path) -> None:
        telemetry.set_feature_grids(BOT, {"age": AGES}, now_us=NOON)
        predict(feeder, {"age": 30})
        (tmp_path / "copy").mkdir()
        telemetry.backup(str(tmp_path / "copy"))
        copy = type(telemetry)(str(tmp_path / "copy" / "telemetry.duckdb"))  # type: ignore[call-arg]
        assert (counts_of(copy, "age"), copy.verify(WEEK)) == (counts_of(telemetry, "age"), [])
        copy.close()
