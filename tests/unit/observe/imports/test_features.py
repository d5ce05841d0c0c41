"""Features of a file's predictions: numbers, truths and texts, and nothing that cannot be compared."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.imports.features import read_features


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("3", 3),
        ("-0.5", -0.5),
        (" rent ", "rent"),
        ("1_000", "1_000"),
        ("True", True),
        (False, False),
        (7, 7),
        (Decimal("1.25"), 1.25),
        (datetime(2026, 5, 1, tzinfo=UTC), "2026-05-01T00:00:00+00:00"),
        ("x" * 300, "x" * 256),
    ],
)
def test_a_feature_is_a_number_a_truth_or_a_text(given: Any, kept: Any) -> None:
    assert read_features({"c": given}, {"f": "c"}) == {"feature.f": kept}


@pytest.mark.parametrize("given", [None, "", "  ", "NaN", "inf", float("nan"), float("inf")])
def test_what_is_no_value_is_missing(given: Any) -> None:
    assert read_features({"c": given}, {"f": "c"}) == {}


def test_a_list_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"The feature c is \[1, 2\]"):
        read_features({"c": [1, 2]}, {"f": "c"})
