"""Changes of the gateway in words."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.commands.records import Change
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.web.gateway_words import describe_change, history_rows

CARE = Limit("care", Holder.TEAM, "care", Measure.MONEY, Period.MONTH, 12_500_000_000, "EUR")


def change(field: str, before: Any, after: Any, target: str = "production/bot", number: int = 1) -> Change:
    return Change(str(number), number, "jo", target, field, before, after, "why")


@pytest.mark.parametrize(
    ("made", "before", "after"),
    [
        (change("weights", {"1": 3, "2": 1}, {"1": 0, "2": 1}), "1 75 % · 2 25 %", "2 100 %"),
        (change("weights", None, {"1": 1}), "unknown", "1 100 %"),
        (change("shadow", None, {"version": "2", "share": 0.1}), "none", "2 is asked beside 10 % of requests"),
        (change("fallback", ["1", "2"], []), "1, then 2", "none"),
        (change("kill", None, {"reason": "leaks", "actor": "jo", "at_us": 1}), "answering", "off: leaks"),
        (change("amount", 12_500_000_000, 1_000_000_000, "limit:care"), "12.50 EUR", "1.00 EUR"),
        (change("amount", 1200, None, "limit:gone"), "1,200", "unknown"),
        (change("else", None, "all of it"), "None", "all of it"),
    ],
)
def test_how_it_stood_before_and_after_is_said_in_the_units_of_the_field(made: Change, before: str, after: str) -> None:
    row = describe_change(made, {"care": CARE})
    assert (row["before"], row["after"]) == (before, after)
    assert row["url"] == ("/gateway/limits" if made.field == "amount" else "/gateway/production/bot")


def test_only_the_latest_change_of_a_field_can_be_undone() -> None:
    newest_first = [
        change("weights", {"1": 1}, {"2": 1}, number=3),
        change("kill", None, None, number=2),
        change("weights", {"2": 1}, {"1": 1}, number=1),
    ]
    assert [row["is_latest"] for row in history_rows(newest_first, {})] == [True, True, False]
