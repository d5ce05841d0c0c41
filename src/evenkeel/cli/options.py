"""Options that every command understands alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from evenkeel.app.home import ENVIRONMENT_VARIABLE, Home

Command = Callable[..., Any]


def _find(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Home:
    return Home.find(value)


def home_option(command: Command) -> Command:
    """`--home DIR`, or EVENKEEL_HOME, or ~/.local/share/evenkeel; passed as a Home."""
    return click.option(
        "--home",
        callback=_find,
        envvar=ENVIRONMENT_VARIABLE,
        metavar="DIR",
        help="The data directory; default: $EVENKEEL_HOME, else ~/.local/share/evenkeel.",
    )(command)


def json_option(command: Command) -> Command:
    """`--json`; passed as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(command)
