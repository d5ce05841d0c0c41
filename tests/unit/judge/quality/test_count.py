"""Values become counts, and nothing is skipped in silence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.judge.quality.count import as_numbers, count_classes, count_scores
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.score_grid import EDGES

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.floats(-1, 2), st.just(math.nan), st.text(max_size=2)
)


@given(st.lists(st.tuples(ANYTHING, ANYTHING), max_size=30))
def test_every_row_with_a_label_or_a_prediction_is_counted_once(rows: list[tuple[object, object]]) -> None:
    def is_missing(value: object) -> bool:
        return value is None or (isinstance(value, float) and math.isnan(value))

    counts = count_classes([t for t, _ in rows], [p for _, p in rows])
    expected = sum(not (is_missing(truth) and is_missing(guess)) for truth, guess in rows)
    assert counts.n + counts.unlabelled + counts.unpredicted == expected


def test_a_column_that_turned_into_floats_has_the_same_classes() -> None:
    ints, floats = np.array([1, 0, 1]), np.array([1.0, 0.0, np.nan])
    assert count_classes(ints, floats).counts == {("1", "1"): 1, ("0", "0"): 1}
    assert count_classes([True, np.int64(1), np.True_], ["1", "1", "1"]).counts == {("1", "1"): 3}


@given(
    st.lists(
        st.tuples(
            st.one_of(st.floats(-0.5, 1.5), st.just(math.nan), st.just(math.inf), st.just(-math.inf)),
            st.sampled_from([0.0, 1.0, math.nan, 2.0, math.inf]),
        ),
        max_size=40,
    )
)
def test_every_score_is_counted_once_by_what_it_is(rows: list[tuple[float, float]]) -> None:
    counts = count_scores(np.array([s for s, _ in rows]), np.array([y for _, y in rows]))
    unlabelled = int(counts.unlabelled.sum())
    assert counts.labelled + unlabelled + counts.missing + counts.outside + counts.odd_labels == len(rows)
    assert counts.bin_rows.sum() == counts.labelled


def test_scores_of_three_decimals_have_a_bucket_each() -> None:
    scores = np.arange(1001) / 1000
    assert len(set(np.searchsorted(EDGES, scores, side="left").tolist())) == 1001
    assert count_scores(scores, np.ones(1001)).fine == 0
    assert count_scores(np.array([0.12345]), np.ones(1)).fine == 1


def test_the_grid_is_in_order_and_finer_towards_its_ends() -> None:
    widths = np.diff(EDGES)
    assert (widths > 0).all()
    assert widths.max() < 0.00101
    assert EDGES[0] == 0.0
    assert 0 < EDGES[1] < 1e-6
    assert 0 < 1 - EDGES[-1] < 1e-6


def test_what_is_no_number_is_missing() -> None:
    assert np.isnan(as_numbers(["a", None, [1], 10**400])).all()
    assert as_numbers(np.array([True, False])).tolist() == [1.0, 0.0]


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="3 predictions or labels stand beside 2"):
        count_classes([1, 2, 3], [1, 2])
    with pytest.raises(InvalidInputError, match="same rows"):
        count_scores(np.ones(3), np.ones(2))
