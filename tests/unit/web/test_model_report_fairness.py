"""The part *Fairness* of a model's report."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.fairness import fairness_document
from evenkeel.web.model_report_fairness import fairness_section
from evenkeel.web.report_blocks import Section, Table, Text
from evenkeel.web.traffic import span_of

World = Any
POLICY = FairnessConfig(attributes=["sex"], favourable="yes", metric="demographic_parity", why="all are to be invited")


def section(world: World, config: FairnessConfig | None) -> Section:
    random = Random(2)
    events: list[dict[str, Any]] = []
    for number in range(1_200):
        sex, version = random.choice(("f", "m")), "2" if number < 600 else "1"
        label = "yes" if random.random() < (0.4 if sex == "f" else 0.7) else "no"
        attributes = json.dumps({"segment.sex": sex})
        said = {"kind": "prediction", "role": "request", "label": label, "attributes": attributes}
        at = world.clock.now_us() - (number + 1) * 50_000_000
        events.append(world.feeder.event(service="hiring", version=version, at=at, subject=str(number), **said))
    world.feeder.fold(*events)
    world.judge()
    span = span_of("24h", world.clock.now_us())
    return fairness_section(fairness_document(world.feeder.telemetry, ServiceKey("production", "hiring"), span, config))


def test_gaps_groups_and_a_new_version_are_told_with_intervals(world: World) -> None:
    made = section(world, POLICY)
    first, *_ = made.blocks
    assert isinstance(first, Text) and first.status == "breach"
    gaps, versions, groups = [each for each in made.blocks if isinstance(each, Table)]
    assert gaps.heading[0] == "Metric" and gaps.rows[0][3].number is not None
    assert versions.heading[2:4] == ("Version 1", "Version 2")
    assert [row[0].text for row in groups.rows] == ["f", "m"]
    assert groups.rows[0][1].number is not None and groups.rows[0][1].number[2].startswith("n\u00a0")


def test_where_nobody_says_what_is_fair_nothing_is_judged(world: World) -> None:
    first, second = section(world, None).blocks
    assert isinstance(first, Text) and (first.status, first.text[:20]) == ("unknown", "Nobody has said yet ")
    assert isinstance(second, Text) and second.is_quiet
