"""Limits are checked against their indicator: unit, size, order, and whether there is a page window."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.org.config.objectives import IndicatorRule, check_limits

RATING = IndicatorRule("of 5", larger_is_worse=False, target=4.0, alert=3.5, has_page=False)
DROP = IndicatorRule("points", larger_is_worse=True, target=0.05, alert=None, has_page=False)
RMSE = IndicatorRule("times", larger_is_worse=True, target=1.0, alert=2.0, has_page=False, verdict_s_max=7 * 86_400)
ECE = IndicatorRule("points", larger_is_worse=True, target=0.0, alert=None, has_page=False, has_default=False)
ACCURACY = IndicatorRule("ratio", larger_is_worse=False, target=0.9, alert=0.85, has_page=False)

FOUND = IndicatorRule("ratio", larger_is_worse=False, target=0.85, alert=0.8, has_source=True)


@pytest.mark.parametrize(
    ("rule", "raw", "expected"),
    [
        (RATING, {"target": 4.5, "alert": 4}, []),
        (RATING, {"target": 6}, ["target: 6 is more than 5"]),
        (
            RATING,
            {"target": "80 %"},
            ["target: '80 %' does not fit this indicator; write a rating from 1 to 5, e.g. 4"],
        ),
        (DROP, {"target": "3 %"}, []),
        (DROP, {"target": "2 s"}, ["target: '2 s' does not fit this indicator; write points, e.g. 5 %"]),
        (ACCURACY, {"target": 0.92, "alert": 0.85}, []),
        (ACCURACY, {"baseline": 3}, ["baseline: this indicator is compared with no baseline; leave it out"]),
        (
            ACCURACY,
            {"verdict": "2d"},
            ["verdict: 2 d is longer than this indicator is judged over; write 1 d at most"],
        ),
        (RMSE, {"baseline": 3, "verdict": "7d"}, []),
        (FOUND, {"source": "golden", "golden_set": "faq", "measure": "ndcg"}, []),
        (
            FOUND,
            {"source": "probes", "golden_set": "faq"},
            ["golden_set: golden probes have no golden set; leave it out, or write source: golden"],
        ),
        (ACCURACY, {"source": "golden"}, ["source: this indicator is judged by no golden queries; leave it out"]),
        (ECE, {"alert": "5 %"}, ["target: this indicator has no target of its own; write one"]),
        (ECE, {"target": "5 %"}, []),
        (ECE, {"enabled": False}, []),
        (ACCURACY, {"target": 92}, ["target: 92 is a share above 100 %; write it with a percent sign"]),
        (ACCURACY, {"alert": 0.95}, ["alert: the alert (0.95) must not be stricter than the target (0.9)"]),
        (
            ACCURACY,
            {"page": "5m"},
            ["page: this indicator is looked at by the hour and has no page window; leave it out"],
        ),
    ],
)
def test_what_does_not_fit_is_said(rule: IndicatorRule, raw: dict[str, Any], expected: list[str]) -> None:
    problems: list[str] = []
    check_limits(raw, rule, lambda key, message: problems.append(f"{key}: {message}"))
    assert problems == expected
