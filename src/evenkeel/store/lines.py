"""Published tables in lines: JSON whose rows stand in lines of some each, so that a reader parses new lines only.

    {
    "version":1,
    "keys":[
    {"id":"k1"},{"id":"k2"},
    {"id":"k3"}
    ]
    }

It is plain JSON. Whoever knows nothing of lines reads it as a whole, and what is not in lines is read as a whole here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, cast
from zlib import crc32

import msgspec

from evenkeel.store.tables import replace_file

T = TypeVar("T")

#: Makes of the rows of a line what a reader keeps of them; it is told how many rows stand before them.
Make = Callable[[list[Any], int], Any]

#: Lines are looked up by so much of their beginning (a key's hash is in it) and compared with the one found there:
#: to hash a megabyte takes longer than to compare it.
_BEGINNING: Final = 96
_CLOSED: Final = {b"[": b"]", b"{": b"}"}
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class EncodedRows:
    """Rows of a list as lines of a file, without the commas between the lines."""

    lines: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[object], rows_per_line: int = 1) -> EncodedRows:
        """In their order; `rows_per_line` is a power of two, and about so many are in a line, at most twice as many.

        What a row holds decides whether its line ends with it. So a row that comes or goes changes its own line and
        the next one or two, wherever it stands.

        >>> EncodedRows.of([{"id": "k1"}, {"id": "k2"}]).lines
        (b'{"id":"k1"}', b'{"id":"k2"}')
        """
        return cls(tuple(_run_together(map(msgspec.json.encode, rows), rows_per_line)))

    def __add__(self, other: EncodedRows) -> EncodedRows:
        return EncodedRows(self.lines + other.lines)


def publish_lines(path: Path, document: Mapping[str, Any]) -> None:
    """Like `tables.publish`, in lines: one for each member of an object and each row of a list in `document`."""
    replace_file(path, encode_lines(document))


def encode_lines(document: Mapping[str, Any]) -> bytes:
    """The file of a document.

    >>> print(encode_lines({"generation": 7, "routes": {"a/b": {}, "a/c": {}}, "limits": []}).decode())
    {
    "generation":7,
    "routes":{
    "a/b":{},
    "a/c":{}
    },
    "limits":[]
    }
    """
    return b"{\n" + b",\n".join(_member(name, value) for name, value in document.items()) + b"\n}"


def _member(name: str, value: object) -> bytes:
    begins = msgspec.json.encode(name) + b":"
    if isinstance(value, (list, tuple)):
        value = EncodedRows.of(cast("Sequence[object]", value))
    if isinstance(value, EncodedRows):
        return begins + (b"[\n" + b",\n".join(value.lines) + b"\n]" if value.lines else b"[]")
    if isinstance(value, Mapping) and value:
        rows = cast("Mapping[str, object]", value).items()
        return begins + b"{\n" + b",\n".join(_pair(*row) for row in rows) + b"\n}"
    return begins + msgspec.json.encode(value)


def _pair(name: str, value: object) -> bytes:
    return msgspec.json.encode(name) + b":" + msgspec.json.encode(value)


def _run_together(rows: Iterable[bytes], rows_per_line: int) -> Iterator[bytes]:
    line: list[bytes] = []
    for row in rows:
        line.append(row)
        if len(line) == 2 * rows_per_line or not crc32(row) & (rows_per_line - 1):
            yield b",".join(line)
            line = []
    if line:
        yield b",".join(line)


class _NotInLinesError(ValueError):
    """It may be good JSON nevertheless."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: bytes
    rows: int
    made: Any

    def stands(self, raw: bytes, at: int) -> bool:
        """Whether it is the line at a place of a file, with or without a comma."""
        stop = at + len(self.text)
        return raw.startswith(self.text, at) and (raw.startswith(b",\n", stop) or raw.startswith(b"\n", stop))


@dataclass(frozen=True, slots=True)
class _Section:
    lines: Sequence[_Line] = ()
    opened: bytes = b""
    value: Any = None


class LineReader:
    """Decodes a file as `json.loads` does, but parses no line a second time, for as long as it stays in the file.

    What has not changed is the same object as last time, row by row and section by section (`OfParts`). A list in
    `make` is not one of rows: it is a tuple of what was made of each line of them.
    """

    def __init__(self, make: Mapping[str, Make] | None = None) -> None:
        self._make: Mapping[str, Make] = {} if make is None else make
        self._raw: bytes | None = None
        self._document: Any = None
        self._sections: Mapping[str, _Section] = {}

    def __call__(self, raw: bytes) -> Any:
        """The document of a file. Raises ValueError where it is none, and what makers raise."""
        if raw != self._raw:
            reading = _Reading(raw, self._make, self._sections)
            try:
                document: Any = reading.document()
            except _NotInLinesError:
                document = json.loads(raw)
                if isinstance(document, dict):
                    document = reading.made_of(cast("dict[str, Any]", document))
            self._raw, self._document, self._sections = raw, document, reading.sections
        return self._document


