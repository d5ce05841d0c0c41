"""What a class or a group is called, whatever type its column has.

A column that lacks some values turns from whole numbers to floats, one that was written to a file and read again from
booleans to texts. What is the same must keep its name, or predictions and what was true of them do not meet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

#: Booleans, as Python and JSON write them where a column is text.
_TRUTHS: Final[Mapping[str, str]] = {"True": "1", "true": "1", "False": "0", "false": "0"}
#: Beyond this the text of a float is shorter than all its digits.
_WHOLE_MAX: Final = 1e38

#: `class_name` in the SQL of the telemetry store, of a label and of a number, which are NULL where nothing is given.
LABEL_SQL: Final = (
    "CASE WHEN {label} IN (" + ", ".join(f"'{word}'" for word, name in _TRUTHS.items() if name == "1") + ") THEN '1'"
    " WHEN {label} IN (" + ", ".join(f"'{word}'" for word, name in _TRUTHS.items() if name == "0") + ") THEN '0'"
    " ELSE {label} END"
)
NUMBER_SQL: Final = (
    "CASE WHEN {number} = round({number}) AND abs({number}) < 1e38"
    " THEN CAST(CAST({number} AS HUGEINT) AS VARCHAR) ELSE CAST({number} AS VARCHAR) END"
)


def class_name(value: object) -> str | None:
    """The name of a class; None where nothing is given.

    Booleans are 1 and 0, also as they are written in text; a whole float is named as the whole number is.

    >>> [class_name(value) for value in (True, "true", 1, 1.0, "1", 0.5, float("nan"))]
    ['1', '1', '1', '1', '1', '0.5', None]
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _TRUTHS.get(value, value)
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return None if math.isnan(value) else number_name(value)
    return _TRUTHS.get(str(value), str(value))


def number_name(value: float) -> str:
    """A number in words, so that equal numbers have one name.

    >>> number_name(3.0), number_name(-0.0), number_name(2.5)
    ('3', '0', '2.5')
    """
    if value.is_integer() and abs(value) < _WHOLE_MAX:
        return str(int(value))
    return repr(value)
