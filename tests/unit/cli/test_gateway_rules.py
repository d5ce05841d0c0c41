"""`evenkeel gateway rules`: what rules did and saved, as lines."""

from __future__ import annotations

from typing import Any

from evenkeel.app.home import Home
from evenkeel.cli.gateway_rules import rule_line

RULE = {"environment": "production", "service": "bot", "rule": "short", "model": "small", "requests": 250}
USED = {**RULE, "route_requests": 1_000, "requests_ratio": 0.25, "attempts": 260, "unpriced": 0, "failed": 0}
USD = {"currency": "USD", "cost_nano": 2_500_000_000, "asked_cost_nano": 10**10, "saved_nano": 7_500_000_000}


def test_without_rules_it_says_so(evenkeel: Any, served: Home) -> None:
    assert evenkeel("gateway", "rules").stdout == "No route has a rule to a cheaper model.\n"
    assert evenkeel.json("gateway", "rules", "bot", "--span", "7d")["rules"] == []


def test_a_rule_is_told_by_its_share_and_its_saving() -> None:
    told = "production/bot short → small: 250 of 1,000 requests (25.0%)"
    saved = "cost 2.50 USD, had cost 10.00 USD: saved 7.50 USD"
    assert rule_line({**USED, "money": [USD]}) == f"{told}; {saved}"
    assert rule_line({**USED, "money": [], "unpriced": 260}) == f"{told}; saving unknown; 260 of 260 attempts unpriced"
    assert rule_line({**USED, "money": [], "attempts": 0}) == told
    assert rule_line({**USED, "money": [], "attempts": 0, "failed": 9}) == f"{told}, 9 failed"


def test_a_rule_without_traffic_or_out_of_force_is_told_so() -> None:
    unasked = {**USED, "requests": 0, "route_requests": 0, "requests_ratio": None, "model": None, "money": []}
    assert rule_line(unasked) == "○ production/bot short → not in force any more: no request came"
