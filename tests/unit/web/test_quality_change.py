"""When accuracy changed, and that it is only told beyond chance and of steps whose labels are here."""

from __future__ import annotations

from random import Random
from typing import Any

from evenkeel.kernel.time import US_PER_HOUR
from evenkeel.web.quality_change import change_document


def steps(*accuracies: float, n: int = 200, partial_from: int = 999) -> list[dict[str, Any]]:
    random = Random(5)
    found: list[dict[str, Any]] = []
    for hour, accuracy in enumerate(accuracies):
        right = sum(random.random() < accuracy for _ in range(n))
        found.append({"at_us": hour * US_PER_HOUR, "value": right / n, "n": n, "partial": hour >= partial_from})
    return found


def test_a_fall_is_told_with_its_moment_and_both_sides() -> None:
    found = change_document(steps(*[0.9] * 12, *[0.75] * 12))
    assert found is not None
    assert found["earliest"] <= "1970-01-01T12:00:00.000Z" <= found["latest"]
    assert found["says"].startswith("Accuracy fell at 1970-01-01 1")
    assert found["before"]["low"] > found["after"]["high"]
    assert found["before"]["n"] + found["after"]["n"] == 4_800


def test_a_rise_is_one_too() -> None:
    found = change_document(steps(*[0.75] * 12, *[0.9] * 12))
    assert found is not None and "rose" in found["says"]


def test_nothing_is_told_where_nothing_changed_or_too_little_is_known() -> None:
    assert change_document(steps(*[0.9] * 24)) is None
    assert change_document(steps(0.9, 0.9, 0.2, 0.2)) is None
    assert change_document([]) is None
    unknown = {"at_us": 0, "value": None, "n": 0, "partial": False}
    assert change_document([unknown] * 24) is None


def test_steps_whose_labels_are_to_come_do_not_count() -> None:
    assert change_document(steps(*[0.9] * 12, *[0.75] * 12, partial_from=12)) is None


def test_chance_shows_a_change_in_at_most_a_hundredth_of_quiet_courses() -> None:
    found = 0
    for seed in range(300):
        random = Random(seed)
        course = steps(*[0.9] * 12, n=1)
        for each in course:
            right = sum(random.random() < 0.9 for _ in range(100))
            each |= {"value": right / 100, "n": 100}
        found += change_document(course) is not None
    assert found <= 7  # of 300 at 0.7 % each, 8 or more come in 0.2 % of trials
