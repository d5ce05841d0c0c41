"""`evenkeel drift service` and `evenkeel drift reference`: what the API tells, in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError

TRAFFIC: dict[str, Any] = {"origin": "traffic", "days": 7, "notes": {}}
GIVEN: dict[str, Any] = {
    "origin": "given", "version": "abc", "rows": 5_000, "features": 2, "source": "training.parquet",
    "made_at": "2026-03-01T10:00:00.000Z", "author": "jo", "reason": "trained on it",
    "notes": {"age": "The service never sent it. Is it its ages?"},
}  # fmt: skip
FOUND: dict[str, Any] = {
    "environment": "production", "service": "triage", "reference": TRAFFIC,
    "says": ["Of 3 features 1 differs beyond chance, 1 so much that it matters.", "", "Look at what sends country."],
    "features": [
        {
            "feature": "country", "status": "breach", "detected": "yes", "says": "country: es went from 2 % to 40 %.",
            "since": {"says": "since 2026-03-01 (95 % interval: that one alone)"},
            "told_of": "how long its vectors are",
        },
        {"feature": "weight", "status": "unknown", "detected": "unknown", "says": "weight: too few.", "since": None},
        {"feature": "age", "status": "ok", "detected": "no", "says": "age: no drift.", "since": None},
    ],
    "retired": {"weight": "no prediction carries it; retired by jo on 2026-03-01: no model reads it"},
    "waiting": {"height": "no whole day of it lies before this window"},
    "versions": [{"version": "", "says": "country: es went from 2 % to 40 %."}],
}  # fmt: skip


def test_what_drifted_is_told_first_and_what_did_not_in_one_line(evenkeel: Any, answering: Any) -> None:
    server = answering(FOUND)
    shown = evenkeel("drift", "service", "production/triage", "--span", "7d").stdout
    assert server.asked == [("GET", "/drift?service=production%2Ftriage&span=7d", None)]
    assert "Look at what sends country." in shown
    assert "what moved most: how long its vectors are" in shown
    assert "breach: country: es went from 2 % to 40 %." in shown
    assert "    since 2026-03-01 (95 % interval: that one alone)\n" in shown
    assert "no drift: age" in shown
    assert "height: no whole day of it lies before this window" in shown
    assert "version not said:" in shown
    assert "Reference: the first whole week of its own traffic." in shown
    assert evenkeel.json("drift", "service", "production/triage") == FOUND


@pytest.mark.parametrize(("statuses", "code"), [(["breach", "unknown"], 10), (["ok", "unknown"], 11), ([], 11)])
def test_a_gate_fails_where_it_matters_and_where_nothing_is_known(
    evenkeel: Any, answering: Any, statuses: list[str], code: int
) -> None:
    features = [
        {"feature": "f", "status": status, "detected": "unknown", "says": "f.", "since": None} for status in statuses
    ]
    answering({**FOUND, "features": features})
    assert evenkeel("drift", "service", "production/triage", "--gate", fails=True).exit_code == code


@pytest.mark.parametrize(("waiting", "code"), [({}, 0), ({"height": "no whole day of it lies before this window"}, 11)])
def test_a_gate_does_not_pass_while_a_feature_cannot_be_compared_yet(
    evenkeel: Any, answering: Any, waiting: dict[str, str], code: int
) -> None:
    features = [{"feature": "f", "status": "ok", "detected": "no", "says": "f.", "since": None}]
    answering({**FOUND, "features": features, "waiting": waiting})
    assert evenkeel("drift", "service", "production/triage", "--gate", fails=True).exit_code == code


def test_a_reference_is_sent_from_its_file_and_what_does_not_fit_is_told(
    evenkeel: Any, answering: Any, tmp_path: Path
) -> None:
    server = answering(GIVEN)
    file = tmp_path / "reference.json"
    file.write_text(json.dumps({"table_format": 1}))
    shown = evenkeel("drift", "reference", "set", "production/triage", str(file), "--reason", "trained on it").stdout
    body = {"service": "production/triage", "reason": "trained on it", "reference": {"table_format": 1}}
    assert server.asked == [("PUT", "/drift/reference", body)]
    assert "2 features and 5,000 rows of training.parquet (abc), given by jo on 2026-03-01: trained on it" in shown
    assert "age: The service never sent it. Is it its ages?" in shown


def test_who_carries_a_drift_is_told_in_a_sentence_with_what_was_compared(evenkeel: Any, answering: Any) -> None:
    found = {
        "says": "age is carried by country = es: nothing is left.", "compared": "Of 900 predictions now.",
        "carriers": [{"says": "without country = es …"}, {"says": "without device = phone …"}],
    }  # fmt: skip
    server = answering(found)
    shown = evenkeel("drift", "carriers", "production/triage", "age", "--span", "7d").stdout
    assert server.asked == [("GET", "/drift/carriers?service=production%2Ftriage&feature=age&span=7d", None)]
    assert shown.splitlines() == [found["says"], "  also without device = phone …", "Of 900 predictions now."]
    assert evenkeel.json("drift", "carriers", "production/triage", "age") == found


@pytest.mark.parametrize(
    ("options", "body"),
    [
        (("--from", "2025-11-01", "--to", "2025-12-01"), {"from": "2025-11-01", "to": "2025-12-01"}),
        (("--weeks", "8"), {"weeks": 8}),
    ],
)
def test_a_time_of_its_own_past_is_chosen(
    evenkeel: Any, answering: Any, options: tuple[str, ...], body: dict[str, Any]
) -> None:
    server = answering({
        "origin": "past", "says": "the days from 2025-11-01 to 2025-11-30", "made_at": "2026-03-01T10:00:00.000Z",
        "author": "jo", "reason": "the same season", "notes": {},
    })  # fmt: skip
    shown = evenkeel("drift", "reference", "set", "production/triage", *options, "--reason", "the same season").stdout
    sent = {"service": "production/triage", "reason": "the same season", **body}
    assert server.asked == [("PUT", "/drift/reference", sent)]
    assert "the days from 2025-11-01 to 2025-11-30, chosen by jo on 2026-03-01: the same season" in shown


def test_a_feature_is_retired_and_taken_back(evenkeel: Any, answering: Any) -> None:
    server = answering({"feature": "age", "says": "no prediction carries it; retired by jo"})
    given = ("drift", "retire", "production/triage", "age", "--reason", "no model reads it")
    assert "production/triage, age: no prediction carries it; retired by jo" in evenkeel(*given).stdout
    body = {"service": "production/triage", "feature": "age", "reason": "no model reads it"}
    assert server.asked == [("PUT", "/drift/retired", body)]
    evenkeel(*given, "--undo")
    assert server.asked[-1][:2] == (
        "DELETE", "/drift/retired?service=production%2Ftriage&feature=age&reason=no+model+reads+it"
    )  # fmt: skip


def test_it_is_shown_and_taken_back(evenkeel: Any, answering: Any) -> None:
    server = answering(TRAFFIC)
    assert "first whole week of its own traffic" in evenkeel("drift", "reference", "show", "production/triage").stdout
    evenkeel("drift", "reference", "reset", "production/triage", "--reason", "wrong")
    assert server.asked[-1][:2] == ("DELETE", "/drift/reference?service=production%2Ftriage&reason=wrong")


def test_a_file_that_is_no_profile_is_refused(evenkeel: Any, tmp_path: Path) -> None:
    file = tmp_path / "reference.json"
    file.write_text("age,country\n")
    with pytest.raises(InvalidInputError, match=r"reference\.json is no profile"):
        evenkeel("drift", "reference", "set", "production/triage", str(file), "--reason", "why")
