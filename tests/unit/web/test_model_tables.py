"""Tables behind the pictures: columns and rows fit, and no cell is a formula."""

from __future__ import annotations

from typing import Any

from evenkeel.web.model_tables import TABLES, write_table

EMPTY: dict[str, Any] = {
    "scores": None,
    "segments": None,
    "confusion": [],
    "versions": [],
    "changes": None,
    "estimates": [],
    "course": {"steps": []},
    "drift": {"features": [], "heat": {"rows": []}},
    "fairness": {"findings": []},
}


def test_a_table_without_rows_has_its_columns() -> None:
    for name, (columns, _) in TABLES.items():
        assert write_table(name, EMPTY) == ",".join(columns) + "\n"


def test_a_segment_that_is_a_formula_is_text() -> None:
    accuracy = {"value": 0.5, "low": None, "high": None, "n": 2.0, "reason": "too_few"}
    segment = {"attribute": "site", "value": "=1+1", "accuracy": accuracy, "finding": "too_few"}
    text = write_table("segments", EMPTY | {"segments": {"segments": [segment]}})
    assert text.splitlines()[1] == "site,'=1+1,0.5,,,2.0,too_few,too_few"
