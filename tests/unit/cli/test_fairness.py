"""`evenkeel fairness`: a gate that does not take too few rows for proof."""

from __future__ import annotations

import json
from pathlib import Path

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
