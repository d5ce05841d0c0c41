"""Counts of groups through the event API: kept as a whole, or refused with what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND
from evenkeel.observe.events.context import EventContext
from evenkeel.observe.intake.event_api import read_events
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms

NOW_US = 1_790_000_000_000_000
DAY = {"from": NOW_US // US_PER_SECOND - 86_400, "to": NOW_US // US_PER_SECOND}
GROUPS = [{"group": ["f", True], "tp": 80, "fn": 20, "fp": 0}, {"group": ["m", None], "positive": 9.0}]
COUNTS = {"kind": "group_counts", "service": "hiring", "version": "3", **DAY, "by": ["sex", "member"], "groups": GROUPS}


def read(**more: Any) -> tuple[list[dict[str, Any]], str]:
    """(events, why the first was refused)."""
    context = EventContext(NOW_US, PriceBook.load(), Pseudonyms.with_key(b"k" * 32))
    body = {name: value for name, value in {**COUNTS, **more}.items() if value is not ...}
    found = read_events(json.dumps([body]).encode(), "application/json", context)
    events = [found.batch.row(n) for n in range(len(found.batch))]
    return events, found.rejected[0]["message"] if found.rejected else ""


def test_all_groups_of_a_time_are_one_event_that_tells_of_nobody() -> None:
    (event,), _ = read(user="somebody", subject="case-1", value=3)
    assert (event["kind"], event["value_kind"]) == ("value", "group_counts")
    assert (event["service"], event["version"], event["at"], event["outcome"]) == ("hiring", "3", NOW_US, "none")
    assert not {"subject", "caller", "label", "value"} & {name for name, value in event.items() if value is not None}
    assert json.loads(event["attributes"]) == {
        "group_counts": {
            "start_us": NOW_US - US_PER_DAY,
            "attributes": ["sex", "member"],
            "groups": [{"group": ["f", "1"], "tp": 80, "fn": 20}, {"group": ["m", None], "positive": 9}],
        }
    }


def test_the_same_counts_sent_again_are_the_same_event() -> None:
    assert read()[0][0]["event_id"] == read()[0][0]["event_id"]
    assert read()[0][0]["event_id"] != read(groups=GROUPS[:1])[0][0]["event_id"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"from": ...}, "from is None"),
        ({"from": DAY["to"]}, "a start before an end"),
        ({"from": 0}, "at most a year"),
        ({"to": "noon"}, "to is 'noon'"),
        ({"to": DAY["to"] + 86_400}, "an hour ahead"),
        ({"by": "sex"}, "by is 'sex'"),
        ({"by": []}, "Name 1 to 6"),
        ({"by": ["sex", "sex"]}, "twice"),
        ({"groups": []}, "Give 1 to 400"),
        ({"groups": [{"group": ["f"], "tp": 1}]}, "one name for each of sex, member"),
        ({"groups": [{"group": ["f", ["x"]], "tp": 1}]}, "Give text, or null"),
        ({"groups": [{"group": ["f", "1"], "tpp": 1}]}, "Did you mean tp?"),
        ({"groups": [{"group": ["f", "1"], "weather": 1}]}, "There are tp, fp"),
        ({"groups": [{"group": ["f", "1"], "tp": -1}]}, "whole number"),
        ({"groups": [{"group": ["f", "1"], "tp": 1.5}]}, "whole number"),
        ({"groups": [{"group": ["f", "1"], "tp": True}]}, "whole number"),
        ({"groups": [{"group": ["f", 1], "tp": 1}, {"group": ["f", "1"], "tp": 1}]}, "stands there twice"),
        ({"groups": ["f"]}, "A group is 'f'"),
        ({"groups": [{"group": [f"{n}", "1"], "tp": 1} for n in range(401)]}, "There are 401 groups"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], says: str) -> None:
    events, message = read(**wrong)
    assert events == []
    assert says in message


def test_as_many_groups_as_are_taken_fit_into_one_event() -> None:
    name, n = "a name of some length", 1_000_000
    counts = dict.fromkeys(("tp", "fp", "tn", "fn", "positive", "negative"), n)
    groups = [{"group": [f"{name} {place}", None], **counts} for place in range(400)]
    events, message = read(groups=groups)
    assert message == "" and len(events) == 1
