from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from evenkeel.testing.receivers.opsgenie import API_KEY, OpsgenieReceiver

KEY = f"GenieKey {API_KEY}"


@pytest.fixture
def receiver() -> Iterator[OpsgenieReceiver]:
    with OpsgenieReceiver() as made:
        yield made


def act(action: str, alias: str = "a%2Fb") -> str:
    return f"/v2/alerts/{alias}/{action}?identifierType=alias"


def test_an_alias_is_one_alert_until_it_is_closed(receiver: OpsgenieReceiver, ask: Any) -> None:
    create = {"message": "m", "alias": "a/b"}
    for path, document in (
        (act("close"), {}),
        ("/v2/alerts", create),
        ("/v2/alerts", create),
        (act("notes"), {"note": "n"}),
        (act("acknowledge"), {"user": "ada"}),
        (act("close"), {"note": "over"}),
        ("/v2/alerts", create),
    ):
        reply = ask(receiver, path, document, authorization=KEY)
        assert (reply.status, json.loads(reply.body)["result"]) == (202, "Request will be processed")
    first, second = receiver.alerts
    assert (first.state, first.count, first.notes) == ("closed", 2, ["n", "over"])
    assert (second.state, second.count) == ("open", 1)


@pytest.mark.parametrize(
    "more",
    [
        {"message": "m" * 131}, {"message": ""}, {"alias": "a" * 513}, {"description": "d" * 15_001},
        {"tags": ["t"] * 21}, {"tags": ["t" * 51]}, {"details": {"k": "v" * 8_000}}, {"details": {"k": 1}},
        {"entity": "e" * 513}, {"priority": "P0"}, {"source": "s" * 101}, {"user": "u" * 101}, {"note": "n" * 25_001},
        {"severity": "high"},
    ],
)  # fmt: skip
def test_what_is_not_documented_is_refused(receiver: OpsgenieReceiver, ask: Any, more: dict[str, Any]) -> None:
    assert ask(receiver, "/v2/alerts", {"message": "m"} | more, authorization=KEY).status == 422
    assert (receiver.alerts, len(receiver.problems)) == ([], 1)


def test_strangers_and_strange_paths_are_refused(receiver: OpsgenieReceiver, ask: Any) -> None:
    assert ask(receiver, "/v2/alerts", {"message": "m"}, authorization="GenieKey other").status == 403
    assert ask(receiver, "/v2/alerts/a/close", {}, authorization=KEY).status == 422  # which kind of identifier?
    assert ask(receiver, act("delete"), {}, authorization=KEY).status == 404
    assert ask(receiver, act("notes"), {}, authorization=KEY).status == 422
