"""Classes have one name, in Python and in the engine."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import duckdb
import numpy as np
import pytest

from evenkeel.kernel.classes import LABEL_SQL, NUMBER_SQL, class_name, number_name
from evenkeel.kernel.profile.column import read_column
from evenkeel.kernel.profile.model import Kind


@pytest.mark.parametrize("value", [True, "true", "True", 1, 1.0, "1", np.True_, np.int64(1), np.float64(1.0)])
def test_what_is_one_is_one_class(value: object) -> None:
    assert class_name(value) == "1"


@pytest.mark.parametrize("value", [False, "false", "False", 0, 0.0, -0.0, "0"])
def test_what_is_none_is_another(value: object) -> None:
    assert class_name(value) == "0"


def test_other_texts_stay_as_they_are_and_nothing_given_has_no_name() -> None:
    assert [class_name(value) for value in ("TRUE", "yes", "1.0", "", Decimal("0.10"))] == [
        "TRUE", "yes", "1.0", "", "0.10",
    ]  # fmt: skip
    assert class_name(None) is class_name(float("nan")) is None


def test_a_name_named_again_is_the_same() -> None:
    for value in (True, 0.0, 2.5, "False", "word", 1e300):
        assert class_name(class_name(value)) == class_name(value)


def test_the_engine_names_numbers_and_labels_as_python_does() -> None:
    random = Random(20_261_129)
    numbers = [random.gauss(0, 1) * 10.0 ** random.randint(-20, 40) for _ in range(500)]
    numbers += [0.0, -0.0, 1.0, 1e14, 1e15, 2.0**53, 1e16, 1e20, 1e37, 1e38, 1e300, 5e-324, 1e-5, 0.1]
    con: Any = duckdb.connect()
    con.execute("CREATE TABLE given(number DOUBLE)")
    con.executemany("INSERT INTO given VALUES (?)", [(number,) for number in numbers])
    rows = con.execute(f"SELECT number, {NUMBER_SQL.format(number='number')} FROM given").fetchall()
    assert [name for _, name in rows] == [number_name(number) for number, _ in rows]
    labels = ["true", "True", "false", "False", "TRUE", "x", "1"]
    named = [con.execute(f"SELECT {LABEL_SQL.format(label='$label')}", {"label": label}).fetchone() for label in labels]
    assert named == [(class_name(label),) for label in labels]


def test_levels_of_a_grid_that_was_kept_are_read_as_before() -> None:
    assert read_column([True, "true", "false", 1.0], Kind.CATEGORICAL).levels == {"true": 2, "false": 1, "1": 1}
