"""Functions answer rows."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.testing.upstreams.prediction import run_predict, sum_rows


def test_arrays_become_plain_values() -> None:
    answered = run_predict(lambda rows: np.asarray(rows).sum(axis=1), [[1, 2], [3, 4]])
    assert answered == [3, 7]
    assert {type(value) for value in answered} == {int}


def test_a_model_that_cannot_says_why() -> None:
    with pytest.raises(ValueError, match=r"could not predict: .*unsupported"):
        run_predict(sum_rows, [["a", 1]])
