"""The freshness of a model card; tests/unit/web/test_audits.py tells the rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from evenkeel.judge.audits.checks import judge_card, open_items
from evenkeel.judge.audits.model import Check
from evenkeel.kernel.time import Window, to_us
from evenkeel.org.config.audits import AuditsConfig, ModelCardConfig

MONTH = Window(to_us(datetime(2026, 9, 1, tzinfo=UTC)), to_us(datetime(2026, 10, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("reviewed", "status", "age"),
    [("2026-09-15", "ok", 0), ("2025-10-01", "ok", 12), ("2025-09-30", "ok", 12), ("2025-09-01", "warning", 13)],
)
def test_a_card_of_more_than_a_year_is_a_warning(reviewed: str, status: str, age: int) -> None:
    card = ModelCardConfig(url="https://wiki.example.org/triage", reviewed=reviewed)
    found = judge_card(card, MONTH, "UTC", AuditsConfig())
    assert (found.status.value, found.value) == (status, age)


def test_a_review_after_the_month_is_fresh_and_says_so() -> None:
    card = ModelCardConfig(url="https://wiki.example.org/triage", reviewed="2026-10-05")
    found = judge_card(card, MONTH, "UTC", AuditsConfig(card_months=1))
    assert found.status.value == "ok" and "after the month ended" in found.says


def test_without_a_card_it_is_open_and_says_what_to_write() -> None:
    item = judge_card(None, MONTH, "UTC", AuditsConfig())
    assert open_items((Check("model_card", "Model card", (item,)),)) == ("model_card",)
    assert "model_card" in item.todo
