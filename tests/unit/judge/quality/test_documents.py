"""Figures as plain values."""

from __future__ import annotations

from evenkeel.judge.quality.documents import figure_document
from evenkeel.judge.quality.model import Reason, share


def test_a_figure_is_told_with_its_bounds_and_where_it_comes_from() -> None:
    told = figure_document(share(90, 100, Reason.NO_ROWS))
    assert (told["value"], told["n"], told["method"], told["reason"]) == (0.9, 100, "Wilson", None)
    assert told["low"] < 0.9 < told["high"]
