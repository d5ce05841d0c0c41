"""A feature by segment (country, plan, device), counted from stored predictions when somebody asks.

Nothing of it is kept: counts by feature and segment would be as many as both multiplied, and are wanted seldom.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.kernel.classes import class_name
from evenkeel.kernel.embedding import EMBEDDING
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.feature_port import FeatureGrid, SegmentCounts, SegmentLevel
from evenkeel.store.telemetry.feature_rows import READ_SQL, carries_embedding, count_rows, read_attributes, read_number
from evenkeel.store.telemetry.feature_schema import FEATURE_PREFIX, HAS_FEATURES_SQL, HAS_PREDICTED_SQL, LABEL, SCORE
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series

SEGMENT_PREFIX: Final = "segment."
#: Predictions of a window that are read: some 2 s of one core for both.
READ_MAX: Final = 50_000
#: Segments that are told apart, and levels of each, the most frequent ones.
SEGMENTS_MAX: Final = 10
LEVELS_MAX: Final = 20

Row = tuple[Any, Mapping[str, str | None]]  # a value, and the level of each segment


def feature_by_segment(
    con: Any, series: Sequence[int], grid: FeatureGrid, windows: tuple[Window, Window]
) -> SegmentCounts:
    """A feature of the predictions of two windows, by segment and level."""
    has = HAS_PREDICTED_SQL if grid.feature in (LABEL, SCORE) else HAS_FEATURES_SQL
    chosen = f"FROM events WHERE {IN_WINDOW} AND {in_series(series)} AND {has}"
    stored: list[int] = []
    one_in: list[int] = []
    found: list[list[Row]] = []
    for window in windows:
        held = int(con.execute(f"SELECT count(*) {chosen}", bounds(window)).fetchall()[0][0])
        every = max(1, -(-held // READ_MAX))
        part = f" AND hash(event_id) % {every} = 0" if every > 1 else ""
        rows = con.execute(f"SELECT {READ_SQL} {chosen}{part}", bounds(window)).fetchall()
        stored.append(held)
        one_in.append(every)
        found.append([row for each in rows if (row := _read(each, grid.feature)) is not None])
    levels = [level for segment in _segments(found) for level in _levels(segment, found, grid)]
    return SegmentCounts(levels, (stored[0], stored[1]), (len(found[0]), len(found[1])), (one_in[0], one_in[1]))


def _read(row: Sequence[Any], feature: str) -> Row | None:
    """The value of one prediction with its segments; None of one that carries no feature at all."""
    _, _, attributes, label, value, value_kind = row
    document = read_attributes(attributes or "")
    if feature == LABEL:
        given: Any = label
    elif feature == SCORE:
        given = read_number(value, value_kind)
    elif feature.startswith(EMBEDDING) and not carries_embedding(document):
        return None
    elif any(name.startswith(FEATURE_PREFIX) for name in document):
        given = document.get(FEATURE_PREFIX + feature)
    else:
        return None
    segments = {
        name[len(SEGMENT_PREFIX) :]: class_name(level)
        for name, level in document.items()
        if name.startswith(SEGMENT_PREFIX)
    }
    return given, segments


def _segments(found: Sequence[Sequence[Row]]) -> list[str]:
    """The segments that most predictions name."""
    named = Counter(name for rows in found for _, segments in rows for name in segments)
    return sorted(name for name, _ in named.most_common(SEGMENTS_MAX))


def _levels(segment: str, found: Sequence[Sequence[Row]], grid: FeatureGrid) -> list[SegmentLevel]:
    """Of both windows together the most frequent levels; all others are one."""
    rows = Counter(segments.get(segment) for each in found for _, segments in each)
    most = {level for level, _ in rows.most_common(LEVELS_MAX)}
    split: tuple[defaultdict[tuple[str | None, bool], list[Any]], ...] = (defaultdict(list), defaultdict(list))
    for values, each in zip(split, found, strict=True):
        for value, segments in each:
            level = segments.get(segment)
            values[(level, True) if level in most else (None, False)].append(value)
    names = sorted({*split[0], *split[1]}, key=lambda name: (not name[1], name[0] or ""))
    return [
        SegmentLevel(segment, *name, (count_rows(split[0][name], grid.grid), count_rows(split[1][name], grid.grid)))
        for name in names
    ]
