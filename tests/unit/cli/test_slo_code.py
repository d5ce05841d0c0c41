"""`evenkeel slo import`, `check` and `export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evenkeel.app.home import Home
from evenkeel.cli.main import cli
from evenkeel.judge.objectives.resolve import indicator_rules
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.org.config import read

VALID = Path(__file__).parents[2] / "golden" / "openslo" / "valid"


def run(*words: object) -> Result:
    result = CliRunner().invoke(cli, ["slo", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_what_is_printed_is_a_configuration(tmp_path: Path) -> None:
    printed = run("import", VALID / "slo-composite.yaml", VALID / "slo.json")
    assert printed.exit_code == 0
    path = tmp_path / "evenkeel.yaml"
    path.write_text(printed.stdout, encoding="utf-8")
    config, problems = read.check(path, indicator_rules())
    assert problems == []
    assert set(config.services["checkout"].slos) == {
        "checkout-whole", "checkout-whole-answers", "checkout-whole-speed", "checkout-json",
    }  # fmt: skip


def test_all_errors_are_told_at_once_and_nothing_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "slo.yaml"
    text = (VALID / "slo-occurrences.yaml").read_text("utf-8")
    path.write_text(text.replace("0.999", "99.9").replace("Occurrences", "Occurences"), encoding="utf-8")
    found = run("import", path)
    assert (found.exit_code, found.stdout) == (1, "")
    methods = "Occurrences, Timeslices, RatioTimeslices"
    assert found.stderr.splitlines() == [
        f"{path}:7:3: spec.budgetingMethod: 'Occurences' is not one of {methods} [not_in]",
        f"{path}:16:17: spec.objectives[0].target: the target is 99.9; 0 to less than 1 is allowed [range]",
        "2 problems",
    ]
    rows = json.loads(run("check", path, "--json").stdout)["problems"]
    assert [(row["line"], row["code"]) for row in rows] == [(7, "not_in"), (16, "range")]


def test_strictness_decides_and_warnings_do_not_stop_anything() -> None:
    assert run("check", VALID / "spec-only.yaml").exit_code == 1
    found = run("check", VALID / "spec-only.yaml", "--strict", "spec")
    assert (found.exit_code, found.stdout) == (0, "In order: 1 SLOs.\n")
    assert found.stderr.count("warning: ") == 4


def test_a_new_file_is_written_and_an_old_one_never(tmp_path: Path) -> None:
    target = tmp_path / "slos.yaml"
    assert "1 SLOs in" in run("import", VALID / "slo.json", "--write", target).stdout
    before = target.read_text("utf-8")
    with pytest.raises(ConflictError, match="exists"):
        run("import", VALID / "slo-composite.yaml", "--write", target)
    assert target.read_text("utf-8") == before
    with pytest.raises(InvalidInputError, match="cannot be written"):
        run("import", VALID / "slo.json", "--write", tmp_path / "nowhere" / "x.yaml")


def test_programs_get_rows_with_what_was_not_carried() -> None:
    document = json.loads(run("import", VALID / "slo-by-reference.yaml", "--json").stdout)
    (row,) = document["slos"]
    assert (row["service"], row["name"], row["config"]["target"]) == ("checkout", "checkout-answers", "99.5 %")
    assert row["not_carried"]


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no"):
        run("check", tmp_path / "none.yaml")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        run("check", tmp_path)
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInputError, match="not UTF-8"):
        run("check", tmp_path / "x.yaml")


def test_exports_come_from_the_server(served: Home, evenkeel: Any) -> None:
    with pytest.raises(NotFoundError, match="There is no SLO of nobody"):
        evenkeel("slo", "export", "--service", "nobody")
