"""`evenkeel probes …`."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server
from evenkeel.kernel.errors import ConflictError

_SIGNS: Final = {"ok": ("●", "green"), "warning": ("▲", "yellow"), "breach": ("■", "red"), "stale": ("◷", None)}
_OUTCOMES: Final = {"good": ("●", "green", 0), "bad": ("■", "red", 10), "none": ("○", None, 11)}


@click.group("probes")
def probes() -> None:
    """Ask services on a schedule: HTTP, certificates, known questions, dependencies."""


@probes.command("list")
@home_option
@json_option
def list_(home: Home, *, as_json: bool) -> None:
    """What every probe found last, worst first."""
    found: Sequence[Mapping[str, Any]] = _server(home).ask("GET", "/probes")["probes"]
    if as_json:
        click.echo(json.dumps({"probes": found}, indent=1))
        return
    if not found:
        click.echo("No probe is configured. See docs/how-to/probe.md.")
    for probe in found:
        sign, colour = _SIGNS.get(probe["status"], ("○", None))
        word = click.style(f"{sign} {probe['status']:<8}", fg=colour)
        day = probe["last_day"]
        runs = f" · {day['bad']} of {day['good'] + day['bad']} runs failed in 24 h" if day else ""
        click.echo(f"{word} {click.style(probe['name'], bold=True)} from {probe['vantage']}")
        click.echo(f"    {probe['environment']}/{probe['service']} · {probe['kind']}{runs}")
        click.echo(f"    {probe['sentence']}")


@probes.command("run")
@click.argument("name")
@home_option
@json_option
def run(name: str, home: Home, *, as_json: bool) -> None:
    """Run one probe now, from here, and say what it found; nothing is recorded.

    Exits with 10 when the service failed it, with 11 when nothing can be said of the service.
    """
    from evenkeel.app.configuration import configured
    from evenkeel.app.prober import probe_once
    from evenkeel.observe.probes.configured import configured_probes

    probe, result = probe_once(configured_probes(configured(home.configuration)), name)
    sign, colour, code = _OUTCOMES[result.outcome]
    if as_json:
        told = {
            "name": probe.name,
            "service": probe.service,
            "environment": probe.environment,
            "kind": probe.kind.value,
        }
        click.echo(json.dumps({**told, **asdict(result)}, indent=1))
    else:
        took = "" if result.latency_s is None else f" in {1000 * result.latency_s:.0f} ms"
        value = "" if result.value is None else f", {result.value:.3g} {result.value_kind}"
        why = f": {result.reason}" if result.reason else ""
        click.echo(f"{click.style(f'{sign} {result.outcome}', fg=colour)}{why}{took}{value}")
        if result.detail:
            click.echo(f"    {result.detail}")
    raise SystemExit(code)


@probes.command("table")
@home_option
def table(home: Home) -> None:
    """Write the table that a prober elsewhere reads; it holds no secret, only the names of them."""
    click.echo(json.dumps(_server(home).ask("GET", "/probes/table"), indent=1))


@probes.command("watch")
@click.option("--table", "table_", required=True, type=click.Path(path_type=Path), help="From `evenkeel probes table`.")
@click.option("--vantage", required=True, help="What this place is called in the configuration.")
@click.option("--to", required=True, metavar="URL", help="evenkeel's intake, e.g. https://evenkeel.example:4318")
@click.option("--key", required=True, envvar="EVENKEEL_KEY", help="A key of scope intake; default: $EVENKEEL_KEY.")
@click.option("--spool", type=click.Path(path_type=Path), help="Where results wait while evenkeel is away.")
def watch(table_: Path, vantage: str, to: str, key: str, spool: Path | None) -> None:
    """Run probes from here, as another vantage, and send what they find."""
    from evenkeel.app.vantage import Vantage, run_vantage

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s probes: %(message)s")
    run_vantage(Vantage(vantage, table_, to, key, spool), click.echo)


def _server(home: Home) -> Server:
    server = Server.find(home)
    if server is None:
        raise ConflictError(
            f"No evenkeel runs on {home.root}.", hint="Start it with `evenkeel up`, or name its --home."
        )
    return server
