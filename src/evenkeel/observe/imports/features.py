"""What a prediction of a file was made of: features, as the live door keeps them (SPEC D-1)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from evenkeel.kernel.errors import InvalidInputError

FEATURE: Final = "feature."
#: Characters that are kept of a text, as of a segment.
TEXT_MAX: Final = 256
_BOOLEANS: Final = {"true": True, "false": False}


def read_features(values: Mapping[str, Any], named: Mapping[str, str]) -> dict[str, Any]:
    """The features of a row as attributes, by `named` (ours: theirs); what a row does not state is left out: missing.

    A text that reads as a number is one: files of text have no other. Raises InvalidInputError for lists and objects.

    >>> read_features({"dti": "0.4", "home": "rent", "age": ""}, {"dti": "dti", "home": "home", "age": "age"})
    {'feature.dti': 0.4, 'feature.home': 'rent'}
    """
    found = {name: _value(values.get(theirs), theirs) for name, theirs in named.items()}
    return {f"{FEATURE}{name}": value for name, value in found.items() if value is not None}


def _value(value: Any, column: str) -> bool | float | str | None:
    if isinstance(value, str):
        return _read(value.strip())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, date):  # a datetime is one as well
        return value.isoformat()
    try:  # decimals and the numbers of other libraries
        return _value(float(value), column)
    except (TypeError, ValueError, OverflowError):
        hint = "A list of numbers is mapped as `embedding`."
        raise InvalidInputError(f"The feature {column} is {value!r:.40}, no number and no text.", hint=hint) from None


def _read(text: str) -> bool | float | str | None:
    known = _BOOLEANS.get(text.lower())
    if known is not None:
        return known
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        return text[:TEXT_MAX] or None
    if math.isfinite(number):
        return int(number) if number.is_integer() and text.lstrip("+-").isdigit() else number
    return None if text.lower() in ("nan", "inf", "-inf", "+inf", "infinity", "-infinity") else text[:TEXT_MAX]