class _Reading:
    """One file being read beside what is known of the one before."""

    def __init__(self, raw: bytes, make: Mapping[str, Make], before: Mapping[str, _Section]) -> None:
        self._raw = raw
        self._make = make
        self._before = before
        self._at = 0
        self.sections: dict[str, _Section] = {}  # those in lines, and by no name the members that are in one

    def document(self) -> dict[str, Any]:
        """Line by line. Raises _NotInLinesError."""
        raw = self._raw
        if not raw.startswith(b"{\n"):
            raise _NotInLinesError
        known, short = _Known(self._before.get("")), list[_Line]()
        document: dict[str, Any] = {}
        self._at, has_more = 2, True
        while has_more:
            at, stop = self._at, self._end_of_line()
            if raw.endswith((b":[", b":{"), at, stop):
                name = _parse(raw[at : stop - 2])
                if not isinstance(name, str):
                    raise _NotInLinesError
                self._at = stop + 1
                document[name] = self._section(name, raw[stop - 1 : stop])
                has_more = raw.startswith(b",", self._at - 2)
            else:
                line, has_more = self._line(known, b"{")
                short.append(line)
                document |= self.made_of(line.made)
        if raw[self._at :] != b"}":
            raise _NotInLinesError
        self.sections[""] = _Section(short)
        return document

    def made_of(self, members: dict[str, Any]) -> dict[str, Any]:
        """Members that are not in lines, with what was made of their rows."""
        for name, make in self._make.items():
            rows = members.get(name)
            if isinstance(rows, list):
                members = {**members, name: (make(cast("list[Any]", rows), 0),) if rows else ()}
        return members

    def _end_of_line(self) -> int:
        """Where the line ends that stands here."""
        stop = self._raw.find(b"\n", self._at)
        if stop < 0:
            raise _NotInLinesError
        return stop

    def _section(self, name: str, opened: bytes) -> Any:
        before = self._before.get(name)
        if before is not None and before.opened != opened:
            before = None
        known, make = _Known(before), self._make.get(name) if opened == b"[" else None
        lines: list[_Line] = []
        rows, has_more = 0, True
        while has_more:
            line, has_more = self._line(known, opened, make, rows)
            lines.append(line)
            rows += line.rows
        closed, at, stop = _CLOSED[opened], self._at, self._end_of_line()
        if self._raw[at:stop] not in (closed, closed + b","):
            raise _NotInLinesError
        self._at = stop + 1
        if before is not None and _are_same(before.lines, lines):
            value = before.value
        else:
            value = _joined(lines, opened, is_made=make is not None)
        self.sections[name] = _Section(lines, opened, value)
        return value

    def _line(self, known: _Known, opened: bytes, make: Make | None = None, rows_before: int = 0) -> tuple[_Line, bool]:
        """(what was made of the line that stands here, now or before, whether a comma says that there are more)."""
        raw, at = self._raw, self._at
        line = known.find(raw, at)
        if line is None:
            stop = self._end_of_line()
            text = raw[at : stop - raw.endswith(b",", at, stop)]
            parsed = _parse(opened + text + _CLOSED[opened])
            if not parsed:
                raise _NotInLinesError
            line = _Line(text, len(parsed), parsed if make is None else make(parsed, rows_before))
        stop = at + len(line.text)
        has_more = raw.startswith(b",", stop)
        self._at = stop + 1 + has_more
        return line, has_more


class _Known:
    """Lines of a section as they were, asked for in an order that is most often theirs."""

    def __init__(self, section: _Section | None) -> None:
        self._lines: Sequence[_Line] = () if section is None else section.lines
        self._next = 0
        self._places: dict[bytes, int] | None = None  # of two lines that begin alike the last

    def find(self, raw: bytes, at: int) -> _Line | None:
        """The one that stands at a place of a file."""
        place: int | None = self._next
        if place == len(self._lines) or not self._lines[place].stands(raw, at):
            if self._places is None:
                self._places = {_beginning(line.text, 0): place for place, line in enumerate(self._lines)}
            place = self._places.get(_beginning(raw, at))
            if place is None or not self._lines[place].stands(raw, at):
                return None
        self._next = place + 1
        return self._lines[place]


def _beginning(raw: bytes, at: int) -> bytes:
    return raw[at : at + _BEGINNING].partition(b"\n")[0].removesuffix(b",")


def _parse(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"))
    except ValueError:
        raise _NotInLinesError from None


def _are_same(one: Sequence[object], other: Sequence[object]) -> bool:
    return len(one) == len(other) and all(map(is_, one, other))


def _joined(lines: Iterable[_Line], opened: bytes, *, is_made: bool) -> Any:
    if is_made:
        return tuple(line.made for line in lines)
    if opened == b"[":
        return [row for line in lines for row in line.made]
    return {name: row for line in lines for name, row in line.made.items()}


class OfParts(Generic[T]):
    """A parser of a document that is not asked again while the parts that it reads are the same objects."""

    def __init__(self, parse: Callable[[Mapping[str, Any]], T], *parts: str) -> None:
        self._parse = parse
        self._parts = parts
        self._last: tuple[Sequence[object], T] | None = None

    def __call__(self, document: Mapping[str, Any]) -> T:
        """What `parse` makes of it, and raises what `parse` raises."""
        if not isinstance(document, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  it comes from a file
            return self._parse(document)
        parts = [document.get(name, _ABSENT) for name in self._parts]
        if self._last is None or not _are_same(self._last[0], parts):
            self._last = parts, self._parse(document)
        return self._last[1]
