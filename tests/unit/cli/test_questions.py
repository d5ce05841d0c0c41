"""`evenkeel questions`: what the API tells, in words."""

from __future__ import annotations

from typing import Any

SHARE = {"value": 0.6, "low": 0.4, "high": 0.8, "n": 20.0, "reason": None}
ABSENT = {"value": None, "low": None, "high": None, "n": 0.0, "reason": "no_rows"}
FOUND = {
    "environment": "production", "service": "bot", "says": "20 questions in 2 groups.",
    "in_other_groups": 2, "without_words": 1,
    "groups": [{"words": ["refund", "order"], "share": SHARE, "figures": {"dont_know": SHARE, "refusal": ABSENT}},
               {"words": [], "share": SHARE, "figures": {}}],
}  # fmt: skip


def test_groups_are_told_with_their_shares_and_what_is_unknown_is_left_out(evenkeel: Any, answering: Any) -> None:
    server = answering(FOUND)
    shown = evenkeel("questions", "production/bot", "--span", "7d").stdout
    assert server.paths == ["GET /questions?service=production%2Fbot&span=7d"]
    for words in ("20 questions in 2 groups.", "refund · order: 60 % [40–80 %] of n 20", "dont know: 60 %",
                  "group 2 (words are not kept)", "others: 3"):  # fmt: skip
        assert words in shown
    assert "refusal" not in shown
    assert evenkeel.json("questions", "production/bot") == FOUND
