"""`evenkeel quality`: what the API tells, in words."""

from __future__ import annotations

from typing import Any

FIGURE = {"value": 0.95, "low": 0.9, "high": 0.98, "n": 100.0, "reason": None}
ABSENT = {"value": None, "low": None, "high": None, "n": 0.0, "reason": "no_labels"}
FOUND = {
    "environment": "production", "service": "triage", "predictions": 120.0, "labelled": 100.0,
    "too_many_classes": True,
    "labels": {"state": "partial", "says": "60 % of the labels that will come are here."},
    "figures": {"accuracy": FIGURE, "macro f1": ABSENT},
    "scores": {"says": "Scores tell bad from good with an AUC of 0.9."},
    "numbers": None,
    "segments": {"says": "No segment is worse."},
    "estimates": [{"says": "Estimate for version 1."}],
    "changes": {
        "version": "2", "beside": "1", "measures": [{"says": "accuracy: version 2 is better by 2.1 points."}],
    },
    "retraining": {"says": "Nothing speaks for training it again."},
    "versions": [{"version": "1", "figures": {"accuracy": FIGURE}}, {"version": "", "figures": {"accuracy": ABSENT}}],
}  # fmt: skip

_ADVISED = (
    "Version 2 beside 1:", "version 2 is better by 2.1 points.", "Nothing speaks for training it again.",
)  # fmt: skip


def test_each_figure_is_told_with_its_interval_or_why_there_is_none(evenkeel: Any, answering: Any) -> None:
    server = answering(FOUND)
    shown = evenkeel("quality", "production/triage", "--span", "7d").stdout
    assert server.paths == ["GET /quality?service=production%2Ftriage&span=7d"]
    assert "100 of 120 predictions have a known truth" in shown
    assert "There are more classes than are counted" in shown
    assert "Labels: partial. 60 % of the labels" in shown
    assert "accuracy: 95 % [90–98 %] of n 100" in shown
    assert "macro f1: unknown (no labels)" in shown
    assert "accuracy of version not said: unknown (no labels)" in shown
    for said in ("with an AUC of 0.9.", "No segment is worse.", "Estimate for version 1.", *_ADVISED):
        assert said in shown
    assert evenkeel.json("quality", "production/triage", "--version", "3", "--beside", "1") == FOUND
    assert server.paths[-1].endswith("&span=24h&version=3&beside=1")
