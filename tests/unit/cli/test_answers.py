"""`evenkeel answers`: what the API tells, in words."""

from __future__ import annotations

from typing import Any

SHARE = {"value": 0.05, "low": 0.02, "high": 0.09, "n": 100.0, "reason": None}
MEAN = {"value": 4.25, "low": 4.0, "high": 4.5, "n": 12.0, "reason": None}
ABSENT = {"value": None, "low": None, "high": None, "n": 0.0, "reason": "no_rows"}
FOUND = {
    "environment": "production", "service": "bot", "answers": 1_200.0, "evaluated": 100.0,
    "left_out": 30.0, "over_budget": 10.0, "says": "100 answers evaluated, of 1,200 in all.",
    "by_people": [{"status": "unknown", "says": "Relevance: nothing to judge yet."}],
    "figures": {"unsupported": SHARE, "refusal": ABSENT, "answer_words": {**MEAN, "value": 40.0}},
    "languages": {"prompt": {"told": 90.0, "says": "All in English."}, "answer": {"told": 0.0, "says": ""}},
    "retrieval": {"with_contexts": 3.0, "says": "Some are.",
                  "sources": [{"name": "g", "figures": {"hit_rate": SHARE}}]},
    "golden": [{"name": "faq", "says": "20 queries, version 1."}],
    "ratings": {"mean": MEAN},
}  # fmt: skip


def test_each_figure_is_told_with_its_interval_or_why_there_is_none(evenkeel: Any, answering: Any) -> None:
    server = answering(FOUND)
    shown = evenkeel("answers", "production/bot", "--span", "7d").stdout
    assert server.paths == ["GET /answers?service=production%2Fbot&span=7d"]
    assert "production/bot, last 7d: 100 answers evaluated, of 1,200 in all." in shown
    assert "left out: 30, 10 of them for the CPU budget" in shown
    assert "unknown: Relevance: nothing to judge yet." in shown
    assert "unsupported: 5 % [2–9 %] of n 100" in shown
    assert "refusal: unknown (no rows)" in shown
    assert "answer words: 40 [4–4.5] of n 12" in shown
    assert "languages of prompts: All in English." in shown
    assert "retrieval: Some are." in shown
    assert "g: hit rate 5 % [2–9 %] of n 100" in shown
    assert "golden queries faq: 20 queries, version 1." in shown
    assert "rating: 4.25 [4.00–4.50] of n 12" in shown
    assert evenkeel.json("answers", "production/bot") == FOUND
