"""Columns are named one way or the other, and a name that is none is refused."""

from __future__ import annotations

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.columns import Columns, told_columns


def test_what_is_named_beside_goes_before() -> None:
    assert told_columns(Columns("truth", "guess"), {"predicted": "other"}) == Columns("truth", "other")


def test_a_name_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidInputError, match="Known are truth, predicted, score, positive"):
        told_columns(None, {"label": "x"})
