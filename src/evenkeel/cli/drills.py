"""`evenkeel gateway drill`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server


@click.command("drill")
@click.option("--now", "is_now", is_flag=True, help="Hold one now, instead of telling of the last one.")
@home_option
@json_option
def drill(home: Home, *, is_now: bool, as_json: bool) -> None:
    """How fast every worker last obeyed a flip, a kill and a new key. Exits with 1 unless that is proven now."""
    state = Server.running(home).ask("POST" if is_now else "GET", "/gateway/drill")
    if as_json:
        click.echo(json.dumps(state))
    else:
        _tell(state)
    if state["standing"] not in ("proven", "off"):
        raise SystemExit(1)


def _tell(state: Mapping[str, Any]) -> None:
    mark = {"proven": "●", "failed": "■"}.get(state["standing"], "○")
    click.echo(f"{mark} {state['finding']}")
    for worker in state["last"]["workers"] if state["last"] else ():
        times = [f"{words} {_seconds(worker[name])}" for words, name in _COLUMNS]
        click.echo(f"  {worker['worker']:<6} {', '.join(times)}{'  ' + worker['fault'] if worker['fault'] else ''}")
    if state["todo"]:
        click.echo(state["todo"])


_COLUMNS = (("flip", "flip_s"), ("kill", "kill_s"), ("old key dead", "old_key_s"))


def _seconds(value: float | None) -> str:
    return "not obeyed" if value is None else f"{value:.3f} s"
