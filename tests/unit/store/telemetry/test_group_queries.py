"""Groups are counted beside their truths, whenever these came; the answer holds counts, never who is in a group."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.group_port import GroupCell, GroupsAsked, PairedCell
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import NOON_US, Feeder

BOT = ServiceKey("production", "bot")
HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_MINUTE)
BY_SEX = GroupsAsked(("sex",), "approved", US_PER_HOUR)


def decided(feeder: Feeder, subject: str | None, label: str | None, **more: Any) -> dict[str, Any]:
    groups = {f"segment.{name}": value for name, value in more.pop("groups", {"sex": "f"}).items()}
    attributes = json.dumps({"feature.income": 3, **groups})
    given = {"kind": "prediction", "role": "request", "subject": subject, "label": label, "attributes": attributes}
    return feeder.event(**{**given, **more})


def true(feeder: Feeder, subject: str, label: str | None, **more: Any) -> dict[str, Any]:
    given = {"kind": "outcome", "role": "none", "version": "", "subject": subject, "label": label}
    return feeder.event(**{**given, "at": NOON_US + US_PER_DAY, **more})


def sent(feeder: Feeder, start_us: int, rows: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    counts = {"start_us": start_us, "attributes": more.pop("by", ["sex"]), "groups": rows}
    attributes = json.dumps({"group_counts": counts})
    return feeder.event(
        **{"kind": "value", "role": "none", "value_kind": "group_counts", "attributes": attributes, **more}
    )


def test_decisions_are_counted_by_version_step_group_and_truth(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(
        decided(feeder, "a", "approved"),
        decided(feeder, "b", "denied", weight=3.0),
        decided(feeder, "c", "approved", groups={"sex": "m"}, version="2"),
        decided(feeder, "d", "approved", at=NOON_US - 59 * US_PER_MINUTE),
        decided(feeder, None, "denied", groups={}),  # it can have no truth, and was decided all the same
        decided(feeder, "e", None, outcome="bad"),
        decided(feeder, "f", "approved", at=NOON_US - 2 * US_PER_HOUR),
    )
    feeder.fold(true(feeder, "a", "denied"), true(feeder, "b", "approved"), true(feeder, "d", "approved"))
    found = telemetry.group_cells(BOT, HOUR, GroupsAsked(("sex",), "approved", US_PER_MINUTE * 30))
    assert sorted(found, key=str) == sorted(
        [
            GroupCell("1", 0, ("f",), True, False, 1.0, 1.0),
            GroupCell("1", 0, ("f",), False, True, 3.0, 9.0),
            GroupCell("2", 0, ("m",), True, None, 1.0, 1.0),
            GroupCell("1", 1, ("f",), True, True, 1.0, 1.0),
            GroupCell("1", 0, (None,), False, None, 1.0, 1.0),
        ],
        key=str,
    )


def test_groups_of_two_attributes_are_intersections_whatever_their_names_and_types(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    strange = 'age/band~"$x'
    feeder.fold(
        decided(feeder, "a", "1", groups={strange: "40+", "member": True}),
        decided(feeder, "b", "1", groups={strange: " ", "member": "True"}),
        decided(feeder, "c", "true", groups={"member": 1.0}),
    )
    found = telemetry.group_cells(BOT, HOUR, GroupsAsked((strange, "member"), "1", US_PER_HOUR))
    assert {(cell.group, cell.favoured) for cell in found} == {
        (("40+", "1"), True),
        ((None, "1"), True),
        ((None, "1.0"), True),
    }


def test_subjects_that_two_versions_decided_are_counted_by_both_decisions(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(
        decided(feeder, "a", "approved"),
        decided(feeder, "a", "denied", version="2", groups={}),
        decided(feeder, "b", "denied", at=NOON_US - US_PER_MINUTE),
        decided(feeder, "b", "approved"),  # again, and the last one counts
        decided(feeder, "b", "approved", version="2"),
        decided(feeder, "c", "approved"),
    )
    feeder.fold(true(feeder, "a", "approved"))
    found = telemetry.paired_cells(BOT, HOUR, BY_SEX, ("1", "2"))
    assert sorted(found, key=str) == [
        PairedCell(("f",), True, False, True, 1),
        PairedCell(("f",), True, True, None, 1),
    ]


def test_which_classes_and_segments_there_are_is_told(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(
        decided(feeder, "a", "approved", groups={"sex": "f", "region": "north"}),
        decided(feeder, "b", "denied"),
        decided(feeder, "c", "denied"),
    )
    assert telemetry.classes_seen(BOT, HOUR) == ["denied", "approved"]
    assert telemetry.segments_seen(BOT, HOUR) == ["region", "sex"]
    assert telemetry.segments_seen(ServiceKey("production", "nobody"), HOUR) == []


def test_of_counts_that_were_sent_again_the_last_ones_count(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    before, after = [{"group": ["f"], "positive": 7}], [{"group": ["f"], "tp": 5, "fp": 2}]
    start_us = NOON_US - US_PER_DAY
    feeder.fold(sent(feeder, start_us, before), sent(feeder, start_us, [], by=["age"]))
    feeder.fold(sent(feeder, start_us, after, arrived_at=NOON_US + US_PER_DAY), sent(feeder, start_us, [], version="2"))
    found = telemetry.tables_sent(BOT, HOUR)
    assert [(each.version, each.start_us, each.end_us) for each in found] == [
        ("1", start_us, NOON_US), ("1", start_us, NOON_US), ("2", start_us, NOON_US),
    ]  # fmt: skip
    assert [json.loads(each.counts)["groups"] for each in found] == [[], after, []]
