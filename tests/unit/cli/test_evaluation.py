"""`evenkeel evaluation`: what the API tells, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.cli import evaluation as command

FIGURE = {"value": 0.9, "low": 0.8, "high": 0.95, "n": 40.0, "reason": None}
STRATUM = {"name": "de", "answers": 10, "drawn": 5, "rated": 5, "good": FIGURE}
ANSWERS: dict[str, Any] = {
    "/evaluations/plan": {"says": "40 answers give about ± 5 points.", "strata": [STRATUM, {**STRATUM, "name": "en"}]},
    "/evaluations": {"id": "e1", "drawn": 40, "evaluations": []},
    "/evaluations/e1/next": {
        "item": "i1", "prompt": "How long?", "contexts": ["\x1b[2J"], "answer": "Two days.",
        "questions": [{"name": "relevant", "text": "Is it?", "scale": "yes_no"}],
    },
    "/evaluations/e1/ratings": {"corrects": None, "ratings_left": 39},
    "/evaluations/e1": {
        "title": "Week 40", "state": "open", "rated": 40, "drawn": 40,
        "results": [{
            "name": "relevant", "says": "Good: 90 %.", "agreement": FIGURE, "rated_twice": 4,
            "strata": [STRATUM, {**STRATUM, "good": {**FIGURE, "value": None}}],
            "judge": {"says": "The judge flags 3 %."},
        }],
    },
    "/evaluations/e1/close": {"title": "Week 40"},
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    class Running:
        def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
            found.append((f"{method} {path}", body))
            return ANSWERS[path]

    def running(_: Home) -> Running:
        return Running()

    monkeypatch.setattr(command.Server, "running", running)
    return found


def test_create_plans_or_draws_with_shares_from_points(evenkeel: Any, asked: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text('{"answer": "a"}', encoding="utf-8")
    given = ("--plan", "--points", "4", "--upload", str(file))
    planned = evenkeel("evaluation", "create", "production/bot", *given).stdout
    assert "40 answers give about ± 5 points." in planned
    assert "de: 5 of 10" in planned
    path, body = asked[0]
    assert path == "POST /evaluations/plan"
    assert (body["half_width"], body["upload"], body["questions"]) == (0.04, '{"answer": "a"}', [{"name": "relevant"}])
    made = evenkeel("evaluation", "create", "production/bot", "--question", "tone=Is it kind?").stdout
    assert "e1: 40 answers are drawn" in made
    assert asked[1][1]["questions"] == [{"name": "tone", "text": "Is it kind?"}]


def test_an_answer_is_shown_as_a_terminal_may_show_it_and_rated(evenkeel: Any, asked: list[Any]) -> None:
    shown = evenkeel("evaluation", "next", "e1", "--rater", "jo").stdout
    assert "Two days." in shown
    assert "\x1b" not in shown
    assert "evenkeel evaluation answer e1 i1 relevant=…" in shown
    assert "Kept. 39 to go." in evenkeel("evaluation", "answer", "e1", "i1", "relevant=yes").stdout
    assert asked[-1][1] == {"item": "i1", "values": {"relevant": "yes"}, "skip": "", "rater": ""}
    assert "NUMBER" not in evenkeel("evaluation", "close", "e1").stdout


def test_the_result_is_told_by_part_and_with_the_judge(evenkeel: Any, asked: list[Any]) -> None:
    del asked
    shown = evenkeel("evaluation", "show", "e1").stdout
    for words in ("Good: 90 %.", "agreement (alpha) 0.90", "de: 90 % [80–95 %] of 5 rated", "The judge flags 3 %."):
        assert words in shown
    assert "unknown of 5 rated" in shown
    assert "No evaluation yet." in evenkeel("evaluation", "list").stdout
