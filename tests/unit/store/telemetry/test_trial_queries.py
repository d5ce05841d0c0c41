"""Trials in clusters: what was judged one by one, each thing once."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.trial_port import Labelled, Source, Trials
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
DAY = Window(NOON_US - US_PER_DAY, NOON_US + US_PER_MINUTE)
LONG = Window(NOON_US - 7 * US_PER_DAY, NOON_US + US_PER_MINUTE)


def sums(found: Trials) -> tuple[float, float, int]:
    return sum(found.total), sum(found.bad), found.rows


def rated(feeder: Feeder, rating: float, subject: str = "a", **more: Any) -> dict[str, Any]:
    base = {"kind": "feedback", "role": "none", "subject": subject, "value": rating, "value_kind": "rating"}
    return feeder.event(**base | more)


def test_the_last_rating_of_a_person_counts(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(
        rated(feeder, 1, caller=1, at=NOON_US - US_PER_HOUR),
        rated(feeder, 5, caller=1),
        rated(feeder, 4, caller=2),
        rated(feeder, 3, "b", caller=2),
        rated(feeder, 3, "b", caller=2, service="other"),
        feeder.event(kind="feedback", role="none", subject="c", label="up"),
    )
    found = telemetry.trials(BOT, DAY, Source.RATING)
    assert sums(found) == (3.0, 0.75, 3)
    assert (found.by, len(found.total)) == ("caller", 2)


def test_confidence_is_counted_beyond_its_limits(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    values = (0.8, 0.79, 0.5, 0.49, 7.0, None)
    feeder.fold(*(feeder.event(kind="prediction", role="request", label="cat", value=each) for each in values))
    assert sums(telemetry.trials(BOT, DAY, Source.CONFIDENCE_HIGH)) == (4.0, 3.0, 4)
    assert sums(telemetry.trials(BOT, DAY, Source.CONFIDENCE_LOW)) == (4.0, 1.0, 4)


def test_a_task_ended_as_its_last_outcome_says(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    def ended(subject: str, label: str, at: int = NOON_US) -> dict[str, Any]:
        return feeder.event(kind="outcome", role="none", subject=subject, label=label, at=at)

    feeder.fold(
        ended("a", "task_failed", NOON_US - US_PER_HOUR),
        ended("a", "task_completed"),
        ended("b", "task_abandoned"),
        ended("c", "benign"),
    )
    assert sums(telemetry.trials(BOT, DAY, Source.TASK)) == (2.0, 1.0, 2)


def test_golden_probes_tell_the_share_that_was_not_found(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    base = {"kind": "probe", "role": "none", "subject": "question"}
    feeder.fold(
        feeder.event(**base, operation="golden", value=0.75),
        feeder.event(**base, operation="golden", value=None),
        feeder.event(**base, operation="tls", value=0.5),
    )
    assert sums(telemetry.trials(BOT, DAY, Source.GOLDEN)) == (1.0, 0.25, 1)


def test_of_one_request_the_answer_that_is_believed_counts(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    def answered(unsupported: int, **more: Any) -> dict[str, Any]:
        return feeder.event(attributes=f'{{"evenkeel.grounding.unsupported":{unsupported},"a.b":"x"}}', **more)

    shared = {"request_id": b"r" * 16, "solo": False}
    feeder.fold(
        answered(2, source_rank=10, **shared),
        answered(0, source_rank=0, **shared),
        answered(1, weight=4.0),
        feeder.event(attributes='{"evenkeel.answer.dont_know":1}'),
    )
    assert sums(telemetry.trials(BOT, DAY, Source.UNSUPPORTED)) == (5.0, 4.0, 2)
    assert telemetry.trials(BOT, DAY, Source.UNSUPPORTED).squares == 17.0
    assert sums(telemetry.trials(BOT, DAY, Source.DONT_KNOW)) == (1.0, 1.0, 1)
    month = telemetry.trials(BOT, LONG, Source.UNSUPPORTED)  # from the sums of the fold
    assert (month.by, month.total, month.bad, month.squares) == ("hour", [5.0], [4.0], 17.0)


@pytest.mark.parametrize("given", ['"abc"', "true", "[1]", '{"a":1}', '"1"', "null", "1e300", "1" + "0" * 400])
def test_what_is_no_number_is_none_and_does_not_keep_others_from_being_judged(
    telemetry: DuckTelemetry, feeder: Feeder, given: str
) -> None:
    feeder.fold(
        feeder.event(attributes=f'{{"evenkeel.grounding.unsupported":{given}}}'),
        feeder.event(attributes='{"evenkeel.grounding.unsupported":2}'),
    )
    for window in (DAY, LONG):
        assert sums(telemetry.trials(BOT, window, Source.UNSUPPORTED)) == (1.0, 1.0, 1)


def test_answers_whose_sampling_is_unknown_are_known_to_be_so_over_a_month(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(feeder.event(attributes='{"evenkeel.grounding.unsupported":0}'))
    assert not telemetry.trials(BOT, LONG, Source.UNSUPPORTED).sampled_unknown
    feeder.fold(feeder.event(attributes='{"evenkeel.grounding.unsupported":0}', sampled_unknown=True))
    assert [telemetry.trials(BOT, each, Source.UNSUPPORTED).sampled_unknown for each in (DAY, LONG)] == [True, True]
    assert not telemetry.trials(BOT, LONG, Source.DONT_KNOW).sampled_unknown


def test_a_short_and_a_long_window_believe_the_same_exchange(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    shared = {"request_id": b"r" * 16, "solo": False}
    feeder.fold(
        feeder.event(attributes='{"evenkeel.grounding.unsupported":1}', at=NOON_US - US_PER_MINUTE, **shared),
        feeder.event(attributes='{"evenkeel.grounding.unsupported":0}', **shared),
        feeder.event(
            attributes='{"evenkeel.grounding.unknown.too_long":1}', source_rank=0, request_id=b"s" * 16, solo=False
        ),
        feeder.event(attributes='{"evenkeel.grounding.unsupported":1}', request_id=b"s" * 16, solo=False),
    )
    assert [sums(telemetry.trials(BOT, each, Source.UNSUPPORTED)) for each in (DAY, LONG)] == [(1.0, 0.0, 1)] * 2


def test_ratings_of_who_was_erased_are_not_taken_for_ratings_of_one_thing(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(rated(feeder, 1, "a", caller=1), rated(feeder, 1, "b", caller=1), rated(feeder, 5, "c", caller=2))
    telemetry.erase_caller(1, now_us=NOON_US)
    assert sums(telemetry.trials(BOT, DAY, Source.RATING)) == (1.0, 0.0, 1)


@pytest.mark.parametrize(("window", "by"), [(DAY, "minute"), (LONG, "hour")])
def test_without_callers_stretches_of_time_are_the_clusters(
    telemetry: DuckTelemetry, feeder: Feeder, window: Window, by: str
) -> None:
    moments = (NOON_US, NOON_US + 1, NOON_US - US_PER_MINUTE, NOON_US - 2 * US_PER_HOUR)
    feeder.fold(*(rated(feeder, 5, str(at), at=at) for at in moments))
    found = telemetry.trials(BOT, window, Source.RATING)
    assert (found.by, len(found.total)) == (by, 3)


def test_labelled_predictions_are_told_by_cluster_and_class(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    for subject, (predicted, true, caller) in enumerate([("cat", "cat", 1), ("cat", "dog", 1), ("dog", "dog", 2)]):
        base = {"subject": str(subject), "caller": caller, "weight": 2.0}
        feeder.fold(feeder.event(kind="prediction", role="request", label=predicted, **base))
        feeder.fold(feeder.event(kind="outcome", role="none", subject=str(subject), label=true, at=NOON_US + 9))
    feeder.fold(feeder.event(kind="prediction", role="request", label="cat", subject="9", caller=1))
    found = telemetry.label_trials(BOT, DAY)
    assert (found.by, found.rows, found.squares) == ("caller", 3, 12.0)
    rows = set(zip(found.cluster, found.predicted, found.truth, found.n, strict=True))
    assert {row[1:] for row in rows} == {("cat", "cat", 2.0), ("cat", "dog", 2.0), ("dog", "dog", 2.0)}
    assert len(set(found.cluster)) == 2
    assert telemetry.label_trials(ServiceKey("production", "nobody"), DAY).rows == 0


def test_days_with_evidence_are_told_by_what_would_be_counted(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    today_us = NOON_US // US_PER_DAY * US_PER_DAY
    before_us = today_us - 3 * US_PER_DAY
    numbers = '{"evenkeel.answer.dont_know":0}'
    feeder.fold(
        rated(feeder, 5, caller=1),
        rated(feeder, 7, caller=1, at=before_us),  # no rating
        feeder.event(kind="prediction", role="request", subject="p", label="cat", value=0.9),
        feeder.event(kind="prediction", role="request", subject="q", label="cat", value=0.9, at=before_us),
        feeder.event(kind="outcome", role="none", subject="p", label="cat"),
        feeder.event(attributes=numbers, at=before_us),
    )
    assert set(telemetry.days_with(BOT, LONG, Source.RATING)) == {today_us}
    assert set(telemetry.days_with(BOT, LONG, Source.DONT_KNOW)) == {before_us}
    assert set(telemetry.days_with(BOT, DAY, Source.DONT_KNOW)) == set()
    assert set(telemetry.days_with(BOT, LONG, Labelled.PREDICTIONS)) == {before_us, today_us}
    assert set(telemetry.days_with(BOT, LONG, Labelled.LABELS)) == {today_us}
