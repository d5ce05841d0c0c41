"""`--home` and `--json` are the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from evenkeel.app.home import ENVIRONMENT_VARIABLE, Home
from evenkeel.cli.main import cli
from evenkeel.cli.options import home_option, json_option
from evenkeel.kernel.errors import NotFoundError


@click.command()
@home_option
@json_option
def say(home: Home, *, as_json: bool) -> None:
    click.echo(f"{home.root} {as_json}")


@pytest.mark.parametrize(
    ("words", "variable", "said"),
    [
        (["--home", "/given"], "/variable", "/given False"),
        (["--json"], "/variable", "/variable True"),
        ([], "", "{home}/.local/share/evenkeel False"),
        (["--home", "~/mine"], "", "{home}/mine False"),
    ],
)
def test_the_home_is_the_one_given_else_the_variable_else_below_the_user(
    words: list[str], variable: str, said: str, tmp_path: Path
) -> None:
    environment = {ENVIRONMENT_VARIABLE: variable, "HOME": str(tmp_path)}
    assert CliRunner().invoke(say, words, env=environment).output == said.format(home=tmp_path) + "\n"


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["doctor"],
        ["backup", "{folder}/b.tar"],
        ["keys", "list"],
        ["keys", "revoke", "k1"],
        ["keys", "rotate", "k1"],
        ["privacy", "erase", "ada"],
        ["privacy", "rotate-key"],
    ],
)
@pytest.mark.parametrize("is_there", [False, True])
def test_a_mistyped_home_is_named_and_not_made(words: list[str], tmp_path: Path, *, is_there: bool) -> None:
    mistyped = tmp_path / "no such home"
    if is_there:  # a directory, but none that evenkeel made
        mistyped.mkdir()
    given = [word.format(folder=tmp_path) for word in words]
    result = CliRunner().invoke(cli, [*given, "--home", str(mistyped)])
    assert isinstance(result.exception, NotFoundError)
    assert str(mistyped) in result.exception.message
    assert f"evenkeel up` or `evenkeel import`, with --home '{mistyped}'" in result.exception.hint
    assert list(tmp_path.iterdir()) == [mistyped] * is_there
    assert not is_there or list(mistyped.iterdir()) == []


def test_a_key_may_be_made_before_its_home_is(evenkeel: Any) -> None:
    assert evenkeel("keys", "create", "bot").output.startswith("ek_")
    assert [key["name"] for key in evenkeel.json("keys", "list")["keys"]] == ["bot"]
