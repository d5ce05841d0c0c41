"""A table of counts of groups, for who may not say who belongs to which group: a row is a group of a time (SPEC F-1).

Rows of one service, version and time become one event, read as the live door reads it: kept or refused as a whole.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.events.context import EventContext
from evenkeel.observe.imports.rows import read_rows
from evenkeel.observe.imports.run import PROBLEMS_KEPT, ImportResult

#: Rows of a table: more are no counts of groups, but people.
ROWS_MAX: Final = 200_000
_WHOSE: Final = ("service", "environment", "version", "from", "to")
_NEEDED: Final = ("from", "to")


@dataclass(frozen=True, slots=True)
class CountsOrder:
    """Which table, the columns that name its groups, and what is said for every row; that wins."""

    source: Path
    by: tuple[str, ...]
    constants: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Told(Protocol):
    """What the live door reads out of a body."""

    @property
    def batch(self) -> EventBatch:
        """The events."""
        ...

    @property
    def rejected(self) -> Sequence[Mapping[str, Any]]:
        """What is no event, with a message each."""
        ...


@dataclass(frozen=True, slots=True)
class CountsDoor:
    """The live door: how it reads a body, and what it counts of a group."""

    read: Callable[[bytes, str, EventContext], Told]
    counts: tuple[str, ...]


def run_counts_import(
    order: CountsOrder, door: CountsDoor, context: EventContext, write: Callable[[EventBatch], None]
) -> ImportResult:
    """Read the table, hand an event per service, version and time to `write`, report; the same again adds nothing.

    Raises InvalidInputError for a table that cannot be used at all; what is wrong of one time is left out and named.
    """
    result = ImportResult()
    for name, told in _events(order, door.counts).items():
        text = json.dumps(told, sort_keys=True)
        body = {**told, "id": f"{order.source.suffix}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"}
        found = door.read(json.dumps(body).encode(), "application/json", context)
        if found.rejected:
            result.rejected += 1
            if len(result.problems) < PROBLEMS_KEPT:
                whose = " ".join(str(part) for part in name if part)
                result.problems.append(f"{order.source.name}: {whose}: {found.rejected[0]['message']}")
            continue
        at: int = found.batch.row(0)["at"]
        result.events += 1
        result.written += 1
        result.first_at_us = min(at, result.first_at_us or at)
        result.last_at_us = max(at, result.last_at_us or at)
        write(found.batch)
    return result


def _events(order: CountsOrder, counted: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What would have been sent, by whose and when it is."""
    made: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in read_rows(order.source):
        place = f"{order.source.name}:{row.number}"
        if row.values is None:
            raise InvalidInputError(f"{place} cannot be read: {row.problem}.", hint="Counts are taken as a whole.")
        if row.number > ROWS_MAX:
            raise InvalidInputError(f"{order.source.name} has more than {ROWS_MAX:,} rows.", hint="Add them up first.")
        _check_columns(place, row.values, order, counted)
        told = {name: _plain(place, name, row.values[name]) for name in (*_WHOSE, *order.by) if name in row.values}
        whose = {name: told[name] for name in _WHOSE if told.get(name) is not None}
        whose |= order.constants
        name = tuple(whose.get(each) for each in _WHOSE)
        event = made.setdefault(name, {**whose, "kind": "group_counts", "by": list(order.by), "groups": []})
        counts = {each: _number(place, each, row.values.get(each)) for each in counted if each in row.values}
        event["groups"].append({"group": [told[each] for each in order.by], **counts})
    return made


def _check_columns(place: str, values: Mapping[str, Any], order: CountsOrder, counted: Sequence[str]) -> None:
    missing = [name for name in (*order.by, *_NEEDED) if name not in values and name not in order.constants]
    if missing:
        raise InvalidInputError(f"{place} has no column {missing[0]!r}.", hint=f"There are {', '.join(values)[:300]}.")
    if not any(name in values for name in counted):
        raise InvalidInputError(
            f"{place} counts nothing.",
            hint=f"Columns are {', '.join(counted)}; positive and negative where no truth is known.",
        )


def _plain(place: str, name: str, value: Any) -> Any:
    """What a cell says, as JSON has it; None where it says nothing."""
    if isinstance(value, (list, dict, bytes)):
        raise InvalidInputError(f"{place}: {name} is {value!r:.40}.", hint="Give one name, number or time.")
    if value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if value is None or isinstance(value, (str, int, float)):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _number(place: str, name: str, value: Any) -> Any:
    """A number of a cell; the live door says whether it is a count."""
    if value is None or value == "":
        return 0
    if isinstance(value, (int, float)) and math.isfinite(value):
        return value
    try:
        return int(value) if isinstance(value, str) else _whole(value)
    except (ArithmeticError, ValueError):
        raise InvalidInputError(f"{place}: {name} is {value!r:.40}.", hint="Give a whole number of rows.") from None


def _whole(value: object) -> int:
    """Of the decimals that columnar files hold. Raises ValueError or ArithmeticError for what is no whole number."""
    if not isinstance(value, Decimal) or value != int(value):
        raise ValueError
    return int(value)
