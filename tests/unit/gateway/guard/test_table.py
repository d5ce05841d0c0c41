"""The table of guards, there and back, and what is refused of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.guard.table import guards_document, parse_guards
from evenkeel.store.tables import PublishedTable, publish

POLICY = GuardPolicy(
    "telemetry",
    (("pii", GuardAction.REDACT), ("aws_access_key", GuardAction.BLOCK), ("topic:weapons", GuardAction.HOLD)),
    ("weapons: rifle",),
    1_000,
    2_000,
    frozenset((Side.INPUT,)),
    is_fail_open=True,
    hold_back_chars=64,
)
GUARDS = {"chat": POLICY, "all": GuardPolicy()}


def test_a_table_comes_back_as_it_went_through_json() -> None:
    assert parse_guards(json.loads(json.dumps(guards_document(GUARDS)))) == GUARDS


def test_the_same_guards_give_the_same_document_with_values_of_enums() -> None:
    document = guards_document(GUARDS)
    assert guards_document(dict(reversed(list(GUARDS.items())))) == document
    assert document["guards"]["chat"]["actions"][0] == ["pii", "redact"]
    assert document["guards"]["chat"]["sides"] == ["input"]


def test_a_worker_reads_what_control_publishes(tmp_path: Path) -> None:
    publish(tmp_path / "guards.json", guards_document(GUARDS))
    assert PublishedTable(tmp_path / "guards.json", parse_guards, {}).current() == GUARDS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"profile": "poem"}, "guards.chat: profile"),
        ({"actions": [["pii", "shout"]]}, "guards.chat: .*shout"),
        ({"actions": [["pi", "redact"]]}, "guards.chat.actions: 'pi' is not an entity or a group"),
        ({"actions": [["topic:x", "hold"]]}, "guards.chat.actions: 'topic:x' is not a denied topic"),
        ({"deny_topics": [""]}, "guards.chat: ''"),
        ({"hold_back_chars": -1}, "guards.chat.hold_back_chars: -1"),
        ({"sides": ["up"]}, "guards.chat: .*up"),
    ],
)
def test_a_policy_that_is_wrong_is_refused_and_named(change: dict[str, object], words: str) -> None:
    document = guards_document(GUARDS)
    document["guards"]["chat"] |= change
    with pytest.raises(ValueError, match=words):
        parse_guards(document)


@pytest.mark.parametrize(
    "document", [{}, {"version": 2, "guards": {}}, {"version": 1}, {"version": 1, "guards": {"x": 1}}, [],
     {"version": 1, "guards": {"x": {}}}],
)  # fmt: skip
def test_what_is_no_table_is_refused(document: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError), match=r"version|guards|table"):
        parse_guards(document)
