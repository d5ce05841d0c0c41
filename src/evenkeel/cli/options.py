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


def server_options(command: Command) -> Command:
    """`--server` and `--key`: another server than that of the home; passed as `url` and `key`, see `Server.at`."""
    command = click.option(
        "--key", default="", envvar="EVENKEEL_KEY", help="Key for --server; better given as $EVENKEEL_KEY."
    )(command)
    return click.option(
        "--server", "url", default="", envvar="EVENKEEL_SERVER", help="Ask this server; default: of this home."
    )(command)


def figures_options(command: Command) -> Command:
    """`--span` and `--environment`: over how long figures of the gateway are told, and of where."""
    spans = click.Choice(["1h", "24h", "7d", "30d"])
    command = click.option("--environment", default="", help="Only where the service runs here.")(command)
    return click.option("--span", default="24h", show_default=True, type=spans, help="Until now.")(command)
