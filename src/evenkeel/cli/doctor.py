"""`evenkeel doctor`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from evenkeel.app.home import Home
from evenkeel.cli.options import home_option, json_option
from evenkeel.cli.server import Server

SIGNS = {"ok": ("●", "green"), "warning": ("▲", "yellow"), "breach": ("■", "red"), "unknown": ("○", None)}


@click.command("doctor")
@home_option
@json_option
def doctor(home: Home, *, as_json: bool) -> None:
    """Look thoroughly at evenkeel itself: journal, offsets, counters against events, audit trail.

    Says what to do about what it finds; exits with 1 when something is wrong.
    """
    server = Server.find(home)
    found: Mapping[str, Any] = server.ask("GET", "/doctor") if server else _offline(home)
    if as_json:
        click.echo(json.dumps(found, indent=1))
    else:
        for check in found["checks"]:
            sign, colour = SIGNS[check["status"]]
            click.echo(f"{click.style(sign, fg=colour)} {check['name']}: {check['finding']}")
            if check["todo"]:
                click.echo(f"    → {check['todo']}")
    if found["status"] != "ok":
        raise SystemExit(1)


def _offline(home: Home) -> Mapping[str, Any]:
    from evenkeel.app.doctor import examine
    from evenkeel.app.expiring import ExpiringKeys
    from evenkeel.app.health import HealthSources, report_health
    from evenkeel.app.offline import opened  # loads the stores, which a running server makes needless
    from evenkeel.web.documents import health_document
    from evenkeel.web.health import Health

    with opened(home.existing()) as control:
        control.folding.drain()
        sources = HealthSources(
            control.stores, control.folding, control.judging, control.engine, control.configuration,
            control.pulling.checks, control.notifying.checks, lambda: None,
            ExpiringKeys(control.stores.keys, control.stores.telemetry, control.stores.clock).checks,
        )  # fmt: skip
        checks = [check for check in report_health(sources).checks if not check.name.startswith("intake")]
        return health_document(
            Health((*checks, *examine(control.stores, control.configuration.current.retention.events)))
        )
