"""`evenkeel gateway cache` and `purge`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.gateway_words import tell_change
from evenkeel.cli.options import figures_options, home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.ui.formats import bytes_, money


@click.command("cache")
@click.argument("service", default="")
@figures_options
@home_option
@json_option
def cache(service: str, home: Home, *, as_json: bool, span: str, environment: str) -> None:
    """What answers out of the cache saved, and how often one proved wrong; of one service, or all."""
    query = urlencode({"service": service, "span": span, "environment": environment})
    found = Server.running(home).ask("GET", f"/gateway/cache?{query}")
    if as_json:
        click.echo(json.dumps(found))
        return
    for each in found["caches"]:
        click.echo("\n  ".join(cache_lines(each)))
    if not found["caches"]:
        click.echo("No route keeps answers.")
    for each in found["workers"]:
        click.echo(worker_line(each))


def cache_lines(each: Mapping[str, Any]) -> list[str]:
    """What the cache did for a service: hits, savings, wrong hits."""
    sign = {"ok": "●", "warning": "▲"}.get(each["status"], "○")
    where = f"{each['environment']}/{each['service']}"
    if not each["looked_for"]:
        return [f"{sign} {where}: no kept answer was looked for in {each['requests']:,} requests"]
    hits = f"{each['hits']:,} of {each['looked_for']:,} looked for were hits ({each['hit_ratio']:.1%})"
    return [f"{sign} {where}: {hits}", _saved(each["saved"]), _wrong(each["asked_again"])]


def _saved(saved: Mapping[str, Any]) -> str:
    amounts = [money(round(amount["saved"] * NANO_PER_UNIT), amount["currency"]) for amount in saved["money"]]
    parts = [*amounts, f"{saved['tokens_in']:,} tokens in", f"{saved['tokens_out']:,} out"]
    unknown = saved["hits_without_price"]
    return f"saved about {', '.join(parts)}" + (f"; {unknown:,} hits without a price" if unknown else "")


def _wrong(again: Mapping[str, Any]) -> str:
    asked, ratio = again["right"] + again["wrong"], again["wrong_ratio"]
    if ratio is None:
        return "how often a hit is wrong is unknown: none that proves it was asked again"
    share = f"{ratio['value']:.1%} [{ratio['low']:.1%}–{ratio['high']:.1%}]"
    return f"{again['wrong']:,} of {asked:,} hits that were asked again proved wrong ({share})"


def worker_line(each: Mapping[str, Any]) -> str:
    """What a worker holds."""
    if each["bytes"] is None:
        return f"worker {each['name']}: it did not say what it holds"
    held = f"{bytes_(each['bytes'])} of {bytes_(each['bytes_max'])}"
    return f"worker {each['name']}: {each['answers']:,} answers in {held}; {each['evicted']:,} made room for others"


@click.command("purge")
@click.argument("service", default="")
@click.option("--environment", default="", help="Only there; else everywhere.")
@click.option("--version", default="", help="Only answers of this version.")
@click.option("--user", default="", help="Only what may have been answered to this user, as services send its id.")
@click.option("--all", "is_all", is_flag=True, help="Everything, where nothing else is named.")
@click.option("--reason", required=True, help="For the history and the audit trail.")
@home_option
@json_option
def purge(service: str, reason: str, home: Home, *, as_json: bool, is_all: bool, **which: str) -> None:
    """Remove answers that workers keep to be given again, within a second; of one service, or all.

    Where a service does not keep users apart nobody knows who asked for an answer: with --user it goes as well.
    """
    if not (service or any(which.values()) or is_all):
        raise click.UsageError("Name a service, --environment, --version or --user; or write --all.")
    body = {"service": service, "reason": reason, **which}
    tell_change(Server.running(home).ask("POST", "/gateway/purge", body), as_json=as_json)
