"""Pages and tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def page(title: str, intro: str, *parts: str) -> str:
    """A page that says how it was made."""
    note = "<!-- Made from the code by `make docs`; changes made here are lost. -->"
    return "\n\n".join([note, f"# {title}", intro, *(part for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; what would end a cell is escaped."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def code(value: object) -> str:
    """A value as code; nothing for nothing."""
    return f"`{value}`" if value not in (None, "") else ""


def codes(values: Iterable[object]) -> str:
    """Several of them."""
    return ", ".join(code(value) for value in values)


def number(value: float) -> str:
    """A number as short as it is exact enough to read."""
    return f"{value:.4g}"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
