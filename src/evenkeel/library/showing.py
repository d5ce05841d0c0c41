"""How results show themselves: as a table of a terminal, and of a notebook."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.pictures import picture, write_file
from evenkeel.ui.panels import Panel

if TYPE_CHECKING:
    from evenkeel.judge.quality.model import Figure

#: A cell of a terminal is cut at this many characters; a notebook shows all.
_CELL_MAX = 120


#: Of a page that is kept: the reader's own colours, light or dark, and no script.
_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums;"
    "max-width:1080px;margin:2rem auto;padding:0 1rem}table{display:block;overflow-x:auto;border-collapse:collapse}"
    "caption{text-align:left;font-weight:600;padding:.5rem 0}td,th{text-align:left;vertical-align:top;"
    "padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8886;overflow-wrap:anywhere}"
)


class Shown(ABC):
    """A result that shows itself in a notebook, with pictures, and can be kept as a page."""

    @abstractmethod
    def _table(self) -> str:
        """What is known, as markup."""

    @abstractmethod
    def _panels(self) -> list[Panel]:
        """Charts that stand beneath it."""

    def _repr_html_(self) -> str:
        panels = self._panels()
        return self._table() + (picture(panels).svg if panels else "")

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write it as a page that needs nothing else: no script, nothing from elsewhere; a file there is replaced.

        Raises InvalidInputError where the file is not called .html.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            hint = "Name the file .html."
            raise InvalidInputError(f"{target.name!r} is no name of a page.", hint=hint, seen=target.suffix)
        title = escape(str(self).partition("\n")[0])
        head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
        page = f"{head}<style>{_STYLE}</style></head><body>{self._repr_html_()}</body></html>"
        write_file(target, f'<!doctype html><html lang="en"><head>{page}\n')


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

    >>> from evenkeel.judge.quality.model import Figure, Reason, share
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
