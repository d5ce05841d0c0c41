"""The part of the DuckDB adapter that is about texts stored with events (services with `content: on`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.content_port import StoredAnswer, StoredAnswers
from evenkeel.store.telemetry.duckdb_reader import DuckReader
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series

#: Answers of one draw: the texts of so many fit into memory, and a share of them is known to a point and a half.
DRAWN_MAX: Final = 5_000


class DuckContent(DuckReader):
    """`content_port.ContentRecords`."""

    def stored_answers(
        self, key: ServiceKey, window: Window, marks: Sequence[str], *, seed: int, limit: int
    ) -> StoredAnswers:
        """Requests of the window whose event has one of `marks` in its attributes: how many, and `limit` at random.

        The seed decides which, whatever else is stored by then. Of several such events of a request the last counts.
        """
        either = " OR ".join(f"contains(attributes, $mark_{place})" for place in range(len(marks)))
        values: dict[str, Any] = bounds(window) | {f"mark_{place}": mark for place, mark in enumerate(marks)}
        inside = f"FROM events WHERE {IN_WINDOW} AND {in_series(self._series(key))}"
        chosen = f"{inside} AND kind = 'inference' AND role IN ('request', 'attempt', 'entry') AND ({either})"
        with self._reading() as con:
            found = con.execute(f"SELECT count(DISTINCT request_id) {chosen}", values).fetchall()[0][0]
            rows = con.execute(
                f'WITH last AS (SELECT request_id, max_by(event_id, ("at", event_id)) AS event_id {chosen}'
                f" GROUP BY request_id ORDER BY md5(request_id::VARCHAR || $seed) LIMIT {min(limit, DRAWN_MAX)})"
                f' SELECT event_id::VARCHAR, epoch_us("at"), version, attributes, caller {inside}'
                " AND event_id IN (SELECT event_id FROM last) ORDER BY 1",
                values | {"seed": f" {seed}"},
            ).fetchall()
        return StoredAnswers(found, [StoredAnswer(*row) for row in rows])
