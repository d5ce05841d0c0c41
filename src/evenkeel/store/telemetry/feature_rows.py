"""Predictions read into what their features are counted from; no engine and no clock.

Counted are predictions that carry a feature at all: of one that carries none nobody knows whether it had any, or
whether they were taken out when a person was erased. Rows are counted, not their weights: tests need rows that are
drawn one by one, and a sample of a service's predictions looks like all of them. A sampling that is changed for some
predictions and not for others looks like drift. Numbers of embeddings are counted of what carries any embedding, be it
a prediction or a request.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, cast

import msgspec
import numpy as np

from evenkeel.kernel.embedding import EMBEDDING
from evenkeel.kernel.profile.column import Column, read_column
from evenkeel.kernel.profile.count import count_column
from evenkeel.kernel.profile.model import Counts, Grid, Kind
from evenkeel.store.telemetry.feature_schema import EMBEDDING_PREFIX, FEATURE_PREFIX, LABEL, SCORE

#: What a prediction is read from.
READ_SQL: Final = (
    f"caller, CASE WHEN NOT contains(coalesce(attributes, ''), '\"{FEATURE_PREFIX}') THEN 0"
    " WHEN kind = 'prediction' THEN 1 ELSE 2 END, attributes,"
    " CASE WHEN kind = 'prediction' THEN label END, CASE WHEN kind = 'prediction' THEN value END,"
    " CASE WHEN kind = 'prediction' THEN value_kind END"
)
#: What the second column of it says.
_OF_PREDICTION: Final = 1
#: The same with its place, of events or staged rows.
ROW_SQL: Final = f"series, epoch_us(date_trunc('hour', \"at\")), {READ_SQL}"

Values = Sequence[Any]
_NUMBERS: Final = frozenset({int, float})
_COMPARABLE: Final = frozenset({int, float, str, bool})
_decode: Final = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Rows:
    """Predictions of one series and hour: a mapping each, and whose it was."""

    documents: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    callers: list[int | None] = field(default_factory=list[int | None])

    def add(self, document: dict[str, Any], caller: int | None) -> None:
        """One more."""
        self.documents.append(document)
        self.callers.append(caller)

    def values(self, name: str) -> list[Any]:
        """A column; None where it is absent."""
        return [document.get(name) for document in self.documents]


@dataclass(slots=True)
class Group:
    """Predictions of one series and hour: what they were made of, and what was predicted."""

    features: Rows = field(default_factory=Rows)
    predicted: Rows = field(default_factory=Rows)
    embedded: Rows = field(default_factory=Rows)

    def rows_of(self, feature: str) -> tuple[Rows, str]:
        """The rows that may have a feature, and its name in them."""
        if feature in (LABEL, SCORE):
            return self.predicted, feature
        if feature.startswith(EMBEDDING):
            return self.embedded, FEATURE_PREFIX + feature
        return self.features, FEATURE_PREFIX + feature

    def present(self) -> dict[str, int]:
        """By feature, how many rows have a value of it that could be compared."""
        found: Counter[str] = Counter()
        for feature in self.feature_names():
            rows, name = self.rows_of(feature)
            found[feature] = sum(type(value) in _COMPARABLE for value in rows.values(name))
        return {name: rows for name, rows in found.items() if rows}

    def feature_names(self) -> set[str]:
        """Every feature that any row has."""
        named = set[str]().union(*self.features.documents, *self.embedded.documents)
        found = {name[len(FEATURE_PREFIX) :] for name in named if name.startswith(FEATURE_PREFIX)}
        return found | set[str]().union(*self.predicted.documents)


def group_rows(rows: Iterable[Sequence[Any]]) -> dict[tuple[int, int], Group]:
    """Rows of `ROW_SQL` by series and hour."""
    groups: dict[tuple[int, int], Group] = {}
    for series, hour_us, caller, has_features, attributes, label, value, value_kind in rows:
        group = groups.get((series, hour_us))
        if group is None:
            group = groups[(series, hour_us)] = Group()
        if has_features:
            document = _document(attributes)
            if document and has_features == _OF_PREDICTION:
                group.features.add(document, caller)
            if EMBEDDING_PREFIX in attributes and carries_embedding(document):  # of most, no name has to be looked at
                group.embedded.add(document, caller)
        said: dict[str, Any] = {}
        if label is not None:
            said[LABEL] = label
        if value is not None or value_kind is not None:
            said[SCORE] = read_number(value, value_kind)
        if said:
            group.predicted.add(said, caller)
    return groups


def read_attributes(text: str) -> dict[str, Any]:
    """A row's attributes; none where they are no object of JSON."""
    try:
        found: object = _decode(text)
    except msgspec.DecodeError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _document(text: str) -> dict[str, Any]:
    """The attributes, if a feature is among their names and not only in their text."""
    found = read_attributes(text)
    return found if any(name.startswith(FEATURE_PREFIX) for name in found) else {}


def carries_embedding(document: Mapping[str, Any]) -> bool:
    """Whether attributes hold numbers of an embedding, be they missing."""
    return any(name.startswith(EMBEDDING_PREFIX) for name in document)


def read_number(value: float | None, value_kind: str | None) -> float | None:
    """A stored number, which may be none that a column of numbers compares; None where there is none."""
    if value is not None:
        return value
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}.get(value_kind or "")


def read_values(values: Values, kind: Kind | None = None) -> Column:
    """A column of a JSON document's values; moments are text there."""
    present = [value for value in values if value is not None]
    if kind in (None, Kind.NUMERIC) and present and _NUMBERS.issuperset(map(type, present)):
        try:
            column = read_column(np.array(present, dtype=np.float64))
        except OverflowError:  # a whole number beyond what a float holds
            return read_column(values, kind)
        return replace(column, apart=replace(column.apart, missing=len(values) - len(present)))
    if kind is Kind.DATETIME:
        values = [_moment(value) for value in values]
    return read_column(values, kind)


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value


def count_rows(values: Values, grid: Grid) -> Counts:
    """How the values fall into the grid."""
    return count_column(read_values(values, grid.kind), grid)


def new_levels(counts: Counts, kind: Kind, rows: Rows, name: str) -> dict[tuple[str, int | None], int]:
    """Rows of each level that the grid does not know, by who they were of."""
    found: Counter[tuple[str, int | None]] = Counter()
    for (_, value, caller), n in _tally(rows.values(name), rows.callers).items():
        level = next(iter(read_values([value], kind).levels), None)
        if level in counts.new:
            found[(level, caller)] += n
    return dict(found)


def persons_by_level(values: Values, callers: Sequence[int | None], kind: Kind) -> dict[str, int]:
    """How many people hold each level; each row that names nobody is one."""
    held: list[Any] = []
    for (_, value, caller), n in _tally(values, callers).items():
        held += [value] * (n if caller is None else 1)
    return dict(read_values(held, kind).levels)


def _tally(values: Values, callers: Sequence[int | None]) -> Counter[tuple[str, Any, int | None]]:
    """Rows of each value and caller; 1, 1.0 and True are three values."""
    return Counter(
        (type(value).__name__, value, caller)
        for value, caller in zip(values, callers, strict=True)
        if type(value) in _COMPARABLE
    )
