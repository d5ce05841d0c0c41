"""A column's values sorted out: numbers or levels, and what is neither."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from numbers import Number
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.classes import number_name
from evenkeel.kernel.profile.model import Apart, Floats, Kind
from evenkeel.kernel.profile.ranks import Ranks, Sorted, rank_numbers

#: A column as people have it: a list with None where nothing was given, or an array of numpy.
Values = Sequence[object] | NDArray[Any]

#: What other libraries call "nothing was given".
_MISSING_TYPES: Final = frozenset({"NoneType", "NAType", "NaTType"})

_TRUTHS: Final[Mapping[str, str]] = {"true": "true", "false": "false", "1": "true", "0": "false"}
_EPOCH: Final = np.datetime64(0, "us")
_US_PER_S: Final = 1e6


@dataclass(frozen=True)
class Column:
    """One of `ranks` (finite numbers) and `levels` (rows of each) holds what can be compared."""

    kind: Kind
    ranks: Ranks
    levels: Mapping[str, int]
    apart: Apart

    @property
    def numbers(self) -> Floats:
        """All numbers in order of size: of many it costs more than to ask for some by rank."""
        return self.ranks.ordered

    @property
    def present(self) -> int:
        """Rows with a value that can be compared."""
        return self.ranks.size + sum(self.levels.values())


def read_column(values: Values, kind: Kind | None = None) -> Column:
    """The column as a `kind`; where none is given, as what most of its values are.

    Numbers are int, float, Decimal and numpy's; a category's level is the text of its value. What is of another type is
    counted as `mistyped`, nothing is dropped.

    >>> column = read_column([3, 1.5, None, float("nan"), float("inf"), "word"])
    >>> column.kind.value, column.numbers.tolist(), column.apart
    ('numeric', [1.5, 3.0], Apart(missing=1, nan=1, above=1, below=0, mistyped=1))
    """
    if isinstance(values, np.ndarray) and values.ndim != 1:
        values = values.ravel()
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiuM":
        return _read_array(values, kind)
    listed = cast("Iterable[object]", values.tolist() if isinstance(values, np.ndarray) else values)
    tally = _tally(listed)
    return _read_tally(tally, kind or _prevailing(tally))


def read_levels(levels: Mapping[str, int], kind: Kind = Kind.CATEGORICAL, *, missing: int = 0) -> Column:
    """A column of which only the rows of each level are known, as `GROUP BY` gives them.

    >>> read_levels({"de": 3, "en": 0}).levels
    {'de': 3}
    """
    some = {name: rows for name, rows in levels.items() if rows > 0}
    return Column(kind, Sorted(np.empty(0)), some, Apart(missing))


def _read_array(values: NDArray[Any], kind: Kind | None) -> Column:
    """A typed array: no look at single values is needed."""
    own = Kind.DATETIME if values.dtype.kind == "M" else Kind.NUMERIC
    if kind is not None and kind is not own:
        return _read_tally(_tally(values.tolist()), kind)
    if own is Kind.DATETIME:
        given = values[~np.isnat(values)]
        numbers = (given.astype("datetime64[us]") - _EPOCH).astype(np.int64) / _US_PER_S
        return Column(own, rank_numbers(numbers), {}, Apart(missing=int(values.size - given.size)))
    numbers = values.astype(np.float64, copy=False)
    if not numbers.size or np.isfinite([numbers.min(), numbers.max()]).all():  # NaN is the least and the largest of all
        return Column(own, rank_numbers(numbers), {}, Apart())
    apart = Apart(
        nan=int(np.count_nonzero(np.isnan(numbers))),
        above=int(np.count_nonzero(numbers == np.inf)),
        below=int(np.count_nonzero(numbers == -np.inf)),
    )
    return Column(own, rank_numbers(numbers[np.isfinite(numbers)]), {}, apart)


def _tally(values: Iterable[object]) -> Counter[tuple[type, object]]:
    """Rows of each value; 1, 1.0 and True are three, and what has no hash is one of its type."""
    listed = list(values)
    try:
        by_type = Counter(zip(map(type, listed), listed, strict=True))
    except TypeError:
        by_type = Counter((type(value), value if _has_hash(value) else None) for value in listed)
    return cast("Counter[tuple[type, object]]", by_type)


def _has_hash(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _prevailing(tally: Counter[tuple[type, object]]) -> Kind:
    """What most values are; text where they are as many."""
    rows: Counter[Kind] = Counter({Kind.CATEGORICAL: 0})
    for (kind, value), count in tally.items():
        if kind.__name__ in _MISSING_TYPES:
            continue
        if _is_truth(kind):
            rows[Kind.BOOLEAN] += count
        elif issubclass(kind, Number) and not isinstance(value, complex):
            rows[Kind.NUMERIC] += count
        elif issubclass(kind, date | np.datetime64):
            rows[Kind.DATETIME] += count
        else:
            rows[Kind.CATEGORICAL] += count
    if not sum(rows.values()):
        return Kind.NUMERIC
    return max(rows, key=lambda found: rows[found])


def _read_tally(tally: Counter[tuple[type, object]], kind: Kind) -> Column:
    read: Callable[[type, object], float | str | None] = _READERS[kind]
    numbers: list[float] = []
    repeats: list[int] = []
    levels: Counter[str] = Counter()
    missing = nan = above = below = mistyped = 0
    for (of, value), rows in tally.items():
        if of.__name__ in _MISSING_TYPES:
            missing += rows
            continue
        found = read(of, value)
        if found is None:
            mistyped += rows
        elif isinstance(found, str):
            levels[found] += rows
        elif math.isnan(found):
            nan += rows
        elif math.isinf(found):
            above, below = (above + rows, below) if found > 0 else (above, below + rows)
        else:
            numbers.append(found)
            repeats.append(rows)
    ordered = np.sort(np.repeat(np.asarray(numbers, dtype=float), repeats)) if numbers else np.empty(0)
    return Column(kind, Sorted(ordered), dict(levels), Apart(missing, nan, above, below, mistyped))


def _is_truth(of: type) -> bool:
    return issubclass(of, bool | np.bool_)


def _as_number(of: type, value: object) -> float | None:
    if not issubclass(of, Number) or _is_truth(of) or isinstance(value, complex):
        return None
    try:
        return float(cast("float", value))
    except (OverflowError, ValueError, TypeError):  # a whole number beyond what a float holds, a signalling Decimal
        return None


def _as_seconds(of: type, value: object) -> float | None:
    if issubclass(of, np.datetime64):
        moment = cast("np.datetime64", value)
        if np.isnat(moment):
            return math.nan
        return int((moment.astype("datetime64[us]") - _EPOCH).astype(np.int64)) / _US_PER_S
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    return None


def _as_level(of: type, value: object) -> float | str | None:
    """The level's name; a whole float is named as the whole number: a gap in a column turns one into the other."""
    if isinstance(value, str):
        return str(value)
    if _is_truth(of):  # not 1 and 0 as of classes: grids that were kept have these names, and nothing is joined by them
        return "true" if value else "false"
    number = _as_number(of, value)
    if number is None or not math.isfinite(number):
        return number
    if isinstance(value, int) or not number.is_integer():
        return str(value)
    return number_name(number)


def _as_truth(of: type, value: object) -> float | str | None:
    level = _as_level(of, value)
    return _TRUTHS.get(level.strip().lower()) if isinstance(level, str) else level


_READERS: Final[Mapping[Kind, Callable[[type, object], float | str | None]]] = {
    Kind.NUMERIC: _as_number,
    Kind.DATETIME: _as_seconds,
    Kind.CATEGORICAL: _as_level,
    Kind.BOOLEAN: _as_truth,
    Kind.EMBEDDING: lambda _of, _value: None,  # one value is no vector
}
