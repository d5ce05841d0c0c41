"""`evenkeel fairness`: a gate that does not take too few rows for proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evenkeel.cli.main import cli
from evenkeel.kernel.errors import InvalidInputError

ROWS = {"fair": ("f,1", "m,1", "f,0", "m,0"), "unfair": ("f,0", "m,1", "f,0", "m,1")}


def _run(directory: Path, rows: tuple[str, ...], times: int, *words: str) -> Result:
    source = directory / "t.csv"
    source.write_text("sex,hired\n" + "\n".join(rows * times) + "\n", encoding="utf-8")
    return CliRunner().invoke(cli, ["fairness", str(source), "--group", "sex", "--predicted", "hired", *words])


@pytest.mark.parametrize(("rows", "times", "code"), [("fair", 1_000, 0), ("unfair", 1_000, 10), ("fair", 10, 11)])
def test_the_gate_opens_only_on_proof(rows: str, times: int, code: int, tmp_path: Path) -> None:
    assert _run(tmp_path, ROWS[rows], times, "--gate").exit_code == code
    assert _run(tmp_path, ROWS[rows], times).exit_code == 0


def test_all_of_it_is_told_in_json(tmp_path: Path) -> None:
    told = json.loads(_run(tmp_path, ROWS["unfair"], 100, "--json").stdout)
    (found,) = told["findings"]
    assert (told["status"], found["significant"], found["difference"]["value"]) == ("breach", True, 1.0)
    assert [(each["group"], each["n"]) for each in found["groups"]] == [(["f"], 200), (["m"], 200)]


def test_a_criterion_needs_its_reason(tmp_path: Path) -> None:
    refused = _run(tmp_path, ROWS["fair"], 1, "--criterion", "demographic-parity")
    assert isinstance(refused.exception, InvalidInputError)
    given = _run(tmp_path, ROWS["fair"], 100, "--criterion", "demographic-parity", "--why", "everybody alike")
    assert "everybody alike" in given.stdout


FOUND: dict[str, Any] = {
    "environment": "production",
    "service": "hiring",
    "status": "ok",
    "says": "All is told.",
    "notes": ["A note."],
    "policy": {"why": "who qualifies must be found"},
    "findings": [{"status": "ok", "says": "Equal opportunity by sex."}],
    "comparison": {
        "current": "",
        "candidate": "2",
        "status": "breach",
        "changes": [{"status": "breach", "says": "The gap grows."}],
    },
}


def _ask(server: Any, *words: str) -> tuple[Result, list[str]]:
    return CliRunner().invoke(cli, ["fairness", "service", "production/hiring", *words]), server.paths


def test_a_service_is_told_with_its_reason_and_the_newest_version_beside_the_one_before(
    answering: Any,
) -> None:
    told, asked = _ask(answering(FOUND), "--span", "30d")
    assert asked == ["GET /fairness?service=production%2Fhiring&span=30d&candidate=&current="]
    assert told.stdout.splitlines() == [
        "production/hiring, last 30d: ok. All is told.",
        "A note.",
        "Chosen because: who qualifies must be found",
        "  ok: Equal opportunity by sex.",
        "Version 2 beside not said: breach.",
        "  breach: The gap grows.",
    ]
    assert json.loads(_ask(answering(FOUND), "--json")[0].stdout) == FOUND


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        ({}, (), 0),
        ({"status": "unknown"}, (), 11),
        ({"status": "breach"}, (), 10),
        ({"status": "warning"}, (), 0),
        ({}, ("--candidate", "2"), 10),
        ({"comparison": None}, ("--candidate", "2"), 11),
    ],
)
def test_the_gate_of_a_service_is_that_of_its_candidate_where_one_is_named(
    change: dict[str, Any], words: tuple[str, ...], code: int, answering: Any
) -> None:
    assert _ask(answering({**FOUND, **change}), "--gate", *words)[0].exit_code == code


def test_a_service_without_a_policy_is_unknown_and_told_what_to_write(answering: Any) -> None:
    told, _ = _ask(answering({**FOUND, "policy": None, "status": "unknown", "findings": []}), "--gate")
    assert told.exit_code == 11
    assert "services.NAME.fairness" in told.stdout
