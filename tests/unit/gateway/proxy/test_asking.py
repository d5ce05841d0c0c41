"""What a request asks, and what is sent on of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.gateway.proxy.asking import Ask, outgoing, read_ask
from evenkeel.gateway.proxy.operations import Operation, find_operation
from evenkeel.gateway.routes.model import Dialect, Upstream
from evenkeel.kernel.errors import InvalidInputError


def operation(path: str = "/v1/chat/completions", method: str = "POST") -> Operation:
    found = find_operation(method, path)
    assert found is not None
    return found


def ask(document: Any, path: str = "/v1/chat/completions", headers: dict[bytes, bytes] | None = None) -> Ask:
    return read_ask(operation(path), headers or {}, json.dumps(document).encode())


def upstream(model: str = "", provider: str = "") -> Upstream:
    return Upstream("u", "http://u/v1", Dialect.OPENAI, model=model, provider=provider)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "a list"),
        (b'"text"', "a text"),
        (b"{}", "names no `model`"),
        (b'{"model": 4}', "names no `model`"),
        (b'{"model": "m", "stream": "yes"}', "`stream` is a text"),
        (b'{"model": "m", "max_tokens": -1}', "`max_tokens` is -1"),
        (b'{"model": "m", "max_tokens": 1.5}', "`max_tokens` is 1.5"),
        (b'{"model": "m", "max_tokens": true}', "`max_tokens` is True"),
        (b"[" * 100_000, "not JSON"),
        (b'{"model": "m", "x": NaN}', "not JSON"),
        (b'{"model": "\xff"}', "not JSON"),
    ],
)
def test_what_cannot_be_used_is_named(body: bytes, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        read_ask(operation(), {}, body)


def test_a_compressed_body_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="compressed"):
        read_ask(operation(), {b"content-encoding": b"gzip"}, b"{}")


def test_no_error_repeats_what_was_said() -> None:
    with pytest.raises(InvalidInputError) as caught:
        ask({"model": "m", "stream": "my secret"})
    assert "secret" not in str(caught.value)


def test_the_output_is_bounded_by_the_lower_limit_for_each_choice() -> None:
    def bound(document: Any, path: str = "/v1/chat/completions") -> tuple[int | None, int]:
        found = ask({"model": "m", **document}, path)
        return found.output_max, found.choices

    assert bound({}) == (None, 1)
    assert bound({"max_tokens": 9, "max_completion_tokens": 7}) == (7, 1)
    assert bound({"max_tokens": 9, "n": 3}) == (9, 3)
    assert bound({"max_tokens": 9, "best_of": 4, "n": 2}, "/v1/completions") == (9, 4)
    assert bound({"max_output_tokens": 5}, "/v1/responses") == (5, 1)


def test_users_sessions_and_tags_are_found_where_people_say_them() -> None:
    assert ask({"model": "m", "user": "a"}).user == "a"
    assert ask({"model": "m", "user": "a", "safety_identifier": "b"}).user == "b"
    assert ask({"model": "m", "metadata": {"user_id": "c"}}, "/v1/messages").user == "c"
    said = {b"x-evenkeel-user": b"d", b"x-evenkeel-session": b"s", b"x-evenkeel-tags": b" x, y,,"}
    found = ask({"model": "m", "user": "a"}, headers=said)
    assert (found.user, found.session, found.tags) == ("d", "s", frozenset(("x", "y")))


def test_a_body_that_needs_no_change_goes_on_byte_by_byte() -> None:
    body = b'{ "model" : "m","temperature":1.0, "x":12345678901234567890 }'
    assert outgoing(read_ask(operation(), {}, body), upstream()) == (body, False)


def test_the_model_is_replaced_and_all_else_kept() -> None:
    sent, _ = outgoing(ask({"model": "m", "seed": 12345678901234567890, "t": 1.0}), upstream(model="real"))
    assert json.loads(sent) == {"model": "real", "seed": 12345678901234567890, "t": 1.0}


def test_a_stream_is_asked_for_its_usage_which_the_caller_gets_only_if_it_asked() -> None:
    sent, is_ours = outgoing(ask({"model": "m", "stream": True, "stream_options": {"x": 1}}), upstream())
    assert json.loads(sent)["stream_options"] == {"x": 1, "include_usage": True}
    assert is_ours
    asked = ask({"model": "m", "stream": True, "stream_options": {"include_usage": True}})
    assert outgoing(asked, upstream()) == (asked.body, False)
    assert outgoing(ask({"model": "m", "stream": True}, "/v1/responses"), upstream())[1] is False


@pytest.mark.parametrize(
    ("document", "provider", "expected"),
    [
        ({}, "", {"max_tokens": 10}),
        ({}, "openai", {"max_completion_tokens": 10}),
        ({"max_tokens": 50}, "openai", {"max_tokens": 10}),
        ({"max_tokens": 50, "max_completion_tokens": 60}, "", {"max_tokens": 10, "max_completion_tokens": 10}),
        ({"max_tokens": 8}, "", {"max_tokens": 8}),
        ({"n": 5}, "", {"n": 5, "max_tokens": 2}),
    ],
)
def test_the_output_is_capped_and_never_raised(document: Any, provider: str, expected: Any) -> None:
    sent, _ = outgoing(ask({"model": "m", **document}), upstream(provider=provider), 10)
    assert json.loads(sent) == {"model": "m", **expected}


def test_where_a_limit_holds_a_name_said_twice_goes_on_once_as_it_was_read() -> None:
    twice = read_ask(operation(), {}, b'{"model": "m", "max_tokens": 100000, "max_tokens": 8}')
    assert outgoing(twice, upstream(), 10) == (b'{"model":"m","max_tokens":8}', False)
