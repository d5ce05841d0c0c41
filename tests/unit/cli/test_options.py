"""`--home` and `--json` are the same everywhere."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from evenkeel.app.home import ENVIRONMENT_VARIABLE, Home
from evenkeel.cli.options import home_option, json_option


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
