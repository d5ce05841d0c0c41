"""The monthly budget of false breaches, shared out."""

from __future__ import annotations

import pytest

from evenkeel.kernel.stats.spending import ALPHA_OK, BUDGET_PER_MONTH, STARTS_PER_MONTH, alpha_for


def test_a_month_of_window_starts_spends_the_budget_and_no_more() -> None:
    spent = sum(starts * alpha_for(window) for window, starts in STARTS_PER_MONTH.items())
    assert spent == pytest.approx(BUDGET_PER_MONTH) == pytest.approx(0.1)


def test_starts_are_the_minutes_and_hours_of_30_days() -> None:
    assert STARTS_PER_MONTH == {"page": 30 * 1_440, "verdict": 30 * 1_440, "report": 30 * 24}


def test_a_window_nobody_knows_has_no_budget() -> None:
    with pytest.raises(ValueError, match="no window is named 'year'; there are page, verdict, report"):
        alpha_for("year")


def test_an_ok_is_proved_at_95_percent() -> None:
    assert ALPHA_OK == 0.05
