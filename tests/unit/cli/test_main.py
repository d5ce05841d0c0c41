"""Help is instant, errors are one line or JSON, exit codes tell them apart."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from evenkeel import __version__
from evenkeel.cli.main import COMMANDS, EXIT, cli, main


def type_in(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of `evenkeel WORDS`."""
    monkeypatch.setattr(sys, "argv", ["evenkeel", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_there_is_can_be_loaded_and_helps(name: str) -> None:
    found = CliRunner().invoke(cli, [name, "--help"])
    assert found.exit_code == 0, found.output
    assert found.output.startswith(f"Usage: cli {name}")


def test_help_lists_every_command_with_its_line() -> None:
    output = " ".join(CliRunner().invoke(cli, ["-h"]).output.split())
    for name, (_, _, line) in COMMANDS.items():
        assert f"{name} {line.split('.')[0]}" in output


def test_help_loads_no_engine_and_no_web_framework() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom evenkeel.cli.main import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        "print(sorted({'duckdb', 'sqlalchemy', 'fastapi', 'pydantic', 'numpy', 'uvicorn'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_version_is_said() -> None:
    assert CliRunner().invoke(cli, ["--version"]).output == f"evenkeel, version {__version__}\n"


def test_a_command_that_does_not_exist_is_wrong_usage() -> None:
    found = CliRunner().invoke(cli, ["stauts"])
    assert found.exit_code == 2
    assert "No such command 'stauts'" in found.output


def test_a_command_that_needs_the_server_says_so_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "absent", ("no_such_library.at_all", "x", "A command."))
    found = CliRunner().invoke(cli, ["absent"])
    assert found.exit_code == 1
    assert "needs no_such_library, which comes with the server. Install evenkeel[server]." in found.output


def test_a_module_of_ours_that_is_missing_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "absent", ("evenkeel.no_such_module", "x", "A command."))
    found = CliRunner().invoke(cli, ["absent"])
    assert isinstance(found.exception, ModuleNotFoundError)


def test_an_error_is_said_in_one_line_with_its_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert type_in(monkeypatch, "check", "/no/such/file.yaml") == 3
    output = capsys.readouterr()
    assert output.out == ""
    assert "There is no /no/such/file.yaml. Name a YAML file, or a folder of them." in output.err
    assert output.err.count("\n") == 1


def test_an_error_is_json_where_json_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert type_in(monkeypatch, "check", "/no/such/file.yaml", "--json") == 3
    output = capsys.readouterr()
    assert json.loads(output.out) == {
        "error": {
            "code": "input.not_found",
            "message": "There is no /no/such/file.yaml.",
            "hint": "Name a YAML file, or a folder of them.",
        }
    }
    assert output.err == ""


def test_exit_codes_stay_clear_of_those_of_shells_and_click() -> None:
    codes = [code for _, code in EXIT]
    assert len(set(codes)) == len(codes)
    assert all(2 <= code < 126 for code in codes)


@pytest.mark.parametrize("position", range(len(EXIT)))
def test_no_row_of_exit_codes_is_hidden_by_an_earlier_one(position: int) -> None:
    kind, _ = EXIT[position]
    assert next(row for row in EXIT if issubclass(kind, row[0])) == EXIT[position]


def _parts(command: click.Command) -> list[click.Command]:
    """A command, or all that are below it."""
    if isinstance(command, click.Group):
        return [part for below in command.commands.values() for part in _parts(below)]
    return [command]


def test_every_command_says_in_json_what_it_says_to_people() -> None:
    without = {"up"}  # it runs until it is ended
    for name in COMMANDS.keys() - without:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        for part in _parts(command):
            options = {word for parameter in part.params for word in parameter.opts}
            # What runs until it is ended, or prints a document anyway, needs no other form.
            others = {("keys", "revoke"), ("demo", "start"), ("probes", "table"), ("probes", "watch")}
            assert "--json" in options or (name, part.name) in others, part.name
