"""What scores are worth, in words."""

from __future__ import annotations

from typing import Any

from evenkeel.web.quality_scores import say_scores


def _document(area: dict[str, Any], error: dict[str, Any]) -> dict[str, Any]:
    figures = {"AUC": area, "calibration error": error}
    return {"positive": "bad", "negative": "good", "figures": figures, "error_by_chance": 0.01}


KNOWN = {"value": 0.9, "low": 0.85, "high": 0.93, "reason": None}
UNKNOWN = {"value": None, "low": None, "high": None}


def test_scores_that_may_be_probabilities_are_not_blamed() -> None:
    said = say_scores(_document(KNOWN, {"value": 0.02, "low": 0.0, "high": 0.05, "reason": None}))
    assert said == (
        "Scores tell bad from good with an AUC of 0.900 [0.850–0.930]."
        " They may well be probabilities: 2 % off [0 %–5 %], chance alone gives 1 %."
    )


def test_scores_that_are_none_are_told_how_far_off_they_are() -> None:
    said = say_scores(_document(KNOWN, {"value": 0.2, "low": 0.1, "high": 0.3, "reason": None}))
    assert "As probabilities they are 20 % off [10 %–30 %]; chance alone gives 1 %." in said


def test_why_there_are_none_is_said() -> None:
    absent = UNKNOWN | {"reason": "no_labels"}
    assert say_scores(_document(absent, absent)) == "What was true is not known yet."
    of_three = UNKNOWN | {"reason": "not_binary"}
    said = say_scores(_document(of_three, {"value": 0.2, "low": 0.1, "high": 0.3, "reason": None}))
    assert said.startswith("As probabilities")
