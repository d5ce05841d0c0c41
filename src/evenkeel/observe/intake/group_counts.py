"""Counts of groups, for a service whose predictions may not say who belongs to which group (SPEC F-1).

One event holds all groups of a time, so that it is kept or refused as a whole, and sent again, with labels that came
since, takes the place of the former one: of one service, version, time and set of attributes the last event counts.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from evenkeel.kernel.classes import class_name
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, to_us

#: What is counted of a group, by decision and truth; of `positive` and `negative` no truth is known (yet).
COUNTS: Final = ("tp", "fp", "tn", "fn", "positive", "negative")
ATTRIBUTES_MAX: Final = 6
GROUPS_MAX: Final = 400  # of one event, which is one cell of the journal
COUNT_MAX: Final = 1_000_000_000_000
SPAN_MAX_US: Final = 366 * US_PER_DAY
_NAME_MAX: Final = 100


def read_group_counts(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The event that carries the counts as its attributes. Raises InvalidInputError naming what is wrong."""
    start, end = raw.get("from"), raw.get("to", raw.get("at"))
    start_us, end_us = _moment(start, "from"), _moment(end, "to")
    if not 0 < end_us - start_us <= SPAN_MAX_US:
        raise InvalidInputError(
            f"The counts are from {start!r:.40} to {end!r:.40}.", hint="Give a start before an end, at most a year."
        )
    by = _names(raw.get("by"))
    counts = {"start_us": start_us, "attributes": by, "groups": _groups(raw.get("groups"), by)}
    kept = {name: raw[name] for name in ("id", "kind", "service", "environment", "version") if name in raw}
    return {**kept, "at": end, "attributes": {"group_counts": counts}}


def _moment(value: Any, name: str) -> int:
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return int(value * US_PER_SECOND)
        return to_us(datetime.fromisoformat(str(value)))
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"{name} is {value!r:.60}: {str(error)[:100]}.", hint="Write ISO 8601 with a zone, or seconds since 1970."
        ) from None


def _names(given: Any) -> list[str]:
    names = cast("list[Any]", given) if isinstance(given, list) else []
    if not 1 <= len(names) <= ATTRIBUTES_MAX or not all(isinstance(name, str) and len(name) > 0 for name in names):
        raise InvalidInputError(
            f"by is {given!r:.60}.", hint=f'Name 1 to {ATTRIBUTES_MAX} attributes, e.g. "by": ["sex", "age_band"].'
        )
    if len({*names}) < len(names):
        raise InvalidInputError("by names an attribute twice.", hint="Name each once.")
    return [name[:_NAME_MAX] for name in names]


def _groups(given: Any, by: Sequence[str]) -> list[dict[str, Any]]:
    rows = cast("list[Any]", given) if isinstance(given, list) else []
    if not 1 <= len(rows) <= GROUPS_MAX:
        raise InvalidInputError(
            f"groups is {given!r:.40}." if not rows else f"There are {len(rows)} groups.",
            hint=f'Give 1 to {GROUPS_MAX} of them, e.g. "groups": [{{"group": ["f"], "tp": 80, "fn": 20}}].',
        )
    read = [_group(row, by) for row in rows]
    seen: set[tuple[str | None, ...]] = set()
    for row in read:
        if (name := tuple(row["group"])) in seen:
            raise InvalidInputError(f"The group {name!r:.60} stands there twice.", hint="Add its counts up.")
        seen.add(name)
    return read


def _group(row: Any, by: Sequence[str]) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InvalidInputError(f"A group is {row!r:.40}.", hint='Give an object, e.g. {"group": ["f"], "tp": 80}.')
    told = cast("dict[str, Any]", row)
    unknown = next((name for name in told if name not in ("group", *COUNTS)), None)
    if unknown is not None:
        near = difflib.get_close_matches(unknown, COUNTS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(COUNTS)}."
        raise InvalidInputError(f"{unknown[:40]!r} is nothing that is counted of a group.", hint=hint)
    names = told.get("group")
    if not isinstance(names, list) or len(cast("list[Any]", names)) != len(by):
        raise InvalidInputError(
            f"group is {names!r:.60}.", hint=f"Give a list with one name for each of {', '.join(by)}."
        )
    found: dict[str, Any] = {"group": [_group_name(name) for name in cast("list[Any]", names)]}
    return found | {name: n for name in COUNTS if (n := _count(told.get(name, 0), name))}


def _group_name(given: Any) -> str | None:
    """None, or nothing at all, is a group that nobody stated."""
    if isinstance(given, dict | list):
        raise InvalidInputError(f"A group's name is {given!r:.40}.", hint="Give text, or null where it is not stated.")
    return (class_name(given) or "").strip()[:_NAME_MAX] or None


def _count(given: Any, name: str) -> int:
    is_count = isinstance(given, int | float) and not isinstance(given, bool)
    if not is_count or not 0 <= given <= COUNT_MAX or given != int(given):
        raise InvalidInputError(f"{name} is {given!r:.40}.", hint="Give a whole number of rows, from 0.")
    return int(given)
