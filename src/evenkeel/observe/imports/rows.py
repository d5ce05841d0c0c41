"""Rows of CSV, JSONL, Parquet and Arrow files, a piece at a time, each with its number and place."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from evenkeel.kernel.errors import InvalidInputError

FORMATS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".arrow": "arrow"}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row, or why it could not be read; `done` is the share of the file read so far."""

    number: int  # as a person counts lines
    values: Mapping[str, Any] | None
    problem: str = ""
    done: float = 0.0


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
        file = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")
        reader = csv.reader(file)
        header = next(reader, None)
        if not header:
            raise InvalidInputError(f"{path.name} has no header line.", hint="Its first line must name the columns.")
        for cells in reader:
            if not cells:
                continue
            done = min(1.0, binary.tell() / size)
            if len(cells) != len(header):
                problem = f"{len(cells)} cells where the header has {len(header)}"
                yield SourceRow(reader.line_num, None, problem, done)
            else:
                yield SourceRow(reader.line_num, dict(zip(header, cells, strict=True)), "", done)


def _read_jsonl(path: Path) -> Iterator[SourceRow]:
    size, read = max(1, path.stat().st_size), 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            read += len(line)
            if not line.strip():
                continue
            try:
                values = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                yield SourceRow(number, None, f"not JSON: {error}", read / size)
                continue
            if not isinstance(values, dict):
                yield SourceRow(number, None, "not a JSON object", read / size)
                continue
            yield SourceRow(number, values, "", read / size)  # pyright: ignore[reportUnknownArgumentType] JSON


def _read_columnar(path: Path, kind: str) -> Iterator[SourceRow]:
    from arro3.io import read_ipc, read_parquet  # an engine of its own: only who imports such files loads it

    try:
        reader = read_parquet(path) if kind == "parquet" else read_ipc(path)
        number = 0
        for batch in reader:
            names: list[str] = batch.schema.names
            piece: Any = batch  # its stubs promise numpy arrays where it gives lists
            columns: list[list[Any]] = [piece.column(name).to_pylist() for name in names]
            for cells in zip(*columns, strict=True):
                number += 1
                yield SourceRow(number, dict(zip(names, cells, strict=True)))
    except Exception as error:
        raise InvalidInputError(f"{path.name} cannot be read as {kind}: {error}.", hint="Is the file whole?") from error
