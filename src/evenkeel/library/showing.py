"""How results show themselves: as a table of a terminal, and of a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from evenkeel.judge.quality.model import Figure

#: A cell of a terminal is cut at this many characters; a notebook shows all.
_CELL_MAX = 120


@dataclass(frozen=True)
class Grid:
    """A caption, a heading, rows, and what has to be said beside them."""

    caption: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def as_text(grid: Grid) -> str:
    """Aligned columns.

    >>> print(as_text(Grid("Two", ("name", "n"), (("a", "1"), ("bc", "22")))))
    Two
      name  n
      a     1
      bc    22
    """
    table = [grid.heading, *(tuple(_cut(cell) for cell in row) for row in grid.rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(grid.heading))]
    lines = ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    return "\n".join([grid.caption, *(line.rstrip() for line in lines), *(f"  ({note})" for note in grid.notes)])


def as_html(grid: Grid) -> str:
    """A table without styles of its own: it looks as the notebook does.

    >>> as_html(Grid("<Two>", ("n",), (("1",),)))
    '<table><caption>&lt;Two&gt;</caption><thead><tr><th>n</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>'
    """
    heading = "".join(f"<th>{escape(cell)}</th>" for cell in grid.heading)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows)
    notes = "".join(f"<p>{escape(note)}</p>" for note in grid.notes)
    caption = f"<caption>{escape(grid.caption)}</caption>"
    return f"<table>{caption}<thead><tr>{heading}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def show_figure(figure: Figure) -> tuple[str, str, str, str]:
    """(value, interval, n, how) of a figure; where there is none, why.

    >>> from evenkeel.judge.quality.model import Reason, share
    >>> show_figure(share(90, 100, Reason.NO_ROWS)), show_figure(Figure.absent(Reason.NO_LABELS, "Wilson"))[:2]
    (('0.9', '0.826 to 0.945', '100', 'Wilson'), ('unknown', 'no labels'))
    """
    why = "" if figure.reason is None else figure.reason.value.replace("_", " ")
    how = figure.method + (", an estimate" if figure.is_estimate else "")
    if figure.value is None:
        return "unknown", why, f"{figure.n:,.0f}", how
    has_bounds = figure.low is not None and figure.high is not None
    interval = f"{figure.low:.3g} to {figure.high:.3g}" if has_bounds else f"unknown: {why}"
    return f"{figure.value:.4g}", interval, f"{figure.n:,.0f}", how


def percent(part: float, whole: float) -> str:
    """A share in three figures.

    >>> percent(1, 3), percent(0, 0)
    ('33.3 %', '0 %')
    """
    return f"{100 * part / whole:.3g} %" if whole else "0 %"


def _cut(cell: str) -> str:
    flat = " ".join(cell.split())
    return flat if len(flat) <= _CELL_MAX else flat[: _CELL_MAX - 1] + "…"
