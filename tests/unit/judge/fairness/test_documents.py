"""Findings as plain values: JSON that says what each number is."""

from __future__ import annotations

import json

from tests.unit.judge.fairness.test_rollout import FAIR, judged

from evenkeel.judge.fairness.documents import bounded_document, candidate_document, finding_document


def test_a_comparison_and_its_findings_are_json() -> None:
    found = judged(FAIR, {**FAIR, "f": (0.44, 20_000)}, [])
    document = json.loads(json.dumps(candidate_document(found)))
    assert (document["status"], document["candidate"]) == ("breach", "2")
    change = document["changes"][0]
    assert change["change"]["low"] <= change["change"]["value"] <= change["change"]["high"]
    finding = finding_document(found.own[0])
    assert finding == document["own"][0]
    assert [group["group"] for group in finding["rates"][0]["groups"]] == ["f", "m"]


def test_where_there_is_no_number_there_is_none() -> None:
    assert bounded_document(None) is None
