"""Ratings and thumbs, counted by what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series
from evenkeel.store.telemetry.rating_port import RatingCount

#: Different ratings of one answer of ours: decimals between 1 and 5, and two thumbs.
RATINGS_MAX: Final = 1_000


def rating_counts(con: Any, series: Sequence[int], window: Window) -> list[RatingCount]:
    """A row per thumb and per rating; of each person and subject the last one counts, and a thumb beside a rating."""
    rows = con.execute(
        "WITH given AS (SELECT subject, caller, coalesce(value_kind = 'rating', FALSE) AS is_rating,"
        " arg_max(CASE WHEN value_kind = 'rating' THEN value END, (\"at\", arrived_at)) AS rating,"
        ' arg_max(label, ("at", arrived_at)) AS thumb FROM events'
        f" WHERE {IN_WINDOW} AND {in_series(series)} AND kind = 'feedback' AND subject IS NOT NULL"
        " AND ((value_kind = 'rating' AND value >= 1 AND value <= 5) OR label IN ('up', 'down'))"
        " GROUP BY subject, caller, is_rating)"
        " SELECT CASE WHEN is_rating THEN '' ELSE thumb END AS said, CASE WHEN is_rating THEN rating END AS stars,"
        " count(*), any_value(things) FROM given JOIN (SELECT is_rating, count(DISTINCT subject) AS things FROM given"
        " GROUP BY is_rating) USING (is_rating)"
        f" GROUP BY said, stars ORDER BY said, stars LIMIT {RATINGS_MAX}",
        bounds(window),
    ).fetchall()
    return [RatingCount(*row) for row in rows]
