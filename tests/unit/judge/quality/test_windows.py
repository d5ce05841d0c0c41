"""A window of predictions: measured by what is known, and partial while its labels are to come."""

from __future__ import annotations

from evenkeel.judge.quality.classification import CLASSES_MAX
from evenkeel.judge.quality.maturity import State
from evenkeel.judge.quality.windows import mature_window, measure_window
from evenkeel.store.telemetry.series import LabelAge, LabelPair, LabelSquares


def test_a_window_is_measured_by_the_labels_it_has() -> None:
    found = measure_window(
        [
            LabelPair("1", "cat", "cat", 8.0, 0.0, 10.0, 6.0, 1.0),
            LabelPair("1", "cat", "dog", 2.0),
            LabelPair("2", "dog", "dog", 10.0),
            LabelPair("2", "dog", None, 5.0),
        ]
    )
    assert found.figures["accuracy"].value == 18 / 20
    assert found.by_class["dog"]["recall"].value == 10 / 12
    assert found.figures["confidence ≥ 0.8"].value == 0.6
    assert (found.predictions, found.confusion.unlabelled) == (25.0, 5.0)


def test_without_labels_nothing_is_claimed() -> None:
    found = measure_window([LabelPair("1", "cat", None, 8.0)])
    assert found.figures["accuracy"].value is None
    assert found.by_class == {}


def test_of_many_classes_the_most_frequent_are_told() -> None:
    pairs = [LabelPair("1", f"{number:02}", f"{number:02}", 1.0 + number) for number in range(30)]
    found = measure_window(pairs)
    assert len(found.by_class) == CLASSES_MAX
    assert "29" in found.by_class
    assert "00" not in found.by_class


def test_labels_that_take_hours_leave_a_young_window_partial_and_an_old_one_mature() -> None:
    # Every hour 100 predictions, whose labels take five hours.
    def seen(at: int, hours: int) -> list[LabelAge]:
        return [LabelAge(age, 5 if age >= at else None, 100.0) for age in range(hours)]

    assert mature_window(seen(6, 200), 4).state is State.PARTIAL
    assert mature_window(seen(6, 200), 150).state is State.MATURE


def test_of_a_service_that_is_young_nobody_knows_how_many_labels_will_come() -> None:
    young = [LabelAge(age, 0, 100.0) for age in range(10)]
    assert mature_window(young, 24).state is State.UNKNOWN
    # Of every hundred predictions one is told in each step, for as long as anybody has looked.
    told = [LabelAge(age, delay, 1.0) for age in range(80) for delay in range(age)]
    still_coming = told + [LabelAge(age, None, 100.0 - age) for age in range(80)]
    assert mature_window(still_coming, 24).state is State.UNKNOWN


def test_labels_that_stopped_coming_are_overdue() -> None:
    ages = [LabelAge(age, 0 if age >= 24 else None, 100.0) for age in range(200)]
    assert mature_window(ages, 24).state is State.OVERDUE


def test_of_a_service_without_any_label_nothing_is_known() -> None:
    assert mature_window([LabelAge(age, None, 100.0) for age in range(50)], 24).state is State.UNKNOWN


def test_sampled_predictions_have_wider_intervals() -> None:
    seen = LabelPair("1", "cat", "cat", 800.0, scored=800.0, high=400.0), LabelPair("1", "cat", "dog", 200.0)
    sampled = (
        LabelPair("1", "cat", "cat", 800.0, 0.0, 800.0, 400.0, 0.0, LabelSquares(8_000.0, 8_000.0, 4_000.0)),
        LabelPair("1", "cat", "dog", 200.0, squares=LabelSquares(2_000.0)),
    )
    for name in ("accuracy", "macro recall", "confidence ≥ 0.8"):
        one, other = measure_window(seen).figures[name], measure_window(sampled).figures[name]
        assert one.value == other.value and one.n == other.n
        assert None not in (one.low, one.high, other.low, other.high)
        assert other.high - other.low > 2.9 * (one.high - one.low)  # type: ignore[operator]
