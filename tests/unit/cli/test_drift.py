"""`evenkeel drift`: references out of files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenkeel.cli.main import cli
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.profiling import Reference

TABLE = "age,plan,zip\n31,s,10115\n44,m,20095\n52,m,10115\n"


def test_a_reference_is_shown_and_kept(tmp_path: Path) -> None:
    source, out = tmp_path / "t.csv", tmp_path / "reference.json"
    source.write_text(TABLE, encoding="utf-8")
    shown = _run("profile", "--out", str(out), "--kind", "zip=categorical", str(source))
    assert "of 3 rows (t.csv), 3 features" in shown
    assert "10115 66.7 %" in shown
    assert Reference.load(out).table.features["zip"].grid.kind.value == "categorical"


def test_a_reference_is_told_in_json(tmp_path: Path) -> None:
    source = tmp_path / "t.csv"
    source.write_text(TABLE, encoding="utf-8")
    told = json.loads(_run("profile", "--column", "age", "--json", str(source)))
    assert (told["rows"], list(told["features"])) == (3, ["age"])


@pytest.mark.parametrize("given", ["zip", "=categorical", "zip=post"])
def test_a_kind_that_is_none_is_refused(tmp_path: Path, given: str) -> None:
    source = tmp_path / "t.csv"
    source.write_text(TABLE, encoding="utf-8")
    with pytest.raises(InvalidInputError):
        _run("profile", "--kind", given, str(source))


def _run(*words: str) -> str:
    done = CliRunner().invoke(cli, ["drift", *words])
    if done.exception is not None:
        raise done.exception
    return done.stdout


@pytest.mark.parametrize(("current", "code"), [("1,s\n", 0), ("9,s\n", 10), ("", 11)])
def test_the_gate_opens_only_where_nothing_has_drifted(tmp_path: Path, current: str, code: int) -> None:
    before, after, kept = tmp_path / "before.csv", tmp_path / "after.csv", tmp_path / "reference.json"
    before.write_text("age,plan\n" + "1,s\n2,s\n" * 500, encoding="utf-8")
    after.write_text("age,plan\n" + f"{current}2,s\n" * (500 if current else 1), encoding="utf-8")
    _run("profile", str(before), "--out", str(kept))
    done = CliRunner().invoke(cli, ["drift", "compare", str(kept), str(after), "--gate"])
    assert done.exit_code == code, done.stdout
    told = json.loads(_run("compare", str(before), str(after), "--json"))
    assert told["status"] == {0: "ok", 10: "breach", 11: "unknown"}[code]
    assert {each["feature"] for each in told["findings"]} == {"age", "plan"}
