"""Counts by group from columns: one pass, whatever the number of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.fairness.model import GROUPS_MAX, NOT_STATED, Group, GroupCounts, GroupTable
from evenkeel.kernel.classes import class_name
from evenkeel.kernel.errors import InvalidInputError

#: What an answer may be; anything else that is not missing is refused, because a guess would hide a mistake.
_NO, _YES, _MISSING = 0, 1, 2
_CELLS: Final = 9

Column = Sequence[object] | NDArray[Any]


def count_groups(attributes: Mapping[str, Column], predicted: Column, truth: Column | None = None) -> GroupTable:
    """Counts of all groups of `attributes`, which are columns as long as `predicted` and `truth`.

    `predicted` and `truth` hold 0 and 1, or False and True; None and not-a-number are missing. A missing truth is one
    that has not come (yet); a row without a prediction is counted as unusable. A missing group is `NOT_STATED`. Values
    of groups are named by `class_name`: booleans are 1 and 0, a whole float has no `.0`.

    Raises InvalidInputError for columns of different lengths, other answers, or more groups than are counted.

    >>> table = count_groups({"sex": ["f", "f", "m", None]}, [1, 0, 1, 1], [1, 1, 0, None])
    >>> table.counts[("f",)]
    GroupCounts(tp=1, fp=0, tn=0, fn=1, positive=0, negative=0)
    >>> sorted(table.counts)
    [('(not stated)',), ('f',), ('m',)]
    """
    given = _answers(predicted, "prediction")
    true = np.full(given.size, _MISSING, dtype=np.int64) if truth is None else _answers(truth, "truth")
    _check_lengths({**attributes, "truth": true}, given.size)
    names, codes = [()], np.zeros(given.size, dtype=np.int64)
    for attribute, column in attributes.items():
        values, each = _encoded(column)
        names = _crossed(names, values, attribute)
        codes = codes * len(values) + each
    cells = np.bincount(codes * _CELLS + given * 3 + true, minlength=len(names) * _CELLS).reshape(len(names), _CELLS)
    counts = {name: _counts(row) for name, row in zip(names, cells.tolist(), strict=True) if any(row[: 2 * 3])}
    return GroupTable(tuple(attributes), counts, int(cells[:, 2 * 3 :].sum()))


def _counts(row: Sequence[int]) -> GroupCounts:
    """A row's cells are prediction × 3 + truth."""
    tn, fn, negative, fp, tp, positive = row[: 2 * 3]
    return GroupCounts(tp=tp, fp=fp, tn=tn, fn=fn, positive=positive, negative=negative)


def _check_lengths(columns: Mapping[str, Column], rows: int) -> None:
    for name, column in columns.items():
        if len(column) != rows:
            raise InvalidInputError(
                f"The column {name} has {len(column):,} rows, the predictions have {rows:,}.",
                hint="Give columns of the same rows.",
                column=name,
            )


def _crossed(names: list[Group], values: list[str], attribute: str) -> list[Group]:
    if len(names) * len(values) > GROUPS_MAX:
        raise InvalidInputError(
            f"{attribute} has {len(values):,} values, which makes {len(names) * len(values):,} groups; at most"
            f" {GROUPS_MAX:,} are counted.",
            hint="Join values into fewer groups, or cross fewer attributes.",
            attribute=attribute,
        )
    return [(*name, value) for name in names for value in values]


def _encoded(column: Column) -> tuple[list[str], NDArray[np.int64]]:
    """Names of the values, and the number of each row's name."""
    if isinstance(column, np.ndarray) and column.dtype.kind in "biu" and _are_small(column):
        codes = column.astype(np.int64)
        present = np.flatnonzero(np.bincount(codes))
        numbers = np.zeros(present.max() + 1, dtype=np.int64)
        numbers[present] = np.arange(present.size)
        return [_name(column.dtype.type(value).item()) for value in present], numbers[codes]
    # A dictionary beats sorting by far where few values repeat, which is what groups are.
    values: Sequence[object] = column.tolist() if isinstance(column, np.ndarray) else column
    fresh: Iterator[int] = count()
    known: defaultdict[object, int] = defaultdict(lambda: next(fresh))
    try:
        codes = np.fromiter(map(known.__getitem__, values), dtype=np.int64, count=len(values))
    except TypeError as error:
        raise InvalidInputError(
            f"A group is a list or the like ({error}).", hint="Give each row one text or number, or nothing."
        ) from error
    return _joined([_name(value) for value in known], codes)


def _are_small(column: NDArray[Any]) -> bool:
    return column.size > 0 and int(column.min()) >= 0 and int(column.max()) < GROUPS_MAX


def _joined(names: list[str], codes: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
    """Values that are written the same are one group: 1 and 1.0, all that is missing."""
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    again = np.array([places[name] for name in names], dtype=np.int64)
    return list(places), again[codes] if names else codes


def _name(value: object) -> str:
    if value is None or value != value:
        return NOT_STATED
    return (class_name(value) or "").strip() or NOT_STATED


def _answers(column: Column, what: str) -> NDArray[np.int64]:
    """0, 1 or missing, of booleans, numbers, and lists that may hold None."""
    try:
        array = np.asarray(column)
    except ValueError as error:
        raise InvalidInputError(
            f"The {what} is no column.", hint="Give one value for each row.", column=what
        ) from error
    if array.dtype.kind == "O":
        missing = np.fromiter((value is None for value in array), dtype=bool, count=array.size)
        array = _numbers([np.nan if gone else value for gone, value in zip(missing, array, strict=True)], what)
    if array.dtype.kind not in "biuf":
        raise _not_an_answer(what, array.flat[0])
    if array.ndim != 1:
        raise InvalidInputError(f"The {what} has {array.ndim} dimensions.", hint="Give one column.", column=what)
    missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(array.shape, dtype=bool)
    wrong = (array != 0) & (array != 1) & ~missing
    if wrong.any():
        raise _not_an_answer(what, array[wrong][0])
    return np.where(missing, _MISSING, array == 1).astype(np.int64)


def _numbers(values: list[object], what: str) -> NDArray[Any]:
    for value in values:
        if not isinstance(value, bool | int | float | np.bool_ | np.number):
            raise _not_an_answer(what, value)
    return np.array(values, dtype=float)


def _not_an_answer(what: str, value: object) -> InvalidInputError:
    return InvalidInputError(
        f"The {what} {value!r} is neither 0 nor 1.",
        hint="Give 0 and 1, False and True, or nothing; compare a score with its threshold first.",
        column=what,
    )
