"""Files of Parquet, CSV and JSON lines as tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.arrays import SUFFIX as ARRAY
from evenkeel.library.engine import EngineTable, new_engine

#: How each is read. A CSV is sorted out once, into columns on disk: to parse it anew for each column costs more.
_READERS: Final[Mapping[str, str]] = {
    ".parquet": "read_parquet", ".pq": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv",
    ".jsonl": "read_json", ".ndjson": "read_json", ".json": "read_json",
}  # fmt: skip
_SEPARATORS: Final = (",", ";", "\t", "|")
_COMPRESSED: Final = (".gz", ".zst")


def open_file(path: Path) -> EngineTable:
    """The table in a file. Raises InvalidInputError for one that is not there, of no known kind, or spoiled."""
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}.", hint="Give the path of one.", seen=str(path))
    suffixes = [each.lower() for each in path.suffixes if each.lower() not in _COMPRESSED]
    reader = _READERS.get(suffixes[-1] if suffixes else "")
    if reader is None:
        known = ", ".join(sorted((*_READERS, ARRAY)))
        raise InvalidInputError(f"{path.name} is of no known kind.", hint=f"Known are {known}.", seen=path.suffix)
    engine = new_engine()
    try:
        relation: Any = getattr(engine, reader)(str(path))
        if reader != "read_parquet":
            relation.create("file")
            relation = engine.table("file")
        if reader == "read_csv":
            _refuse_one_of_many(path, relation.columns)
        return EngineTable(engine, relation, is_written=reader == "read_csv")
    except duckdb.Error as error:
        message = f"{path.name} cannot be read: {str(error).splitlines()[0]}"
        raise InvalidInputError(message, hint="Look whether it is whole.", seen=path.name) from error


def _refuse_one_of_many(path: Path, columns: list[str]) -> None:
    """Raises InvalidInputError where the engine took lines for one column, as some have fewer values than the first."""
    if not path.stat().st_size:
        raise InvalidInputError(f"{path.name} is empty.", hint="Give a table with a column or more.", seen=path.name)
    if len(columns) == 1 and any(mark in columns[0] for mark in _SEPARATORS):
        message = f"{path.name} cannot be read: not every line has as many values as the first, {columns[0][:60]!r}."
        raise InvalidInputError(message, hint="Look for lines that are cut off.", seen=path.name)
