"""A rule fits when all it asks is known and so; the first that fits decides."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.routes.model import ModelRule, Route
from evenkeel.gateway.routes.select import KnownFacts, select_model

FACTS = KnownFacts(
    characters=500,
    has_tools=False,
    language="de",
    tags=frozenset({"chat", "vip"}),
    minute_of_day=30,
    budget_left_ratio=0.25,
)


def fits(facts: KnownFacts = FACTS, **conditions: Any) -> bool:
    rule = ModelRule("r", "small", **conditions)
    return select_model(Route("production", "bot", (), models=(rule,)), facts) is rule


def test_without_rules_the_caller_decides_and_a_rule_that_asks_nothing_always_fits() -> None:
    assert select_model(Route("production", "bot", ()), FACTS) is None
    assert fits()


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"characters_max": 500}, True),
        ({"characters_max": 499}, False),
        ({"has_tools": False}, True),
        ({"has_tools": True}, False),
        ({"languages": frozenset({"en", "de"})}, True),
        ({"languages": frozenset({"en"})}, False),
        ({"tags": frozenset({"vip", "other"})}, True),
        ({"tags": frozenset({"other"})}, False),
        ({"minutes": (0, 31)}, True),
        ({"minutes": (0, 30)}, False),
        ({"minutes": (30, 1440)}, True),
        ({"minutes": (1320, 31)}, True),
        ({"minutes": (1320, 30)}, False),
        ({"minutes": (20, 10)}, True),
        ({"budget_left_max_ratio": 0.25}, True),
        ({"budget_left_max_ratio": 0.2}, False),
        ({"characters_max": 500, "tags": frozenset({"vip"}), "budget_left_max_ratio": 1.0}, True),
        ({"characters_max": 500, "tags": frozenset({"other"}), "budget_left_max_ratio": 1.0}, False),
    ],
)
def test_every_condition_that_is_named_has_to_hold(conditions: dict[str, Any], expected: bool) -> None:
    assert fits(**conditions) is expected


@pytest.mark.parametrize(
    "conditions", [{"languages": frozenset({"en"})}, {"tags": frozenset({"vip"})}, {"budget_left_max_ratio": 1.0}]
)
def test_what_is_not_known_satisfies_no_condition(conditions: dict[str, Any]) -> None:
    assert not fits(KnownFacts(characters=0, has_tools=False), **conditions)


def test_the_first_rule_that_fits_decides() -> None:
    rules = (ModelRule("a", "1", has_tools=True), ModelRule("b", "2"), ModelRule("c", "3"))
    selected = select_model(Route("production", "bot", (), models=rules), FACTS)
    assert selected is rules[1]


@pytest.mark.parametrize(("allowed", "expected"), [(None, 0), (frozenset({"1", "2"}), 0), (frozenset({"2"}), 1)])
def test_a_rule_to_a_model_that_the_key_may_not_ask_for_does_not_fit(
    allowed: frozenset[str] | None, expected: int
) -> None:
    rules = (ModelRule("a", "1"), ModelRule("b", "2"))
    facts = KnownFacts(characters=1, has_tools=False, models_allowed=allowed)
    assert select_model(Route("production", "bot", (), models=rules), facts) is rules[expected]
