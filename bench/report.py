"""What a benchmark says: a measured figure, what the issue asks for, and the physical limit beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    measured: float | None  # None: unknown, `beside` says why
    unit: str
    required: float | None = None
    at_most: bool = False  # False: at least `required`
    beside: str = ""  # the limit or a peer in the same run, and how near to it we are

    @property
    def ratio(self) -> float | None:
        """How many times better than required: below 1 the requirement is missed."""
        if self.required is None or not self.measured:
            return None
        return self.required / self.measured if self.at_most else self.measured / self.required


def beside(name: str, limit: float, unit: str, measured: float) -> str:
    """`raw insert 900,000 events/s, 0.15 of it`."""
    return f"{name} {_number(limit)} {unit}, {measured / limit:.2g} of it"


def render(rows: Sequence[Row], *, heading: str) -> str:
    """The table of one benchmark."""
    lines = [heading, ""]
    lines.append(f"{'what':<66}{'measured':>12}  {'unit':<11}{'required':>12}{'ratio':>8}  beside")
    for row in rows:
        sign = "≤ " if row.at_most else "≥ "
        required = "" if row.required is None else f"{sign}{_number(row.required)}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}{'' if row.ratio >= 1 else ' !'}"
        line = f"{row.what:<66}{_number(row.measured):>12}  {row.unit:<11}{required:>12}{ratio:>8}  {row.beside}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def as_json(found: dict[str, Sequence[Row]]) -> str:
    """The same for programs."""
    document = {name: [{**asdict(row), "ratio": row.ratio} for row in rows] for name, rows in found.items()}
    return json.dumps(document, indent=2)


def _number(value: float | None) -> str:
    if value is None:
        return "unknown"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
