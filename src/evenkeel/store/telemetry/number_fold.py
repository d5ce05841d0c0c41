"""Evaluators' numbers of a batch's exchanges, summed in the fold's transaction.

Gateway and application may both tell what one answer was like. Of the exchanges of a request only one counts for each
evaluator: that of the best source, then the last to end, then the first by its id. When a better one comes later, the
other's numbers are taken back, so the sums are those of what is stored, in whatever order it came.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.store.telemetry.feature_rows import read_attributes
from evenkeel.store.telemetry.feature_schema import HAS_NUMBERS_SQL, NUMBER_PREFIX
from evenkeel.store.telemetry.feature_state import NAME_MAX, NUMBERS_MAX, FeatureState
from evenkeel.store.telemetry.insert import rows_as
from evenkeel.store.telemetry.port import ServiceKey

#: Times around a batch within which another exchange of the same request is looked for.
_APART_SQL: Final = "INTERVAL 1 HOUR"
_NAMES: Final = ("series", "at_us", "name", "n", "total", "squares", "positive", "weight_squares")

#: Every exchange that has numbers, those that are believed first.
EXCHANGES_SQL: Final = (
    "SELECT series, environment, service, epoch_us(date_trunc('hour', \"at\")), weight, attributes,"
    " CASE WHEN NOT solo THEN request_id END"
    f' FROM {{rows}} WHERE {HAS_NUMBERS_SQL} ORDER BY source_rank, "at" DESC, event_id'
)

_OPEN_SQL: Final = (
    f"SELECT *, false AS fresh FROM events WHERE {HAS_NUMBERS_SQL} AND NOT solo AND request_id IN"
    f" (SELECT request_id FROM staged WHERE {HAS_NUMBERS_SQL} AND NOT solo)"
    ' AND "at" BETWEEN $low AND $high'
)
_BOUNDS_SQL: Final = (
    f'SELECT min("at") - {_APART_SQL}, max("at") + {_APART_SQL} FROM staged WHERE {HAS_NUMBERS_SQL} AND NOT solo'
)


@dataclass(slots=True)
class NumberChange:
    """Names seen first by a fold; remembered once it has committed."""

    names: dict[ServiceKey, set[str]] = field(default_factory=dict[ServiceKey, set[str]])

    def apply(self, state: FeatureState) -> None:
        """Remember them."""
        for key, found in self.names.items():
            state.names.setdefault(key, set()).update(found)


def sum_numbers(con: Any, state: FeatureState) -> NumberChange:
    """Add the batch's numbers to the sums of its hours and days."""
    change = NumberChange()
    sums: dict[tuple[int, int, str], list[float]] = {}
    low, high = con.execute(_BOUNDS_SQL).fetchall()[0]
    if low is None:
        rows = con.execute(EXCHANGES_SQL.format(rows="staged")).fetchall()
        add_numbers(sums, rows, _Admission(state, change))
    else:
        bounds = {"low": low, "high": high}
        before = f"({_OPEN_SQL})"
        after = f"({_OPEN_SQL} UNION ALL BY NAME SELECT *, true AS fresh FROM staged)"
        admitted = _Admission(state, change)
        add_numbers(sums, con.execute(EXCHANGES_SQL.format(rows=before), bounds).fetchall(), admitted, sign=-1)
        add_numbers(sums, con.execute(EXCHANGES_SQL.format(rows=after), bounds).fetchall(), admitted)
    rows = [(*place, *sums_of) for place, sums_of in sums.items() if any(sums_of)]
    if rows:
        _store(con, rows)
    return change


@dataclass(slots=True)
class _Admission:
    """Which names are summed: those known, and new ones as long as there are not too many."""

    state: FeatureState
    change: NumberChange

    def allows(self, key: ServiceKey, name: str) -> bool:
        """Whether this number is summed."""
        known = self.state.names.get(key, set())
        if name in known:
            return True
        new = self.change.names.setdefault(key, set())
        if name in new:
            return True
        if len(known) + len(new) >= NUMBERS_MAX:
            return False
        new.add(name)
        return True


def add_numbers(
    sums: dict[tuple[int, int, str], list[float]],
    rows: Iterable[Sequence[Any]],
    admitted: _Admission | None = None,
    *,
    sign: int = 1,
) -> None:
    """Add the numbers of `EXCHANGES_SQL`'s rows, by series, hour and name."""
    told: set[tuple[ServiceKey, Any, str]] = set()
    for series, environment, service, hour_us, weight, attributes, request in rows:
        key = ServiceKey(environment, service)
        found = numbers_of(attributes)
        if request is not None:
            evaluators = {(key, request, _evaluator_of(name)) for name, _ in found}
            found = [each for each in found if (key, request, _evaluator_of(each[0])) not in told]
            told |= evaluators
        for name, number in found:
            if admitted is not None and not admitted.allows(key, name):
                continue
            kept = sums.setdefault((series, hour_us, name), [0.0] * 5)
            for place, part in enumerate((1.0, number, number * number, float(number > 0), weight)):
                kept[place] += sign * weight * part


def _evaluator_of(name: str) -> str:
    return name[len(NUMBER_PREFIX) :].partition(".")[0]


def numbers_of(attributes: str) -> list[tuple[str, float]]:
    """The evaluators' numbers among a row's attributes; what is no finite number is none."""
    return [
        (name, float(value))
        for name, value in read_attributes(attributes).items()
        if type(value) in (int, float)
        and name.startswith(NUMBER_PREFIX)
        and name not in _NO_MEASURES
        and "." in name[len(NUMBER_PREFIX) :]
        and len(name) <= NAME_MAX
        and abs(value) < NUMBER_MAX
        and math.isfinite(value)
    ]


#: Signatures of questions: the sum of one is its hashes, which must not outlive their event; that of many says nothing.
_NO_MEASURES: Final = frozenset(f"{NUMBER_PREFIX}questions.{each}" for each in "abcd")

#: Larger ones are no measure of a text, and their squares would be beyond a float in sum.
NUMBER_MAX: Final = 1e100


def _store(con: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in _NAMES[3:])
    with rows_as(con, "number_delta", _NAMES, rows):
        for grain in ("hour", "day"):
            con.execute(
                f"INSERT INTO numbers_{grain} SELECT series, date_trunc('{grain}', make_timestamp(at_us)), name,"
                " sum(n), sum(total), sum(squares), sum(positive), sum(weight_squares) FROM number_delta GROUP BY ALL"
                f" ON CONFLICT DO UPDATE SET {added}"
            )
