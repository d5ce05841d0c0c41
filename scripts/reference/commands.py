"""cli.md: every command as its own help says it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from evenkeel.cli.main import COMMANDS, EXIT, cli
from reference.markdown import code, page, table

#: Beside the table of errors: what shells and click agree on, and what commands say of their own.
_OTHER_EXITS = (
    ("0", "it worked"),
    ("1", "any other error; `check` found problems; `doctor` found something wrong; an import took nothing"),
    ("2", "wrong usage"),
    ("10", "`status --fail-on-breach` found a breach"),
)


def commands_page() -> str:
    """The page."""
    context = click.Context(cli, info_name="evenkeel")
    parts = [part for path, command in _walk(cli, context, ()) for part in _describe(path, command)]
    codes = sorted({number for _, number in EXIT})
    named = [(str(number), " or ".join(code(kind.code) for kind, value in EXIT if value == number)) for number in codes]
    exits = sorted([*_OTHER_EXITS, *named], key=lambda row: int(row[0]))
    return page(
        "Command line",
        "Every command finds its home by `--home DIR`, else `EVENKEEL_HOME`, else `~/.local/share/evenkeel`. With"
        ' `--json` the answer is JSON on standard output, errors too: `{"error": {"code", "message", "hint"}}`.',
        table(
            ("command", "what it does"),
            [(f"[`{name}`](#evenkeel-{name})", text) for name, (_, _, text) in COMMANDS.items()],
        ),
        *parts,
        "## Exit codes",
        "The codes of errors are [listed apart](errors.md).",
        table(("exit code", "meaning"), exits),
    )


def _walk(
    group: click.Group, context: click.Context, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _walk(command, click.Context(command, info_name=name, parent=context), (*path, name))
        else:
            yield (*path, name), command


def _describe(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    name = " ".join(("evenkeel", *path))
    anchor = f"## evenkeel {path[0]}\n\n" if len(path) > 1 and path[1] == _first(path[0]) else ""
    yield f"{anchor}{'###' if len(path) > 1 else '##'} {name}"
    context = click.Context(command, info_name=name)
    yield f"```\n{' '.join((name, *command.collect_usage_pieces(context)))}\n```"
    if command.help:
        yield _prose(command.help)
    rows: list[tuple[str, str, str]] = []
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            record = parameter.get_help_record(context)
            if record is not None:
                rows.append((code(record[0]), record[1], _variable(parameter)))
    yield table(("option", "what it does", "environment variable"), rows)


def _first(group: str) -> str:
    found = cli.get_command(click.Context(cli), group)
    return found.list_commands(click.Context(found))[0] if isinstance(found, click.Group) else ""


def _variable(option: click.Option) -> str:
    return code(option.envvar) if isinstance(option.envvar, str) else ""


def _prose(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n"))
