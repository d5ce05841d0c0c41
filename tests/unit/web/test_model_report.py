"""The report of a model has every part that the page of a model promises, and says whose and of when it is."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.model_report import model_report
from evenkeel.web.report_blocks import Cell, Report, Table, Tiles
from evenkeel.web.traffic import span_of

World = Any


def report(world: World) -> Report:
    now_us = world.clock.now_us()
    found = world.program().get("/models/production/triage.json").json
    return model_report(found, span_of("24h", now_us).window, "2026-11-24 12:00:05 UTC")


def _feed(world: World, **more: Any) -> None:
    random = Random(1)
    events: list[dict[str, Any]] = []
    for number in range(200):
        base = {"service": "triage", "version": "4" if number < 90 else "3", "subject": str(number)}
        base["at"] = world.clock.now_us() - US_PER_HOUR - number * US_PER_MINUTE
        attributes = json.dumps({"segment.site": random.choice(("north", "south"))})
        label = random.choice(("benign", "malignant"))
        guess = {"kind": "prediction", "role": "request", "label": label, "value": 0.9, "attributes": attributes}
        truth = label if random.random() < 0.8 else "benign"
        events.append(world.feeder.event(**base, **guess | more))
        if "label" not in more:
            events.append(world.feeder.event(**base, kind="outcome", role="none", label=truth))
    world.feeder.fold(*events)
    world.judge()


def test_every_part_of_the_dashboard_is_there_in_order(world: World) -> None:
    world.fairness["triage"] = FairnessConfig(
        attributes=["site"], favourable="benign", metric="demographic_parity", why="sites are alike"
    )
    _feed(world)
    made = report(world)
    assert [each.title for each in made.sections] == [
        "", "Predictions", "Versions side by side", "What was true, and what was predicted", "Scores of malignant",
        "By segment", "Drift", "Fairness", "Should it be trained again?", "How to read this",
    ]  # fmt: skip
    (tiles,) = made.sections[0].blocks
    assert isinstance(tiles, Tiles)
    assert [each.title for each in tiles.tiles] == [
        "Accuracy", "Confident", "AUC", "Labels", "Train again?", "Drift", "Fairness",
    ]  # fmt: skip


def test_estimates_are_told_with_how_far_off_they_were(world: World) -> None:
    _feed(world)
    now_us = world.clock.now_us()
    found = world.program().get("/models/production/triage.json").json
    figure = {"value": 0.9, "low": 0.8, "high": 0.95, "n": 100.0, "reason": None}
    rows = {
        "accuracy": {"estimated": figure, "realised": figure | {"value": None, "reason": "no_labels"}, "error": 0.012}
    }
    found["estimates"] = [{"version": "4", "says": "Estimate for version 4.", "figures": rows}]
    made = model_report(found, span_of("24h", now_us).window, "")
    (part,) = [each for each in made.sections if each.title == "Before labels arrive"]
    assert part.mark == "estimate"
    (rows,) = [each for each in part.blocks if isinstance(each, Table)]
    assert rows.rows[0][1:] == (
        Cell(number=("90 %", "80–95 %", "n\u00a0100")), Cell(number=("unknown", "no labels", "")), Cell("0.012"),
    )  # fmt: skip


def test_it_says_whose_it_is_of_which_versions_and_of_when(world: World) -> None:
    _feed(world)
    made = report(world)
    assert (made.title, made.environment, made.versions) == ("triage", "production", "3, 4")
    assert " to " in made.window and made.window.endswith(" UTC")
    assert made.made_at == "2026-11-24 12:00:05 UTC"


def test_numbers_have_tiles_of_their_own_and_no_part_that_is_of_classes(world: World) -> None:
    _feed(world, label=None, value=12.5)
    made = report(world)
    assert [each.title for each in made.sections] == [
        "", "Versions side by side", "Predicted numbers", "Drift", "Fairness", "How to read this",
    ]  # fmt: skip
    assert world.program().get(f"/models/{ServiceKey('production', 'triage')}/report.pdf").body.startswith(b"%PDF-")
