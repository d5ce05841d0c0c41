"""`evenkeel gate`: exit code 0 allows, 1 denies, and every failure to answer has another one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

import click

from evenkeel.app.home import Home
from evenkeel.cli.calendar import seconds_of
from evenkeel.cli.options import home_option, json_option, server_options
from evenkeel.cli.server import Server
from evenkeel.cli.slo import environment_option
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError, UnauthorizedError

DENIED: Final = 1
#: The gate could not answer: no server, a server that does not answer, or one whose knowledge is old.
NO_ANSWER: Final = 7
KINDS: Final = ("rollout", "experiment", "critical-fix")


class AskingGroup(click.Group):
    """`evenkeel gate SERVICE` is short for `evenkeel gate ask SERVICE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command for a service."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["ask", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; any other name is a service, for which it is asked."""
        return super().get_command(ctx, cmd_name) or self.commands["ask"]


@click.group("gate", cls=AskingGroup)
def gate() -> None:
    """May this change go ahead, by the error budget? `evenkeel gate SERVICE`.

    Exit codes: 0 allow, 1 deny, 2 wrong usage, 3 service never heard of, 4 no valid key, 7 no answer (no server, or
    one whose knowledge is old). A service that is called like a command is asked for by `evenkeel gate ask`.
    """


@gate.command("ask")
@click.argument("service")
@environment_option
@click.option("--kind", type=click.Choice(KINDS), default="rollout", show_default=True, help="What is to go ahead.")
@server_options
@home_option
@json_option
@click.pass_context
def ask(
    ctx: click.Context, service: str, environment: str, kind: str, url: str, key: str, home: Home, *, as_json: bool
) -> None:
    """Whether a change may go ahead, and why."""
    try:
        server = Server.at(url, key, home)
        found = _answer(server.ask("GET", f"{_path(environment, service)}?{urlencode({'kind': kind})}"))
    except (InvalidInputError, NotFoundError, UnauthorizedError):
        raise
    except EvenkeelError as error:
        _say_no_answer(error, as_json=as_json)
        ctx.exit(NO_ANSWER)
    click.echo(json.dumps(found) if as_json else found["reason"])
    ctx.exit(0 if found["answer"] == "allow" else DENIED)


@gate.command("override")
@click.argument("service")
@click.option("--reason", required=True, help="Shown with every answer, and audited.")
@click.option("--expires", required=True, metavar="DURATION", help="When it ends by itself, e.g. 4h; at most 7d.")
@environment_option
@home_option
@json_option
def override(service: str, reason: str, expires: str, environment: str, home: Home, *, as_json: bool) -> None:
    """Let changes of a service pass for a while."""
    body = {"reason": reason, "lasts_s": seconds_of(expires)}
    made = Server.running(home).ask("POST", _path(environment, service), body)
    click.echo(json.dumps(made) if as_json else _line(made))


@gate.command("overrides")
@home_option
@json_option
def overrides(home: Home, *, as_json: bool) -> None:
    """Every override, newest first."""
    found: Sequence[Mapping[str, Any]] = Server.running(home).ask("GET", "/gate-overrides")["overrides"]
    if as_json:
        click.echo(json.dumps({"overrides": found}, indent=1))
        return
    for each in found:
        click.echo(_line(each))
    if not found:
        click.echo("None was granted.")


@gate.command("revoke")
@click.argument("override_id")
@click.option("--reason", default="", help="For the audit trail.")
@home_option
@json_option
def revoke(override_id: str, reason: str, home: Home, *, as_json: bool) -> None:
    """End an override now."""
    path = f"/gate-overrides/{quote(override_id, safe='')}?{urlencode({'reason': reason})}"
    Server.running(home).ask("DELETE", path)
    click.echo(json.dumps({"revoked": override_id}) if as_json else f"{override_id} is revoked.")


def _answer(found: Any) -> Mapping[str, Any]:
    """What is an answer of the gate. Raises EvenkeelError: anything else is neither allow nor deny."""
    if not isinstance(found, Mapping):
        raise EvenkeelError("What answers is no evenkeel.", hint="Is its address right?")
    answer = cast(Mapping[str, Any], found)
    if answer.get("answer") not in ("allow", "deny") or not isinstance(answer.get("reason"), str):
        raise EvenkeelError("What answers is no evenkeel.", hint="Is its address right?")
    return answer


def _path(environment: str, service: str) -> str:
    return f"/gate/{quote(environment, safe='')}/{quote(service)}"


def _say_no_answer(error: EvenkeelError, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": {"code": error.code, "message": error.message, "hint": error.hint}}))
    else:
        click.echo(f"No answer: {error}", err=True)


def _line(made: Mapping[str, Any]) -> str:
    until = f"revoked {made['revoked_at']}" if made["revoked_at"] else f"until {made['expires_at']}"
    return f"{made['id']}  {made['environment']}/{made['service']} {until}: {made['reason']} (by {made['granted_by']})"
