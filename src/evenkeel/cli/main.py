"""The command line: `evenkeel …`. Commands load what they need when they run, so that help is instant."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from evenkeel import __version__
from evenkeel.kernel.errors import (
    CorruptDataError,
    EvenkeelError,
    HomeBusyError,
    InvalidInputError,
    NotFoundError,
    UnauthorizedError,
)

#: name -> (module, attribute, one line of help).
COMMANDS: Final[dict[str, tuple[str, str, str]]] = {
    "up": ("evenkeel.cli.up", "up", "Start evenkeel: UI and API, intake, and with --demo a sample production."),
    "demo": ("evenkeel.demo.commands", "demo", "A sample production of real software, to break on purpose."),
    "status": ("evenkeel.cli.status", "status", "How every service stands, worst first."),
    "slo": ("evenkeel.cli.slo_code", "slo", "SLOs: how they stand, month by month, as code of other tools."),
    "gate": ("evenkeel.cli.gate", "gate", "May this change go ahead, by the error budget? For pipelines."),
    "calendar": ("evenkeel.cli.calendar", "calendar", "Maintenance: what no error budget is charged for."),
    "alerts": ("evenkeel.cli.alerts", "alerts", "Alerts: list, show, acknowledge, silence."),
    "gateway": ("evenkeel.cli.gateway", "gateway", "The gateway: flip, kill, limit, undo; what was changed."),
    "reviews": ("evenkeel.cli.reviews", "reviews", "What the guard holds: list, show, approve, edit, reject."),
    "evaluation": ("evenkeel.cli.evaluation", "evaluation", "People rate answers: plan, draw, rate, result."),
    "judge": ("evenkeel.cli.judge", "judge", "Models that judge answers: how they stand, runs on demand."),
    "quality": ("evenkeel.cli.quality", "quality", "How good a service's predictions were; are their labels here?"),
    "model": ("evenkeel.cli.models", "model", "Models: reports as PDF, PNG or HTML; monthly audits."),
    "answers": ("evenkeel.cli.answers", "answers", "What a service's answers were like, in numbers."),
    "retrieval": ("evenkeel.cli.retrieval", "retrieval", "Golden queries of retrieval: sets, runs, a gate."),
    "questions": ("evenkeel.cli.questions", "questions", "What a service is asked most: groups of alike questions."),
    "drift": ("evenkeel.cli.drift", "drift", "Reference profiles of tables, and what has drifted from them."),
    "evaluate": ("evenkeel.cli.evaluate", "evaluate", "How good the predictions in a file were."),
    "fairness": ("evenkeel.cli.fairness", "fairness", "Are groups treated alike? A gate for pipelines."),
    "check": ("evenkeel.cli.check", "check", "Check a configuration: all errors at once, with file and line."),
    "import": ("evenkeel.cli.imports", "import_", "Import history from CSV, JSONL, Parquet or Arrow."),
    "export": ("evenkeel.cli.export", "export", "Rules for Prometheus and a dashboard for Grafana."),
    "keys": ("evenkeel.cli.keys", "keys", "Keys: create, list, revoke, rotate."),
    "probes": ("evenkeel.cli.probes", "probes", "Ask services on a schedule; how the probes stand."),
    "notify": ("evenkeel.cli.notify", "notify", "Notifications: channels, tests, what became of messages."),
    "privacy": ("evenkeel.cli.privacy", "privacy", "Erase a person; change the key behind pseudonyms."),
    "doctor": ("evenkeel.cli.doctor", "doctor", "Look thoroughly at evenkeel itself; says what to do."),
    "backup": ("evenkeel.cli.backups", "backup", "Write a consistent backup to one file."),
    "restore": ("evenkeel.cli.backups", "restore", "Verify a backup, or put it in place as a new home."),
}

#: Exit codes beside 0 and click's 2 for wrong usage.
EXIT: Final[tuple[tuple[type[EvenkeelError], int], ...]] = (
    (InvalidInputError, 2),
    (NotFoundError, 3),
    (UnauthorizedError, 4),
    (HomeBusyError, 5),
    (CorruptDataError, 6),
)


class LazyGroup(click.Group):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        return getattr(importlib.import_module(module), attribute)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; one that needs what only the server brings says so."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith("evenkeel"):
                raise
            raise click.ClickException(
                f"This command needs {error.name}, which comes with the server. Install evenkeel[server]."
            ) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that begin so, without loading anything."""
        names = [CompletionItem(name, help=text) for name, (_, _, text) in COMMANDS.items()]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(item for item in names if item.value.startswith(incomplete)), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help without loading anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evenkeel")
def cli() -> None:
    """AI in production, judged without false green and without false red."""


def main() -> Any:
    """Run a command; errors are said in one line, or as JSON where JSON was asked for."""
    try:
        return cli.main(standalone_mode=True)
    except EvenkeelError as error:
        if "--json" in sys.argv:
            click.echo(json.dumps({"error": {"code": error.code, "message": error.message, "hint": error.hint}}))
        else:
            click.echo(f"{click.style('error:', fg='red')} {error}", err=True)
        sys.exit(next((code for kind, code in EXIT if isinstance(error, kind)), 1))


if __name__ == "__main__":
    main()
