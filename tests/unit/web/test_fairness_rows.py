"""What the view *Fairness* shows: every number with its interval, and no more groups than somebody reads."""

from __future__ import annotations

from typing import Any

from evenkeel.web.fairness_rows import fairness_values

POLICY = {
    "attributes": ["sex"],
    "metrics": ["equal opportunity"],
    "why": "so",
    "favourable": None,
    "minimum_group": 1000,
    "target": 0.05,
    "alert": 0.1,
}
NUMBER = {"value": 0.041, "low": 0.0, "high": 0.098}


def document(**more: Any) -> dict[str, Any]:
    groups = [{"group": f"group {n}", "n": 1200, "behind": NUMBER, **NUMBER} for n in range(20)]
    groups[-1]["behind"] = {"value": 0.0, "low": 0.0, "high": 0.0}
    finding = {
        "metric": "equal opportunity",
        "attributes": ["sex"],
        "status": "ok",
        "says": "said",
        "difference": NUMBER,
        "ratio": None,
        "rates": [{"rate": "true positive rate", "groups": groups, "too_small": list("abcdefghijklmnopqrst")}],
    }
    return {
        "service": "hiring",
        "says": "said",
        "status": "ok",
        "policy": POLICY,
        "reason": "",
        "notes": [],
        "trend": [],
        "findings": [finding],
        "comparison": None,
        "from": "1970-01-01T00:00:00Z",
        "to": "1970-01-08T00:00:00Z",
        **more,
    }


def test_numbers_are_in_points_and_shares_with_their_intervals() -> None:
    (finding,) = fairness_values(document())["findings"]
    assert finding["difference"] == ("4.1 points", "0–9.8", "")
    assert finding["ratio"] == ("unknown", "", "")
    assert finding["rates"][0]["groups"][0] == (
        "group 0",
        ("4.1 %", "0–9.8", "n\u00a01,200"),
        ("4.1 points", "0–9.8", ""),
    )


def test_of_many_groups_the_first_are_shown_and_the_rest_counted() -> None:
    (finding,) = fairness_values(document())["findings"]
    assert (len(finding["rates"][0]["groups"]), finding["rates"][0]["more"]) == (12, 8)
    assert (len(finding["too_small"]), finding["too_small_more"]) == (12, 8)


def test_a_step_in_which_nothing_was_compared_leaves_a_gap_in_the_chart() -> None:
    day = 86_400_000_000
    points = [
        {
            "from": f"1970-01-0{n + 1}T00:00:00Z",
            "to": f"1970-01-0{n + 2}T00:00:00Z",
            "from_us": n * day,
            "difference": None if n == 1 else NUMBER,
        }
        for n in range(3)
    ]
    trend = [{"metric": "equal opportunity", "attribute": "sex", "points": points}]
    (chart,) = fairness_values(document(trend=trend))["charts"]
    assert [value for _, value in chart["lines"][0].points] == [0.041, None, 0.041]
    assert fairness_values(document(trend=[{**trend[0], "points": points[1:2]}]))["charts"] == []


def test_a_change_that_may_be_below_zero_is_written_with_a_sign_that_is_no_dash() -> None:
    change = {
        "metric": "equal opportunity",
        "rate": "accuracy",
        "attributes": ["sex"],
        "status": "ok",
        "current": 0.05,
        "candidate": 0.0,
        "change": {"value": -0.05, "low": -0.081, "high": 0.01},
        "paired": True,
    }
    compared = {"current": "", "candidate": "2", "status": "ok", "changes": [change]}
    shown = fairness_values(document(comparison=compared))["comparison"]
    assert shown["current"] == "not said"
    assert shown["changes"][0][-1] == ("−5 points", "−8.1 to 1", "same subjects")
