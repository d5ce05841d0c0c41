"""`evenkeel retrieval golden`: sets, runs and the gate as people and pipelines call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evenkeel.cli.server import Server
from evenkeel.kernel.errors import InvalidInputError, NotFoundError

FIGURE = {"value": 0.9, "low": 0.8, "high": 0.95, "n": 40, "reason": None}
RUN = {
    "id": "ci-1", "release": "1.4", "answered": 39, "queries": 40, "set_version": 2, "is_partial": True,
    "accepted_at": None, "figures": {"hit_rate": FIGURE}, "notes": ["1 of the set are not in the run: q"],
}  # fmt: skip
OF = "service=production%2Fbot&name=faq"
NAMES = ("production/bot", "faq")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "golden.jsonl"
    path.write_text(
        '{"id": "q", "query": "Why?", "relevant": ["a"]}\n{"id": "r", "query": "How?", "relevant": ["b"]}\n'
    )
    return path


def test_a_set_is_given_listed_and_removed(evenkeel: Any, answering: Any, file: Path) -> None:
    server = answering({"says": "2 queries.", "sets": [{"name": "faq", "says": "2 queries."}]})
    assert "faq: 2 queries." in evenkeel("retrieval", "golden", "put", *NAMES, str(file), "--every", "1d").stdout
    assert "faq: 2 queries." in evenkeel("retrieval", "golden", "list", "production/bot").stdout
    evenkeel("retrieval", "golden", "remove", *NAMES, "--reason", "old")
    assert server.asked[0][2] == {
        "service": "production/bot", "name": "faq", "lines": file.read_text(), "k": 5, "every_s": 86_400,
    }  # fmt: skip
    assert server.paths[1:] == [
        "GET /retrieval/golden?service=production%2Fbot", f"DELETE /retrieval/golden?{OF}&reason=old",
    ]  # fmt: skip


def test_a_run_is_sent_and_told_with_what_is_odd(evenkeel: Any, answering: Any, file: Path) -> None:
    server = answering(RUN)
    shown = evenkeel("retrieval", "golden", "run", *NAMES, str(file), "--id", "ci-1", "--release", "1.4").stdout
    assert "ci-1 1.4: 39 of 40 queries (version 2, partial)" in shown
    assert "hit rate: 90 % [80–95 %] of n 40" in shown
    assert "1 of the set are not in the run: q" in shown
    assert (server.asked[0][2]["id"], server.asked[0][2]["release"]) == ("ci-1", "1.4")


def test_a_run_comes_from_one_place_and_no_query_without_text_is_skipped(
    evenkeel: Any, answering: Any, file: Path
) -> None:
    answering({"queries": {}})
    with pytest.raises(InvalidInputError, match="one place"):
        evenkeel("retrieval", "golden", "run", *NAMES)
    endpoint = ("--endpoint", "http://127.0.0.1:9/search")
    with pytest.raises(InvalidInputError, match="No text of a query is kept"):
        evenkeel("retrieval", "golden", "run", *NAMES, *endpoint)
    file.write_text('{"id": "q", "relevant": ["a"]}')
    with pytest.raises(InvalidInputError, match="have no text"):
        evenkeel("retrieval", "golden", "run", *NAMES, *endpoint, "--queries", str(file))


def test_an_endpoint_that_is_away_is_a_run_of_failures(evenkeel: Any, answering: Any, file: Path) -> None:
    server = answering(RUN)
    endpoint = ("--endpoint", "http://127.0.0.1:9/search")
    evenkeel("retrieval", "golden", "run", *NAMES, *endpoint, "--queries", str(file))
    sent = [json.loads(line) for line in server.asked[0][2]["lines"].split("\n")]
    assert sent == [{"id": "q", "failed": "unreachable"}, {"id": "r", "failed": "unreachable"}]


def test_runs_are_shown_compared_and_accepted(evenkeel: Any, answering: Any) -> None:
    change = {"value": -0.01, "low": -0.03, "high": 0.01, "n": 40}
    compared = {"run": "2", "before": "1", "set_version": 2, "is_partial": False, "changes": {"mrr": change}}
    server = answering({**compared, "runs": [RUN]})
    assert "ci-1 1.4" in evenkeel("retrieval", "golden", "show", *NAMES).stdout
    shown = evenkeel("retrieval", "golden", "compare", *NAMES, "2", "1").stdout
    assert "mrr: -1 points [-3 to +1] of n 40" in shown
    assert "2 is accepted" in evenkeel("retrieval", "golden", "accept", *NAMES, "2").stdout
    assert (server.asked[-1][2]["run"], server.asked[-1][2]["partial"]) == ("2", False)
    evenkeel("retrieval", "golden", "accept", *NAMES, "2", "--partial")
    assert server.asked[-1][2]["partial"] is True


@pytest.mark.parametrize(("gone", "says"), [([3, 1], "Deleted versions: 3, 1."), ([], "newest or has runs")])
def test_unused_versions_are_deleted(evenkeel: Any, answering: Any, gone: list[int], says: str) -> None:
    server = answering({"deleted": gone})
    assert says in evenkeel("retrieval", "golden", "tidy", *NAMES).stdout
    assert server.paths == ["POST /retrieval/golden/tidy"]


@pytest.mark.parametrize(("outcome", "code"), [("pass", 0), ("worse", 1), ("unknown", 7), ("anything", 7)])
def test_only_pass_passes_the_gate(evenkeel: Any, answering: Any, outcome: str, code: int) -> None:
    answering({"outcome": outcome, "why": "because", "run": "9"})
    result = evenkeel("retrieval", "golden", "gate", *NAMES, "--points", "3", fails=True)
    assert (result.exit_code, f"{outcome}: because (run 9)" in result.stdout) == (code, True)


def test_no_answer_is_no_pass_and_a_wrong_name_has_its_own_code(evenkeel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert evenkeel("retrieval", "golden", "gate", *NAMES, fails=True).exit_code == 7  # no server runs

    def refuse(*_: Any) -> Any:
        raise NotFoundError("There is no such set.")

    monkeypatch.setattr(Server, "ask", refuse)
    with pytest.raises(NotFoundError):
        evenkeel("retrieval", "golden", "gate", *NAMES, "--server", "http://keel.example", "--key", "k")

    def say_nothing(*_: Any) -> None:
        """What some other server answers."""

    monkeypatch.setattr(Server, "ask", say_nothing)
    given = ("--server", "http://keel.example", "--key", "k")
    assert evenkeel("retrieval", "golden", "gate", *NAMES, *given, fails=True).exit_code == 7
