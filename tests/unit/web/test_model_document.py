"""Each door asks a model for the parts that it shows, and pays for no other."""

from __future__ import annotations

from typing import Any

from evenkeel.web.model_document import Part
from evenkeel.web.model_tables import PARTS, TABLES

World = Any


def test_each_table_has_all_it_is_made_of_and_those_of_predictions_need_no_drift(world: World) -> None:
    feeder = world.feeder
    base = {"service": "triage", "version": "1", "subject": "a", "at": world.clock.now_us() - 1_000_000}
    feeder.fold(feeder.event(kind="prediction", role="request", label="x", value=0.9, **base))
    world.judge()
    program = world.program()
    assert PARTS.keys() == TABLES.keys()
    for name, (columns, _) in TABLES.items():
        assert program.get(f"/models/production/triage/{name}.csv").text.splitlines()[0] == ",".join(columns)
    assert {name for name, parts in PARTS.items() if Part.DRIFT in parts} == {"drift", "drift-map", "distributions"}
