"""`evenkeel gateway findings`: what the guard found, as lines."""

from __future__ import annotations

from typing import Any

from evenkeel.app.home import Home
from evenkeel.cli.gateway_findings import coverage_line, finding_line

WHERE = {"environment": "production", "service": "bot"}
RATIO = {"value": 0.25, "low": 0.071, "high": 0.591}


def test_without_traffic_it_says_so(evenkeel: Any, served: Home) -> None:
    assert evenkeel("gateway", "findings", "--span", "7d").stdout == "No request came to the gateway in the last 7d.\n"
    assert evenkeel.json("gateway", "findings", "bot", "--side", "input")["findings"] == []


def test_a_service_is_told_by_what_was_looked_at() -> None:
    looked = {**WHERE, "requests": 1200, "looked_at": 8, "with_findings": 2, "with_findings_ratio": RATIO, "stopped": 1}
    said = "● production/bot: looked at 8 of 1,200 requests; something in 2 (25.00% [7.10%–59.10%]), 1 stopped"
    assert coverage_line(looked) == said
    assert coverage_line({**looked, "looked_at": 0}) == "○ production/bot: looked at 0 of 1,200 requests"


def test_a_finding_is_told_with_its_side_and_what_was_done() -> None:
    found = {**WHERE, "entity": "email", "side": "input", "action": "redact", "found": 3, "requests": 2}
    line = finding_line({**found, "requests_ratio": RATIO}).strip()
    assert line == "3 email in input, redact · production/bot · 2 requests (25.00% [7.10%–59.10%])"
    old = finding_line({**found, "side": None, "action": None, "requests_ratio": None})
    assert "email in ?, what was done is not recorded" in old
