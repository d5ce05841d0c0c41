"""`evenkeel demo` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenkeel.demo.commands import demo
from evenkeel.demo.faults import FaultFile
from evenkeel.kernel.errors import InvalidInputError


def test_breaking_and_fixing_say_what_happens(tmp_path: Path) -> None:
    runner = CliRunner()
    broken = runner.invoke(demo, ["break", "errors", "--service", "triage", "--home", str(tmp_path)])
    assert "triage: about a third of the requests fail." in broken.output
    assert "Broken on purpose: errors (triage)." in broken.output
    assert FaultFile(tmp_path).current().has("errors", "triage")
    fixed = runner.invoke(demo, ["fix"], env={"EVENKEEL_HOME": str(tmp_path)})
    assert "1 fault(s) mended." in fixed.output
    assert "Broken on purpose: nothing." in fixed.output


def test_status_in_json_is_the_same(tmp_path: Path) -> None:
    found = CliRunner().invoke(demo, ["status", "--json", "--home", str(tmp_path)])
    assert json.loads(found.output) == {"processes": [], "broken": []}


def test_a_fault_that_does_not_exist_is_an_error_of_ours(tmp_path: Path) -> None:
    found = CliRunner().invoke(demo, ["break", "latncy", "--home", str(tmp_path)])
    assert isinstance(found.exception, InvalidInputError)
    with pytest.raises(InvalidInputError, match="Did you mean latency"):
        raise found.exception
