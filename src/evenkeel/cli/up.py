"""`evenkeel up`."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

import click

from evenkeel.app.home import Home
from evenkeel.app.running import await_orphans
from evenkeel.app.supervisor import Supervisor, UpOptions, stop_on_signals
from evenkeel.cli.options import home_option
from evenkeel.cli.server import Server
from evenkeel.demo.gateway_routes import SERVICE
from evenkeel.demo.sample import DemoProduction
from evenkeel.kernel.errors import EvenkeelError, HomeBusyError, InvalidInputError

_PORT = click.IntRange(0, 65_535)  # 0: any free one
#: From the port of the UI to that of the intake: 4180 goes with 4318.
_APART = 138


@click.command("up")
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4180, show_default=True, type=_PORT, help="UI and API.")
@click.option("--intake-port", default=None, type=_PORT, help="OTLP and event intake; default: port + 138 (4318).")
@click.option("--gateway-port", default=None, type=_PORT, help="Gateway for models; default: port + 1 (4181).")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Workers that take telemetry."
)
@click.option("--gateway-workers", default=1, show_default=True, type=click.IntRange(1, 48), help="Gateway workers.")
@click.option("--demo", "with_demo", is_flag=True, help="Also start a sample production.")
def up(home: Home, host: str, *, with_demo: bool, **given: Any) -> None:
    """Start evenkeel and keep it running, until Ctrl-C.

    The other ports follow the port of the UI: 4180 goes with 4318 for telemetry and 4181 for the gateway, which
    runs once there are routes.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s evenkeel: %(message)s")
    await_orphans(home, time.monotonic)
    owner = Server.find(home)
    if owner is not None:
        raise HomeBusyError(
            f"{home.root} is served already, at {owner.url} by process {owner.pid}.",
            hint="Stop that one, or name another home.",
        )
    supervisor = Supervisor(_options(home, host, given), time.monotonic)
    production: list[DemoProduction] = []

    def end() -> None:
        for each in production:  # first, while there is somebody who takes what it has left to send
            each.stop()
        supervisor.stop()

    stop_on_signals(end)
    try:
        supervisor.start()
        if with_demo:
            production.append(start_sample(home, supervisor.intake_port))
        _greet(supervisor, with_demo=with_demo)
        supervisor.watch()
    except EvenkeelError:
        if not supervisor.is_ending:  # else what was just starting was told to end
            raise
    finally:
        end()


def _options(home: Home, host: str, given: Mapping[str, Any]) -> UpOptions:
    port: int = given["port"]
    return UpOptions(
        home,
        host,
        port,
        _follows(port, _APART, "--intake-port") if given["intake_port"] is None else given["intake_port"],
        given["workers"],
        _follows(port, 1, "--gateway-port") if given["gateway_port"] is None else given["gateway_port"],
        given["gateway_workers"],
    )


def _follows(port: int, apart: int, option: str) -> int:
    """The port that goes with the port of the UI."""
    if port == 0:
        return 0
    if port + apart > 65_535:
        raise InvalidInputError(
            f"Another port follows the UI's, and {port} + {apart} is no port.", hint=f"Choose {option}."
        )
    return port + apart


def start_sample(home: Home, intake_port: int) -> DemoProduction:
    """The sample production of a home, with keys of its own."""
    key = _kept_key(home, "sample-production", {"name": "sample production"})
    asked = {"name": "sample production, models", "scope": "gateway", "services": [SERVICE]}
    production = DemoProduction(
        home.root, f"http://127.0.0.1:{intake_port}", key, gateway_key=_kept_key(home, "sample-gateway", asked)
    )
    production.start()
    return production


def _kept_key(home: Home, name: str, asked: Mapping[str, Any]) -> str:
    """A key of the sample production, made once."""
    kept = home.secrets / f"{name}.key"
    server = Server.find(home)
    secret = kept.read_text(encoding="utf-8") if kept.exists() else ""
    if not secret and server is not None:
        secret = str(server.ask("POST", "/keys", asked)["secret"])
        kept.touch(mode=0o600)
        kept.write_text(secret, encoding="utf-8")
    return secret


def _greet(supervisor: Supervisor, *, with_demo: bool) -> None:
    click.echo("")
    click.echo(f"  evenkeel is up:  {click.style(supervisor.url, bold=True)}")
    click.echo(f"  telemetry goes to http://127.0.0.1:{supervisor.intake_port} (OTLP/HTTP and events)")
    if supervisor.setup_url:
        click.echo("")
        click.echo("  Nobody can sign in yet. Make the first admin with this link, once:")
        click.echo(f"  {click.style(supervisor.setup_url, bold=True)}")
    if with_demo:
        click.echo("")
        click.echo("  A sample production is running. Break it: evenkeel demo break latency|errors|outage|silence")
    click.echo("")
    click.echo("  Ctrl-C ends it.")
    click.echo("")
