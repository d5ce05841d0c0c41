"""Which requests are the same, and which are neither kept nor looked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.gateway.cache.key import Way, cache_key, telling
from evenkeel.gateway.cache.model import CachePolicy, Partition
from evenkeel.observe.events import jsontext

POLICY = CachePolicy(ttl_s=60)
ALL = CachePolicy(ttl_s=60, keeps_sampled=True, keeps_tools=True)
BOT = Partition("team", "production", "bot", "v1")
ASKED: dict[str, Any] = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "Hello"}]}
DIALECTS = {"messages": "anthropic", "invocations": "mlflow", "infer": "v2"}


def key(
    document: dict[str, Any], operation: str = "chat", policy: CachePolicy = POLICY, partition: Partition = BOT
) -> bytes | None:
    return cache_key(partition, Way(DIALECTS.get(operation, "openai"), operation), document, policy)


def test_a_key_stays_the_same_from_process_to_process() -> None:
    """Workers that share answers, and a worker that comes back, have to find them."""
    assert key(ASKED) == bytes.fromhex("f8d9b50e5792574ee24761dc55125d1b00a85caa505fda0fd8e60764326c2bea")


def test_order_and_white_space_do_not_matter() -> None:
    text = b'{ "messages" : [ {"content":"Hello", "role":"user"} ],\n "temperature":0, "model":"m" }'
    assert key(jsontext.load(text)) == key(ASKED)


def test_the_order_of_messages_matters() -> None:
    first, second = {"role": "user", "content": "a"}, {"role": "user", "content": "b"}
    assert key({**ASKED, "messages": [first, second]}) != key({**ASKED, "messages": [second, first]})


@pytest.mark.parametrize(
    "changed",
    [
        {"model": "other"},
        {"temperature": 0.0},
        {"top_p": 0.5},
        {"max_tokens": 5},
        {"seed": 1},
        {"stream": True},
        {"stream": True, "stream_options": {"include_usage": True}},
        {"response_format": {"type": "json_object"}},
        {"messages": [{"role": "system", "content": "Be short."}, *ASKED["messages"]]},
        {"messages": [{"role": "user", "content": "Hello "}]},
        {"messages": [{"role": "assistant", "content": "Hello"}]},
        {"metadata": {"user_id": "x"}},
        {"a_field_of_tomorrow": None},
        {"store": True},
        {"service_tier": "flex"},
    ],
)
def test_what_could_change_the_answer_changes_the_key(changed: dict[str, Any]) -> None:
    assert key({**ASKED, **changed}) not in (None, key(ASKED))


def test_values_of_different_types_are_different() -> None:
    keys = [key({**ASKED, "x": value}) for value in (1, 1.0, "1", True, None, [1], {"1": 1}, 0, 0.0, -0.0, "", [], {})]
    assert None not in keys
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "other",
    [
        replace(BOT, tenant="other"),
        replace(BOT, environment="staging"),
        replace(BOT, service="faq"),
        replace(BOT, version="v2"),
        replace(BOT, user=0),
        replace(BOT, tenant="teamproduction", environment=""),
        replace(BOT, service="botv1", version=""),
    ],
)
def test_every_part_of_a_partition_is_in_the_key(other: Partition) -> None:
    assert key(ASKED, partition=other) not in (None, key(ASKED))


def test_dialect_and_operation_are_in_the_key() -> None:
    keys = {
        cache_key(BOT, Way(dialect, name), ASKED, POLICY)
        for dialect in ("openai", "v2")
        for name in ("chat", "responses")
    }
    assert len(keys) == 4


@pytest.mark.parametrize("name", ["user", "safety_identifier", "prompt_cache_key"])
def test_who_asks_is_left_out_but_where_the_answer_repeats_it(name: str) -> None:
    for operation in ("chat", "text_completion"):
        assert key({**ASKED, name: "u"}, operation) == key(ASKED, operation)
    assert key({**ASKED, name: "u"}, "responses") not in (None, key(ASKED, "responses"))


def test_an_anthropic_user_is_left_out_and_other_metadata_is_not() -> None:
    plain = key(ASKED, "messages")
    assert key({**ASKED, "metadata": {"user_id": "u"}}, "messages") == plain
    assert key({**ASKED, "metadata": {"user_id": "u", "x": 1}}, "messages") not in (None, plain)
    assert key({**ASKED, "metadata": {}}, "messages") not in (None, plain)
    assert key({**ASKED, "user": "u"}, "messages") not in (None, plain)


def test_an_id_that_v2_repeats_in_its_answer_stays_in_the_key() -> None:
    assert key({"id": "1", "inputs": []}, "infer") != key({"id": "2", "inputs": []}, "infer")


@pytest.mark.parametrize(
    ("changed", "has_chance"),
    [
        ({}, False),
        ({"temperature": -0.0}, False),
        ({"temperature": 0.1}, True),
        ({"temperature": None}, True),
        ({"temperature": "0"}, True),
        ({"temperature": False}, True),
        ({"temperature": 1, "seed": 7}, False),
        ({"temperature": 1, "seed": None}, True),
        ({"temperature": 1, "seed": True}, True),
        ({"n": 1}, False),
        ({"n": None}, False),
        ({"n": 2}, True),
        ({"n": 2, "temperature": 1, "seed": 7}, True),
        ({"n": True}, True),
        ({"best_of": 3}, True),
    ],
)
def test_what_chance_has_a_part_in_is_kept_only_by_policy(changed: dict[str, Any], has_chance: bool) -> None:
    assert (key({**ASKED, **changed}) is None) is has_chance
    assert key({**ASKED, **changed}, policy=ALL) is not None


def test_a_request_that_says_nothing_of_temperature_is_sampled() -> None:
    document = {name: value for name, value in ASKED.items() if name != "temperature"}
    for operation in ("chat", "text_completion", "responses", "messages"):
        assert key(document, operation) is None
        assert key(document, operation, replace(POLICY, keeps_sampled=True)) is not None


@pytest.mark.parametrize("name", ["tools", "functions", "mcp_servers", "web_search_options"])
def test_requests_with_tools_are_kept_only_by_policy(name: str) -> None:
    assert key({**ASKED, name: [{"name": "f"}]}) is None
    assert key({**ASKED, name: {}}) is None
    assert key({**ASKED, name: [{"name": "f"}]}, policy=replace(POLICY, keeps_tools=True)) is not None
    assert key({**ASKED, name: []}) is not None
    assert key({**ASKED, name: None}) is not None


@pytest.mark.parametrize("changed", [{"conversation": "c"}, {"background": True}, {"container": "c"}])
def test_what_leaves_something_at_the_provider_is_never_kept(changed: dict[str, Any]) -> None:
    assert key({**ASKED, **changed}, "responses", ALL) is None


@pytest.mark.parametrize("operation", ["embeddings", "invocations", "infer"])
def test_models_without_chance_are_kept_by_any_policy(operation: str) -> None:
    assert key({"inputs": [1, 2]}, operation) is not None


@pytest.mark.parametrize("operation", ["metadata", "count_tokens", "", "images"])
def test_other_operations_are_never_kept(operation: str) -> None:
    assert key(ASKED, operation, ALL) is None


def test_nothing_is_kept_for_nobody_or_for_no_time() -> None:
    assert key(ASKED, partition=replace(BOT, tenant="")) is None
    assert key(ASKED, policy=CachePolicy(ttl_s=0)) is None


def test_a_policy_per_user_keeps_nothing_of_users_who_are_not_known() -> None:
    per_user = CachePolicy(ttl_s=60, is_per_user=True)
    assert key(ASKED, policy=per_user) is None
    keys = {key(ASKED, policy=per_user, partition=replace(BOT, user=user)) for user in (0, 1, 2)}
    assert len(keys) == 3
    assert None not in keys


def test_what_is_no_text_or_too_deep_is_not_kept() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]
    assert key({**ASKED, "x": deep}) is None
    assert key({**ASKED, "x": "\ud800"}) is None
    assert key(ASKED, partition=replace(BOT, tenant="\ud800")) is None


def came(target: bytes, guard: str = "", **headers: bytes) -> bytes | None:
    told = telling({name.replace("_", "-").encode(): value for name, value in headers.items()})
    return cache_key(BOT, Way("anthropic", "messages", target, told, guard), ASKED, POLICY)


def test_target_guard_and_telling_headers_are_part_of_the_key_and_others_are_not() -> None:
    plain = came(b"/v1/messages")
    assert came(b"/v1/messages", user_agent=b"x", accept=b"") == plain
    others = {
        key(ASKED, "messages"),
        came(b"/v1/messages?beta=true"),
        came(b"/v1/messages", anthropic_version=b"2023-06-01"),
        came(b"/v1/messages", anthropic_beta=b"2023-06-01"),
        came(b"/v1/messages\xff"),
        came(b"/v1/messages", "another guard"),
    }
    assert None not in others
    assert len(others | {plain}) == 7
