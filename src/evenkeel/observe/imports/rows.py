"""Rows of CSV, JSONL, Parquet and Arrow files, a piece at a time, each with its number and place."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.events import jsontext

FORMATS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".arrow": "arrow"}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row, or why it could not be read; `done` is the share of the file read so far."""

    number: int  # as a person counts lines
    values: Mapping[str, Any] | None
    problem: str = ""
    done: float = 0.0
    has_all_columns: bool = True  # every row of the file names the same columns


def read_rows(path: Path) -> Iterator[SourceRow]:
    """Every row of a file. Raises InvalidInputError for a file that cannot be read at all."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise InvalidInputError(f"{path.name} ends in no format known here.", hint=f"Known are {', '.join(FORMATS)}.")
    if kind == "csv":
        return _read_csv(path)
    if kind == "jsonl":
        return _read_jsonl(path)
    return _read_columnar(path, kind)


def _read_csv(path: Path) -> Iterator[SourceRow]:
    size = max(1, path.stat().st_size)
    with path.open("rb") as binary:
        # Bytes that are not UTF-8 become lone surrogates, which no file can say otherwise.
        file = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="")
        reader = csv.reader(file)
        header = _header(path, reader)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:  # a cell without an end, mostly; the reader goes on after it
                yield SourceRow(reader.line_num, None, str(error), min(1.0, binary.tell() / size))
                continue
            if cells:
                yield _csv_row(header, cells, reader.line_num, min(1.0, binary.tell() / size))


def _header(path: Path, reader: Iterator[list[str]]) -> list[str]:
    try:
        header = next(reader, None)
    except csv.Error as error:
        raise InvalidInputError(
            f"{path.name} is no CSV: {error}.", hint="Its first line must name the columns."
        ) from None
    if not header:
        raise InvalidInputError(f"{path.name} has no header line.", hint="Its first line must name the columns.")
    if not all(map(_is_text, header)):
        raise InvalidInputError(f"{path.name} is not UTF-8.", hint="Convert it, e.g. with `iconv -t utf-8`.")
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise InvalidInputError(f"{path.name} names column {twice[0]!r} twice.", hint="Rename one of them.")
    return header


def _csv_row(header: list[str], cells: list[str], number: int, done: float) -> SourceRow:
    if len(cells) != len(header):
        return SourceRow(number, None, f"{len(cells)} cells where the header has {len(header)}", done)
    spoilt = next((name for name, cell in zip(header, cells, strict=True) if not _is_text(cell)), None)
    if spoilt is not None:
        return SourceRow(number, None, f"{spoilt} is not UTF-8", done)
    return SourceRow(number, dict(zip(header, cells, strict=True)), "", done)


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in cell)


def _read_jsonl(path: Path) -> Iterator[SourceRow]:
    size, read = max(1, path.stat().st_size), 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            read += len(line)
            if not line.strip():
                continue
            try:
                values = jsontext.load(line)
            except ValueError as error:
                yield SourceRow(number, None, f"not JSON: {error}", read / size)
                continue
            if not isinstance(values, dict):
                yield SourceRow(number, None, "not a JSON object", read / size)
                continue
            yield SourceRow(number, values, "", read / size, has_all_columns=False)  # pyright: ignore[reportUnknownArgumentType] JSON


def _read_columnar(path: Path, kind: str) -> Iterator[SourceRow]:
    from arro3.io import read_ipc, read_parquet  # an engine of its own: only who imports such files loads it

    if kind == "parquet" and not _is_whole_parquet(path):
        raise _unreadable(path, kind, "it does not begin and end as such a file does")
    try:
        with _CountedFile(path) as file:
            yield from _batch_rows(read_parquet(file) if kind == "parquet" else read_ipc(file), file)
    except BaseException as error:
        # arro3 raises plain Exception, and where it should not, panics, which is no Exception at all.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _unreadable(path, kind, str(error)) from error
        raise


def _batch_rows(batches: Iterable[Any], file: _CountedFile) -> Iterator[SourceRow]:
    """The rows of record batches; how far a row is rises through what was read for its batch."""
    number, done = 0, 0.0
    for batch in batches:
        names: list[str] = batch.schema.names
        columns: list[list[Any]] = [batch.column(name).to_pylist() for name in names]
        step = max(0.0, file.done - done) / max(1, batch.num_rows)  # one batch may be the whole file
        for cells in zip(*columns, strict=True):
            number, done = number + 1, done + step
            yield SourceRow(number, dict(zip(names, cells, strict=True)), "", min(1.0, done))


class _CountedFile(io.FileIO):
    """A file that knows how much of it was read; those who read it in columns jump to and fro."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self._size = max(1, path.stat().st_size)
        self._read = 0

    @property
    def done(self) -> float:
        """The share that was read; what is read twice counts twice."""
        return min(1.0, self._read / self._size)

    def read(self, size: int | None = -1, /) -> bytes:
        """What FileIO reads, counted."""
        found = super().read(-1 if size is None else size) or b""
        self._read += len(found)
        return found


def _is_whole_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        begins = file.read(4)
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 4))
        return size > 8 and begins == file.read() == b"PAR1"


def _unreadable(path: Path, kind: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"{path.name} cannot be read as {kind}: {why[:300]}.", hint="Is the file whole?")
