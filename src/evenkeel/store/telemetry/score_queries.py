"""Scores, segments and the course of predictions beside what turned out to be true (SPEC Q-2).

A score is binned where it lies, so that an answer grows with the grid and not with the predictions. That the engine
puts each score into the bucket of kernel/stats/score_grid is a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from evenkeel.kernel.stats.score_grid import BUCKETS, EDGES, LOSS_FLOOR, PER_DOUBLING, TAIL
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.label_queries import predictions_sql, truths_sql
from evenkeel.store.telemetry.predictions import LabelStep, ScoreTable, Scoring, SegmentRow
from evenkeel.store.telemetry.queries import bounds

#: Rows of one answer of scores: twenty versions in fifteen parts that fill every bucket for either truth.
SCORE_ROWS_MAX: Final = 1_000_000
#: Values of all segment attributes together, and attributes; as many as a search looks at.
SEGMENTS_MAX: Final = 20_000
ATTRIBUTES_MAX: Final = 50

_TAIL_BUCKETS: Final = int(np.searchsorted(EDGES, TAIL))
#: The bucket of a score: -1 without one, -2 outside of 0 to 1. A thousandth is not told from it by rounding.
_BUCKET: Final = (
    "CAST(CASE WHEN score IS NULL THEN -1 WHEN NOT (score >= 0 AND score <= 1) THEN -2 WHEN score = 0 THEN 0"
    f" WHEN score <= {TAIL} THEN greatest(1, ceil({_TAIL_BUCKETS} - {PER_DOUBLING} * log2({TAIL} / score)))"
    f" WHEN score <= {1 - TAIL} THEN {_TAIL_BUCKETS - 10} + ceil(round(1000 * score, 9))"
    f" WHEN score = 1 THEN {BUCKETS - 1}"
    f" ELSE least({BUCKETS - 1}, {_TAIL_BUCKETS + 980} + ceil({PER_DOUBLING} * log2({TAIL} / (1 - score))))"
    " END AS BIGINT)"
)
_GIVEN: Final = f"greatest({LOSS_FLOOR}, least({1 - LOSS_FLOOR}, CASE WHEN y = 1 THEN score ELSE 1 - score END))"


def predicted_classes(con: Any, series: Sequence[int], window: Window, most: int) -> list[str]:
    """At most `most` of the classes that were predicted in the window, in order."""
    rows = con.execute(
        f"SELECT DISTINCT label FROM ({predictions_sql(series)}) ORDER BY label LIMIT {int(most)}", bounds(window)
    ).fetchall()
    return [label for (label,) in rows]


def scores(con: Any, series: Sequence[int], window: Window, scoring: Scoring, part_us: int) -> ScoreTable:
    """The window's scores by part, version, whether positive was predicted, truth and bucket."""
    found = con.execute(
        f"WITH predicted AS ({predictions_sql(series)}), told AS ({truths_sql(series)}),"
        f" scored AS ({_scored(scoring)}),"
        f" binned AS (SELECT *, {_BUCKET} AS bucket,"
        f" CASE WHEN y >= 0 AND score IS NOT NULL THEN -ln({_GIVEN}) END AS l,"
        " CASE WHEN y >= 0 THEN (score - y) ** 2 END AS b FROM scored WHERE y < 2)"
        " SELECT part, version, up, y, bucket, sum(w), sum(w * w), coalesce(sum(w * score), 0),"
        " coalesce(sum(w) FILTER (round(score * 1000) / 1000 <> score), 0),"
        f" {_losses('l')}, {_losses('b')}"
        f" FROM binned GROUP BY part, version, up, y, bucket LIMIT {SCORE_ROWS_MAX + 1}",
        bounds(window) | _classes(scoring) | {"part": part_us},
    ).fetchnumpy()
    columns = [np.ma.getdata(column) for column in found.values()]
    part, version, up, y, bucket = columns[:5]
    sums = np.column_stack(columns[5:]).astype(np.float64)
    return ScoreTable(
        part.astype(np.int64),
        version.astype(object),
        up.astype(bool),
        y.astype(np.int64),
        bucket.astype(np.int64),
        sums,
        is_cut=part.size > SCORE_ROWS_MAX,
    )


