"""What settings are made of: sections, shares and times as people write them, time zones, days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from evenkeel.kernel.time import format_duration, parse_duration_s

_QUANTITY: Final = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*(%|ms|s|min|m)?\s*$")
#: Windows begin at the start of a minute, and one service's last day is what is kept at hand.
WINDOW_MIN_S: Final = 60
WINDOW_MAX_S: Final = 86_400
VERDICT_MAX_S: Final = 7 * 86_400
#: Nothing here is longer than a year, and microseconds of more would not fit where they are counted.
SECONDS_MAX: Final = 366 * 86_400

_SCALE: Final = {"%": 0.01, "ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, None: 1.0}


def unit_of(value: object) -> str:
    """ratio or s when a quantity is written with its unit, else empty.

    >>> unit_of("0.1 %"), unit_of("2 s"), unit_of(0.999)
    ('ratio', 's', '')
    """
    found = _QUANTITY.match(str(value))
    unit = found[2] if found else None
    return "" if unit is None else "ratio" if unit == "%" else "s"


def parse_quantity(value: object) -> float:
    """A ratio or a number of seconds as people write it.

    >>> parse_quantity("0.1 %"), parse_quantity("500 ms"), parse_quantity(0.999)
    (0.001, 0.5, 0.999)

    Raises ValueError for anything else.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):  # a whole number of hundreds of digits
            return float(value)
    found = None if isinstance(value, int) else _QUANTITY.match(str(value))
    if found is None:
        msg = f"{value!r} is neither a share nor a time; write e.g. 0.1 %, 99.9 %, 2 s or 500 ms"
        raise ValueError(msg)
    # Through the decimal text: 99.9 % is 0.999, not 0.9990000000000001.
    return float(f"{float(found[1]) * _SCALE[found[2]]:.12g}")


def _time(value: object) -> float:
    seconds = parse_quantity(value)
    if unit_of(value) == "ratio":
        msg = f"{value!r} is no time; write e.g. 2 s or 500 ms"
        raise ValueError(msg)
    return seconds


def _share(value: object) -> float:
    share = parse_quantity(value)
    if unit_of(value) == "s" or share > 1:
        msg = f"{value!r} is no share; write e.g. 5 % or 0.05"
        raise ValueError(msg)
    return share


def _duration(value: object) -> object:
    return parse_duration_s(value.replace(" ", "")) if isinstance(value, str) else value


def _window(seconds: int) -> int:
    if not WINDOW_MIN_S <= seconds <= WINDOW_MAX_S:
        msg = f"{format_duration(seconds)} is no window that is judged; write 1m to 1d"
        raise ValueError(msg)
    return seconds


def _verdict(seconds: int) -> int:
    if not WINDOW_MIN_S <= seconds <= VERDICT_MAX_S:
        msg = f"{format_duration(seconds)} is no window that a verdict is about; write 1m to 1d, of quality to 7d"
        raise ValueError(msg)
    return seconds


def read_switch(value: object) -> object:
    """`on` and `off` where YAML made booleans of them."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value  # YAML reads on and off as these


def read_day(value: object) -> object:
    """The text of a day where YAML made a date of it."""
    return value.isoformat() if isinstance(value, date) else value  # YAML reads 2026-01-01 as a date


def check_day(value: str) -> str:
    """The day; empty for none. Raises ValueError for one that no calendar has."""
    try:
        return value and date.fromisoformat(value).isoformat()
    except ValueError as error:
        msg = f"{value!r} is no day"
        raise ValueError(msg) from error


def check_zone(value: str) -> str:
    """The IANA name. Raises ValueError for one that nobody knows."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"{value!r} is no time zone; write one of the IANA names, e.g. Europe/Berlin"
        raise ValueError(msg) from error
    return value


def _number_or_text(number: Mapping[str, Any], pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [dict(number), {"type": "string", "pattern": pattern}]})


Quantity = Annotated[
    float,
    BeforeValidator(parse_quantity),
    Field(ge=0),
    _number_or_text({"type": "number", "minimum": 0}, _QUANTITY.pattern),
]
Share = Annotated[
    float,
    BeforeValidator(_share),
    Field(ge=0, le=1),
    _number_or_text({"type": "number", "minimum": 0, "maximum": 1}, r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$"),
]
Time = Annotated[
    float,
    BeforeValidator(_time),
    Field(ge=0),
    _number_or_text({"type": "number", "minimum": 0}, r"^\s*[0-9]+(\.[0-9]+)?\s*(ms|s|min|m)?\s*$"),
]
Seconds = Annotated[
    int,
    BeforeValidator(_duration),
    Field(gt=0, le=SECONDS_MAX),
    _number_or_text({"type": "integer", "exclusiveMinimum": 0}, r"^\s*[0-9]+\s*[smhdw]\s*$"),
]
WindowSeconds = Annotated[Seconds, AfterValidator(_window)]
VerdictSeconds = Annotated[Seconds, AfterValidator(_verdict)]
Switch = Literal["off", "on"] | bool
Days = Annotated[int, Field(gt=0, le=36_500)]


class Section(BaseModel):
    """A mapping in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
