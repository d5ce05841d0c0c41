"""How sure a model says it is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.quality.confidence import ConfidenceCounts, count_confidence, high_share, low_share
from evenkeel.judge.quality.model import Reason

VALUES = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30).map(np.array)


def test_a_prediction_at_the_threshold_is_on_its_side() -> None:
    counts = count_confidence(np.array([0.8, np.nextafter(0.8, 0), 0.5, np.nextafter(0.5, 0)]))
    assert (counts.high, counts.low) == (1, 1)
    assert (high_share(counts).value, low_share(counts).value) == (0.25, 0.25)


@given(VALUES, VALUES)
def test_merging_is_addition_and_every_row_is_counted_once(one: np.ndarray, two: np.ndarray) -> None:
    merged = count_confidence(one) + count_confidence(two)
    assert merged == count_confidence(np.concatenate([one, two]))
    assert merged.n + merged.missing + merged.outside == one.size + two.size


def test_of_nothing_nothing_is_said() -> None:
    assert high_share(ConfidenceCounts()).reason is Reason.NO_ROWS
