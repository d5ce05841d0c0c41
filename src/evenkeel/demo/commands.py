"""`evenkeel demo`: start the sample production beside a server, break it, mend it, see how it is."""

from __future__ import annotations

import json
import signal
import threading
from dataclasses import asdict

import click

from evenkeel.app.home import ENVIRONMENT_VARIABLE, Home
from evenkeel.demo import faults

_home = click.option(
    "--home", "home_directory", envvar=ENVIRONMENT_VARIABLE, help="The data directory; default: that of `evenkeel up`."
)
_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")


@click.group("demo")
def demo() -> None:
    """A sample production of real software, to break on purpose."""


@demo.command("start")
@_home
@click.option("--intake", default="http://127.0.0.1:4318", show_default=True, help="Where its telemetry goes.")
@click.option("--key", required=True, envvar="EVENKEEL_KEY", help="A key for intake: `evenkeel keys create`.")
def start(home_directory: str | None, intake: str, key: str) -> None:
    """Run the sample production beside a server, until Ctrl-C. (`evenkeel up --demo` does both.)"""
    from evenkeel.demo.sample import DemoProduction  # the extra `demo` may not be installed

    production = DemoProduction(Home.find(home_directory).root, intake, key)
    ended = threading.Event()

    def end(number: int, frame: object) -> None:
        del number, frame
        ended.set()

    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, end)
    production.start()
    try:
        for part in production.status():
            where = f" on http://127.0.0.1:{part.port}" if part.port else ""
            click.echo(f"{part.name} runs as process {part.pid}{where}")
        click.echo("Ctrl-C ends it. In another terminal: evenkeel demo break latency | errors | outage | silence")
        ended.wait()
    finally:
        production.stop()


@demo.command("break")
@_home
@_json
@click.argument("what", metavar="latency|errors|outage|silence")
@click.option("--service", help=f"Only this one: {', '.join(faults.SERVICES)}.")
def break_(home_directory: str | None, what: str, service: str | None, *, as_json: bool) -> None:
    """Break the sample production in one way; verdicts turn within seconds to minutes."""
    home = Home.find(home_directory).root
    faults.break_(home, what, service)
    _tell(home_directory, f"{service or 'Every service'}: {faults.FAULTS[what]}.", as_json=as_json)


@demo.command("fix")
@_home
@_json
def fix(home_directory: str | None, *, as_json: bool) -> None:
    """Mend everything that was broken."""
    mended = faults.fix(Home.find(home_directory).root)
    text = f"{len(mended.active)} fault(s) mended." if mended.active else "Nothing was broken."
    _tell(home_directory, text, as_json=as_json)


@demo.command("status")
@_home
@_json
def status(home_directory: str | None, *, as_json: bool) -> None:
    """Which processes run, and what is broken."""
    _tell(home_directory, "", as_json=as_json)


def _tell(home_directory: str | None, text: str, *, as_json: bool) -> None:
    from evenkeel.demo.sample import active_faults, read_production  # loads more than `break` needs to be parsed

    home = Home.find(home_directory).root
    parts, broken = read_production(home), active_faults(home)
    if as_json:
        click.echo(json.dumps({"processes": [asdict(part) for part in parts], "broken": broken}))
        return
    if text:
        click.echo(text)
    for part in parts:
        where = f", http://127.0.0.1:{part.port}" if part.port else ""
        click.echo(f"{part.name}: {'running' if part.running else 'not running'} (process {part.pid}{where})")
    if not parts:
        click.echo("The sample production does not run: `evenkeel up --demo` or `evenkeel demo start` starts it.")
    click.echo(f"Broken on purpose: {', '.join(broken) or 'nothing'}.")
