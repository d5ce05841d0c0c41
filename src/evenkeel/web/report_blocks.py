"""What a report is made of, whoever shows it, a page, a file or paper: parts that hold words, numbers and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

#: Rows of one table: more are read by nobody, and the files beside the report have them.
ROWS_MAX: Final = 40

#: (value, interval, sample) in words.
Number = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; with the word of a status, that stands before it."""

    text: str
    status: str = ""
    is_quiet: bool = False
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure for a glance, with what it is above and a sentence beneath."""

    title: str
    number: Number
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles beside each other."""

    tiles: tuple[Tile, ...]
    kind: str = "tiles"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their numbers."""

    rows: tuple[tuple[str, Number], ...]
    kind: str = "facts"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: words, a number, a status with or without words; `beneath` is written small."""

    text: str = ""
    number: Number | None = None
    status: str = ""
    beneath: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name; those in `numeric` stand to the right. `more` rows are left out."""

    heading: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: tuple[int, ...] = ()
    more: int = 0
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its name, a word beside it, and what its colours mean: (class of the stylesheet, words)."""

    title: str
    svg: str
    note: str = ""
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pictures:
    """Charts: one over the whole width, or several beside each other."""

    pictures: tuple[Picture, ...]
    kind: str = "pictures"


@dataclass(frozen=True, slots=True)
class Strip:
    """A row of cells by time, with whose it is."""

    name: str
    svg: str


@dataclass(frozen=True, slots=True)
class Strips:
    """Rows of cells by time, and when they begin and end."""

    rows: tuple[Strip, ...]
    ends: tuple[str, str]
    legend: tuple[tuple[str, str], ...]
    kind: str = "strips"


Block = Text | Tiles | Facts | Table | Pictures | Strips


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands beneath; the first one may have none."""

    title: str
    blocks: tuple[Block, ...]
    mark: str = ""  # beside the heading: that all of it is an estimate


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, with what stands at the foot of each page: whose it is, of which versions, of when, made when."""

    title: str
    environment: str
    versions: str
    window: str
    made_at: str
    sections: tuple[Section, ...] = field(default=())


def table(heading: Sequence[str], rows: Iterable[Sequence[Cell]], *, numeric: Sequence[int] = ()) -> Table:
    """A table of at most `ROWS_MAX` rows, which says how many more there are.

    >>> made = table(("n",), [[Cell(str(n))] for n in range(45)])
    >>> len(made.rows), made.more
    (40, 5)
    """
    given = [tuple(row) for row in rows]
    return Table(tuple(heading), tuple(given[:ROWS_MAX]), tuple(numeric), max(0, len(given) - ROWS_MAX))


def number(shown: Number) -> Cell:
    """A cell that holds a number."""
    return Cell(number=shown)
