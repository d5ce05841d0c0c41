"""Whether an answer is what is expected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.observe.probes.expectations import judge_golden, judge_http, look_up
from evenkeel.observe.probes.model import GoldenTarget, HttpTarget

URL = "https://shop.example"
HEALTH = {"status": "ok", "checks": [{"name": "db", "up": True}, {"name": "cache", "up": False}], "n": 1}


@pytest.mark.parametrize(
    ("expected", "status", "body", "reason"),
    [
        ({}, 200, b"", ""),
        ({}, 204, b"", ""),
        ({}, 301, b"", "http_301"),
        ({}, 503, b"", "http_503"),
        ({"statuses": (404,)}, 404, b"", ""),
        ({"statuses": (404,)}, 200, b"", "http_200"),
        ({"body_contains": "ready"}, 200, b"is ready", ""),
        ({"body_contains": "ready"}, 200, b"is not", "expectation_body"),
        ({"body_contains": "bereit ä"}, 200, "bereit ä".encode(), ""),
        ({"body_matches": "v[0-9]+"}, 200, b"v12", ""),
        ({"body_matches": "^v[0-9]+$"}, 200, b"v12x", "expectation_body"),
        ({"body_matches": "late"}, 200, b" " * 20_000 + b"late", "expectation_body"),  # beyond what is looked at
        ({"json_equals": {"status": "ok", "checks.0.up": True}}, 200, json.dumps(HEALTH).encode(), ""),
        ({"json_equals": {"checks.1.up": True}}, 200, json.dumps(HEALTH).encode(), "expectation_json"),
        ({"json_equals": {"n": True}}, 200, json.dumps(HEALTH).encode(), "expectation_json"),  # 1 is not true
        ({"json_equals": {"absent": None}}, 200, json.dumps(HEALTH).encode(), "expectation_json"),
        ({"json_equals": {"status": "ok"}}, 200, b"<html>", "expectation_json"),
        ({"json_equals": {"status": "ok"}}, 200, b"[" * 100_000, "expectation_json"),
        ({"latency_s_max": 0.5}, 200, b"", ""),
        ({"latency_s_max": 0.4}, 200, b"", "slow"),
    ],
    ids=str,
)
def test_an_answer_is_good_or_bad_for_the_first_reason(
    expected: dict[str, Any], status: int, body: bytes, reason: str
) -> None:
    found = judge_http(HttpTarget(URL, **expected), status, body, 0.5)
    assert (found.outcome, found.reason) == ("bad" if reason else "good", reason)
    assert (found.latency_s, found.status_code) == (0.5, status)
    assert bool(found.detail) is bool(reason)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", [HEALTH]),
        ("status", ["ok"]),
        ("checks.1.name", ["cache"]),
        ("checks.*.name", ["db", "cache"]),
        ("checks.2.name", []),
        ("checks.-1.name", []),
        ("status.deeper", []),
        ("checks.*.absent", []),
    ],
)
def test_a_path_leads_to_what_stands_there_or_nowhere(path: str, found: list[Any]) -> None:
    assert look_up(HEALTH, path) == found


ANSWER = {"answer": "You have 14 Days.", "sources": [{"id": "returns.md"}, {"id": "shoes.md"}]}


@pytest.mark.parametrize(
    ("expected", "reason", "recall"),
    [
        ({"answer_path": "answer", "answer_contains": ("14 days",)}, "", 1.0),
        ({"answer_contains": ("14 days", "shoes.md")}, "", 1.0),  # anywhere in the body
        ({"answer_path": "answer", "answer_contains": ("14 days", "shoes.md")}, "golden_answer", 0.5),
        ({"answer_path": "absent", "answer_contains": ("14 days",)}, "golden_answer", 0.0),
        ({"documents_path": "sources.*.id", "documents": ("shoes.md", "returns.md")}, "", 1.0),
        ({"documents_path": "sources.*.id", "documents": ("hats.md", "returns.md")}, "golden_documents", 0.5),
        ({"documents_path": "sources.*.id", "documents": ("returns",)}, "golden_documents", 0.0),  # whole names
    ],
    ids=str,
)
def test_a_known_question_gets_its_known_answer_and_documents(
    expected: dict[str, Any], reason: str, recall: float
) -> None:
    found = judge_golden(GoldenTarget(HttpTarget(URL), **expected), 200, json.dumps(ANSWER).encode(), 0.5)
    assert (found.outcome, found.reason, found.value) == ("bad" if reason else "good", reason, recall)
    assert "14 Days." not in found.detail  # what came is not kept


def test_a_golden_probe_that_is_refused_or_slow_is_bad_for_that_reason() -> None:
    target = GoldenTarget(HttpTarget(URL, latency_s_max=0.1), answer_path="answer", answer_contains=("14 days",))
    assert judge_golden(target, 500, b"", 0.05).reason == "http_500"
    assert judge_golden(target, 200, b"no JSON", 0.05).reason == "expectation_json"
    slow = judge_golden(target, 200, json.dumps(ANSWER).encode(), 0.5)
    assert (slow.reason, slow.value) == ("slow", 1.0)


def test_documents_may_be_a_list_of_names() -> None:
    target = GoldenTarget(HttpTarget(URL), documents_path="documents", documents=("a", "2"))
    assert judge_golden(target, 200, b'{"documents": ["a", 2]}', 0.1).outcome == "good"
