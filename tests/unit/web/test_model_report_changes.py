"""Differences of two versions as blocks: a sentence, a row per measure, how to read it."""

from __future__ import annotations

from evenkeel.web.model_report_changes import changes_blocks
from evenkeel.web.report_blocks import Cell, Table


def test_a_row_has_both_versions_their_difference_and_what_it_means() -> None:
    figure = {"value": 0.9, "low": 0.88, "high": 0.92, "n": 1_000.0, "reason": None}
    row = {
        "measure": "accuracy", "unit": "points", "newer": figure, "older": figure | {"value": 0.879}, "needs": 1_200,
        "difference": {"value": 0.021, "low": 0.004, "high": 0.038}, "told": "not_told_apart", "says": "",
    }  # fmt: skip
    _, made, _ = changes_blocks({"version": "2", "beside": "1", "says": "It is so.", "measures": [row]})
    assert isinstance(made, Table) and made.heading[-1] == "Version 2 is"
    assert made.rows[0][3:] == (
        Cell(number=("+2.1 points", "0.4 to 3.8", "")), Cell("not told apart", beneath="needs about 1,200 more rows"),
    )  # fmt: skip