def label_steps(con: Any, series: Sequence[int], window: Window, scoring: Scoring, step_us: int) -> list[LabelStep]:
    """How many predictions were right and wrong, by step and version; steps begin at multiples of `step_us`."""
    rows = con.execute(
        f"WITH predicted AS ({predictions_sql(series)}), told AS ({truths_sql(series)}),"
        f" scored AS ({_scored(scoring)})"
        " SELECT step, version, coalesce(sum(w) FILTER (hit), 0), coalesce(sum(w) FILTER (NOT hit), 0),"
        " coalesce(sum(w * w) FILTER (hit), 0), coalesce(sum(w * w) FILTER (NOT hit), 0),"
        " coalesce(sum(w) FILTER (hit IS NULL), 0), coalesce(sum(w) FILTER (usable), 0),"
        " coalesce(sum(w * y) FILTER (usable), 0), coalesce(sum(w * score) FILTER (usable), 0)"
        " FROM (SELECT *, at_us // $part * $part AS step, hit IS NOT NULL AND y IN (0, 1) AND score BETWEEN 0 AND 1"
        " AS usable FROM scored) GROUP BY step, version ORDER BY step, version",
        bounds(window) | _classes(scoring) | {"part": step_us},
    ).fetchall()
    return [LabelStep(*row) for row in rows]


def label_segments(con: Any, series: Sequence[int], window: Window) -> list[SegmentRow]:
    """How many predictions were right and wrong, by each value of each `segment.` attribute, most first."""
    told = (
        f"WITH predicted AS ({predictions_sql(series)}), told AS ({truths_sql(series)}),"
        " segmented AS (SELECT * FROM predicted LEFT JOIN told USING (subject)"
        " WHERE attributes LIKE '%\"segment.%')"
    )
    found = con.execute(
        f"{told} SELECT DISTINCT name FROM (SELECT unnest(json_keys(attributes)) AS name FROM segmented)"
        f" WHERE name LIKE 'segment.%' ORDER BY name LIMIT {ATTRIBUTES_MAX}",
        bounds(window),
    ).fetchall()
    names = [name for (name,) in found]
    if not names:
        return []
    rows = con.execute(
        f"{told} SELECT name, worth, coalesce(sum(weight) FILTER (truth = label), 0),"
        " coalesce(sum(weight) FILTER (truth <> label), 0), coalesce(sum(weight * weight) FILTER (truth = label), 0),"
        " coalesce(sum(weight * weight) FILTER (truth <> label), 0), coalesce(sum(weight) FILTER (truth IS NULL), 0)"
        " FROM (SELECT weight, label, truth, unnest($names) AS name,"
        " unnest(json_extract_string(attributes, $paths)) AS worth FROM segmented)"
        f" WHERE worth IS NOT NULL GROUP BY name, worth ORDER BY sum(weight) DESC, name, worth LIMIT {SEGMENTS_MAX}",
        bounds(window) | {"names": [name.removeprefix("segment.") for name in names], "paths": _pointers(names)},
    ).fetchall()
    return [SegmentRow(*row) for row in rows]


def _pointers(names: Sequence[str]) -> list[str]:
    """JSON pointers (RFC 6901) to attributes, which are keys of the outermost object."""
    return ["/" + name.replace("~", "~0").replace("/", "~1") for name in names]


def _scored(scoring: Scoring) -> str:
    """Each prediction with the score that is asked for and whether it is of the positive class (2: of neither)."""
    if scoring.positive is None:
        score, up, y = "value", "TRUE", "CAST(truth = label AS INTEGER)"
    else:
        # 1 - 0.7 is a little more than 0.3, and would be in the bucket above.
        score = "CASE WHEN label = $positive THEN value ELSE round(1 - value, 12) END"
        up = "label = $positive"
        y = "CASE truth WHEN $positive THEN 1 WHEN $negative THEN 0 ELSE 2 END"
    return (
        f"SELECT version, weight AS w, {score} AS score, {up} AS up, truth = label AS hit,"
        f" CASE WHEN truth IS NULL THEN -1 ELSE {y} END AS y,"
        ' epoch_us("at") AS at_us, (epoch_us("at") - $start) // $part AS part'
        " FROM predicted LEFT JOIN told USING (subject)"
    )


def _classes(scoring: Scoring) -> dict[str, str]:
    if scoring.positive is None or scoring.negative is None:
        return {}
    return {"positive": scoring.positive, "negative": scoring.negative}


def _losses(name: str) -> str:
    terms = (f"w * {name}", f"w * {name} ** 2", f"w * {name} ** 3", f"w * w * {name}", f"w * w * {name} ** 2")
    return ", ".join(f"coalesce(sum({term}), 0)" for term in terms)
