"""`evenkeel slo`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.judge.slo.budget import percent

_SIGNS: Final = {"velocity": ("●", "green"), "caution": ("▲", "yellow"), "freeze": ("■", "red"), "unknown": ("○", None)}
_MET: Final = {True: "met", False: "missed", None: "unknown"}

environment_option = click.option("--environment", default="production", show_default=True, help="Where it runs.")


@click.group("slo")
def slo() -> None:
    """SLOs: how they stand, and month by month."""


@slo.command("list")
@click.option("--mode", type=click.Choice(list(_SIGNS)), help="Only those in this mode.")
@click.option("--environment", help="Only those of this environment.")
@home_option
@json_option
def list_(mode: str | None, environment: str | None, home: Home, *, as_json: bool) -> None:
    """Every SLO with what is left of its error budget, the least first."""
    found = [
        each
        for each in Server.running(home).ask("GET", "/slos")["slos"]
        if mode in (None, each["mode"]) and environment in (None, each["environment"])
    ]
    if as_json:
        click.echo(json.dumps({"slos": found}, indent=1))
        return
    for each in found:
        click.echo(_line(each))
        click.echo(f"    {each['sentence']}")
    if not found:
        click.echo("No SLO fits." if mode or environment else "No SLO is judged yet.")


@slo.command("show")
@click.argument("service")
@click.argument("name", metavar="[SLO]", required=False)
@environment_option
@home_option
@json_option
def show(service: str, name: str | None, environment: str, home: Home, *, as_json: bool) -> None:
    """A service's SLOs, or one: budget, with and without maintenance, and burn rates."""
    found = [_fetch(home, environment, service, each) for each in _names(home, environment, service, name)]
    if as_json:
        click.echo(json.dumps({"slos": found}, indent=1))
        return
    for each in found:
        click.echo(_line(each))
        click.echo(f"    {each['sentence']}")
        click.echo(f"    counts {each['counts']}")
        if each["excluded_minutes"]:
            whole = each["budget_with_maintenance"]
            left = "unknown" if whole is None else f"{_range(whole['remaining_ratio'])} left"
            click.echo(f"    without {each['excluded_minutes']:.0f} min of maintenance; with it: {left}")
        for rule in each["rules"]:
            state = {True: "fires", False: "quiet", None: "cannot be judged"}[rule["fires"]]
            burn = " and ".join("–" if part["burn"] is None else f"{part['burn']:.3g}" for part in _windows(rule))
            click.echo(f"    {rule['severity']} {rule['rule']}: burn {burn}, limit {rule['factor']:g}: {state}")


@slo.command("months")
@click.argument("service")
@click.argument("name", metavar="[SLO]", required=False)
@environment_option
@click.option("--months", "count", type=click.IntRange(1, 36), default=12, show_default=True, help="How many at most.")
@home_option
@json_option
def months(service: str, name: str | None, environment: str, count: int, home: Home, *, as_json: bool) -> None:
    """The table of months: each is judged by itself; in brackets the figures with maintenance."""
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for each in _names(home, environment, service, name):
        path = f"/slos/{quote(f'{environment}/{service}/{each}')}/months?months={count}"
        found[each] = Server.running(home).ask("GET", path)["months"]
    if as_json:
        click.echo(json.dumps(found, indent=1))
        return
    for each, rows in found.items():
        click.secho(f"{each} of {environment}/{service}", bold=True)
        if not rows:
            click.echo("    No month holds anything yet.")
        for row in rows:
            click.echo(f"    {_month(row)}")


def _fetch(home: Home, environment: str, service: str, name: str) -> Mapping[str, Any]:
    return Server.running(home).ask("GET", f"/slos/{quote(f'{environment}/{service}/{name}')}")


def _names(home: Home, environment: str, service: str, name: str | None) -> list[str]:
    if name:
        return [name]
    found = Server.running(home).ask("GET", "/slos")["slos"]
    mine = [each["slo"] for each in found if (each["environment"], each["service"]) == (environment, service)]
    if not mine:
        click.echo(f"{environment}/{service} has no SLO.", err=True)
    return mine


def _line(each: Mapping[str, Any]) -> str:
    sign, colour = _SIGNS[each["mode"]]
    word = click.style(f"{sign} {each['mode']:<8}", fg=colour)
    name = click.style(f"{each['environment']}/{each['service']} {each['slo']}", bold=True)
    return f"{word} {name}"


def _month(row: Mapping[str, Any]) -> str:
    budget, whole = row["budget"], row["budget_with_maintenance"]
    note = " (running)" if row["running"] else " (partial)" if row["partial"] else ""
    if budget is None:
        return f"{row['month']}  unknown: {row['why_unknown']}{note}"
    low, high = budget["remaining_minutes"]
    left = f"{low:.1f}" if f"{low:.1f}" == f"{high:.1f}" else f"{low:.1f} to {high:.1f}"
    with_it = "" if not row["excluded_minutes"] else f" [{_range(whole['used_ratio'])}]" if whole else " [unknown]"
    bound = " by its bound" if row["mode_by_bound"] else ""
    met = _MET[row["target_met"]]
    used = _range(budget["used_ratio"])
    return f"{row['month']}  target {met:<8} used {used}{with_it}, left {left} min, {row['mode']}{bound}{note}"


def _range(pair: Sequence[float]) -> str:
    low, high = percent(min(pair)), percent(max(pair))
    return f"{low} %" if low == high else f"{low} to {high} %"


def _windows(rule: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return rule["long"], rule["short"]
