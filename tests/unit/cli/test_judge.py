"""`evenkeel judge`: what the API tells, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError

JUDGE = {
    "name": "g", "model": "m", "prompt_version": "1", "calls_24h": 3, "calls_per_day": 500,
    "services": [{"service": "production/bot", "says": "Flags 10 % [5–20 %] of 100 answers."}],
    "failures": {"timeout": 2}, "run": {"state": "running", "asked": 4},
}  # fmt: skip


def test_the_list_tells_rates_failures_and_what_is_used(evenkeel: Any, answering: Any) -> None:
    answering({"judges": [JUDGE]})
    shown = evenkeel("judge", "list").stdout
    for words in (
        "3 of 500 calls in 24 hours",
        "production/bot: Flags 10 %",
        "failed, timeout: 2",
        "a run is running: 4",
    ):
        assert words in shown
    answering({"judges": []})
    assert "No judge is configured" in evenkeel("judge", "list").stdout


def test_a_run_says_what_it_did(evenkeel: Any, answering: Any) -> None:
    server = answering({"says": "5 answers asked about.", "state": "done"})
    assert "5 answers asked about." in evenkeel("judge", "run", "g", "--calls", "5").stdout
    assert server.asked == [("POST", "/judges/g/run", {"calls": 5})]
    answering({"says": "", "state": "waiting"})
    assert "It is begun." in evenkeel("judge", "run", "g", "--begin").stdout


COMPARED = {
    "id": "c", "title": "2 against 1", "judge": "g", "state": "done", "left": 3, "says": "2 is better.",
    "place_says": "Whether the place decides is unknown.", "failures": {"timeout": 1}, "why": "It is away.",
}  # fmt: skip


def test_pairs_of_a_file_are_compared_and_the_result_says_what_failed(
    evenkeel: Any, answering: Any, tmp_path: Path
) -> None:
    server = answering(COMPARED)
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"first": "a", "second": "b"}\n', encoding="utf-8")
    shown = evenkeel("judge", "compare", "g", "--pairs", str(file), "--first", "1", "--second", "2").stdout
    for words in (
        "2 against 1 (g, done, 3 pairs left): 2 is better.",
        "failed, timeout: 1",
        "ended early: It is away.",
    ):
        assert words in shown
    method, path, body = server.asked[0]
    assert (method, path, body["pairs"]) == ("POST", "/judges/g/compare", '{"first": "a", "second": "b"}\n')
    assert (body["first"], "evaluation" in body) == ("1", False)
    (tmp_path / "other").write_bytes(b"\xff")
    with pytest.raises(InvalidInputError, match="no UTF-8"):
        evenkeel("judge", "compare", "g", "--pairs", str(tmp_path / "other"))


def test_comparisons_are_listed_and_none_says_so(evenkeel: Any, answering: Any) -> None:
    answering({"comparisons": [COMPARED]})
    assert "2 is better." in evenkeel("judge", "comparisons").stdout
    assert evenkeel.json("judge", "comparisons")["comparisons"][0]["id"] == "c"
    answering({"comparisons": []})
    assert "Nothing was compared yet" in evenkeel("judge", "comparisons").stdout
