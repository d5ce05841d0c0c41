"""Upstreams that fail, and what their callers are given all the same."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from evenkeel.gateway.proxy.waiting import KILLED, STOPPED
from evenkeel.gateway.routes.model import Kill, Version
from evenkeel.testing.upstreams import RawUpstream, Trouble, Voice, openai_upstream

STREAM = {"stream": True}


def code_of(body: bytes) -> str:
    return json.loads(body)["error"]["code"]


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Trouble(reset_at_byte=0), 502, "upstream_reset"),
        (Trouble(reset_at_byte=300), 502, "upstream_reset"),
        (Trouble(garbage="http"), 502, "upstream_garbage"),
        (Trouble(garbage="json"), 502, "upstream_garbage"),
        (Trouble(garbage="half_json"), 502, "upstream_garbage"),
        (Trouble(content_length_off=10), 502, "upstream_reset"),
        (Trouble(status=401), 502, "upstream_credentials"),
    ],
    ids=["reset", "reset in the middle", "no HTTP", "no JSON", "half JSON", "too short", "our key"],
)
def test_a_failure_has_a_name_and_is_bad(gateway: Any, trouble: Trouble, status: int, code: str) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = trouble
        found, _, body = gateway.ask()
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
    assert (found, code_of(body)) == (status, code)
    assert "'u'" in json.loads(body)["error"]["message"]
    assert (request["outcome"], attempt["outcome"]) == ("bad", "bad")


def test_an_upstream_that_refuses_connections_costs_nothing(gateway: Any) -> None:
    with openai_upstream() as double, double.refusing():
        gateway.route(gateway.upstream("u", double.url))
        status, _, body = gateway.ask()
        (attempt,) = gateway.ledger.rows("attempt")
    assert (status, code_of(body)) == (502, "upstream_unreachable")
    assert attempt.get("tokens_in") is None
    assert attempt.get("cost_nano") in (None, 0)


@pytest.mark.parametrize("status", [400, 404, 422, 429, 500, 503])
def test_the_upstreams_own_words_reach_the_caller(gateway: Any, status: int) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(status=status, retry_after_s=7 if status == 429 else None)
        found, headers, body = gateway.ask()
        (request,) = gateway.ledger.rows("request")
    assert found == status
    assert "error" in json.loads(body)
    assert headers.get("retry-after") == ("7" if status == 429 else None)
    assert request["outcome"] == ("bad" if status in (429, 500, 503) else "excluded")


def test_a_retry_that_succeeds_is_one_good_request_and_two_attempts(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url), retries_max=1)
        double.trouble = Trouble(status=503, times=1)
        assert gateway.ask()[0] == 200
        (request,) = gateway.ledger.rows("request")
        attempts = gateway.ledger.rows("attempt", 2)
    assert request["outcome"] == "good"
    assert [each["outcome"] for each in attempts] == ["bad", "good"]


def test_a_failed_answer_says_which_version_failed(gateway: Any) -> None:
    with openai_upstream() as one:
        gateway.route(gateway.upstream("a", one.url), gateway.upstream("b", "http://127.0.0.1:9/v1"))
        one.trouble = Trouble(status=500)
        passed_on = gateway.ask()
    assert (passed_on[0], passed_on[1]["x-evenkeel-version"], passed_on[1]["x-evenkeel-upstream"]) == (500, "1", "a")
    gateway.route(gateway.upstream("b", "http://127.0.0.1:9/v1"))
    refused = gateway.ask()
    assert (refused[0], refused[1]["x-evenkeel-version"], refused[1]["x-evenkeel-upstream"]) == (502, "1", "b")
    assert refused[1]["x-evenkeel-request-id"]


def test_the_next_upstream_is_asked_and_then_the_fallback(gateway: Any) -> None:
    with openai_upstream() as one, openai_upstream() as two, openai_upstream() as three:
        given = [gateway.upstream(name, each.url) for name, each in (("a", one), ("b", two), ("c", three))]
        versions = (Version("1", 1.0, ("a", "b")), Version("0", 0.0, ("c",)))
        gateway.route(*given, versions=versions, retries_max=1, fallback=("0",))
        one.trouble, two.trouble = Trouble(status=500), Trouble(reset_at_byte=0)
        status, headers, _ = gateway.ask()
        attempts = gateway.ledger.rows("attempt", 3)
        (request,) = gateway.ledger.rows("request")
    assert (status, headers["x-evenkeel-upstream"], headers["x-evenkeel-version"]) == (200, "c", "0")
    assert [each["version"] for each in attempts] == ["1", "1", "0"]
    assert (request["outcome"], request["version"]) == ("good", "0")


def test_nothing_is_asked_again_once_the_caller_has_seen_a_byte(gateway: Any) -> None:
    with openai_upstream() as one, openai_upstream() as two:
        gateway.route(gateway.upstream("a", one.url), gateway.upstream("b", two.url), retries_max=3)
        one.trouble = Trouble(close_at_event=3)
        status, _, body = gateway.ask(document={**gateway.chat, **STREAM})
        (request,) = gateway.ledger.rows("request")
        assert two.tally.requests == []
    assert status == 200
    last = body.strip().rpartition(b"\n\n")[2]
    assert json.loads(last.removeprefix(b"data: "))["error"]["code"] == "upstream_reset"
    assert request["outcome"] == "bad"


def test_a_stream_that_ends_in_order_and_yet_before_its_end_is_incomplete(gateway: Any) -> None:
    part = b'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"half"}}]}\n\n'
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(body=part, content_type="text/event-stream")
        status, _, body = gateway.ask(document={**gateway.chat, **STREAM})
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
    assert (status, body[: len(part)]) == (200, part)
    assert code_of(body[len(part) :].removeprefix(b"data: ")) == "upstream_incomplete"
    assert (request["outcome"], attempt["outcome"]) == ("bad", "bad")


def test_a_stream_that_says_it_is_done_is_whole_though_it_gives_no_reason(gateway: Any) -> None:
    part = b'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"all"}}]}\n\n'
    whole = part + b"data: [DONE]\n\n"
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(body=whole, content_type="text/event-stream")
        status, _, body = gateway.ask(document={**gateway.chat, **STREAM})
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
        assert (status, body) == (200, whole)
        assert (request["outcome"], attempt["outcome"]) == ("good", "good")
        double.trouble = Trouble(body=b"data: [DONE]\n\n", content_type="text/event-stream")
        gateway.ask(document={**gateway.chat, **STREAM})
    assert gateway.ledger.rows("request")[-1]["outcome"] == "bad"  # nothing at all was said


@pytest.mark.parametrize("hang_at", ["headers", 2])
def test_an_upstream_that_hangs_is_given_up(gateway: Any, hang_at: Any) -> None:
    hang = threading.Event()
    with openai_upstream() as double:
        timeouts = {"first_byte_s": 0.3, "idle_s": 0.3}
        gateway.route(gateway.upstream("u", double.url, timeouts=timeouts))
        double.trouble = Trouble(hang=hang, hang_at=hang_at)
        status, _, body = gateway.ask(document={**gateway.chat, **STREAM})
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
        hang.set()
    assert status == (504 if hang_at == "headers" else 200)
    assert b'"upstream_timeout"' in body
    assert (request["outcome"], attempt["reason"]) == ("bad", "timeout")


def test_a_wait_that_was_asked_for_is_too_long_for_a_caller(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url), retries_max=2)
        double.trouble = Trouble(status=429, retry_after_s=60)
        begun = time.monotonic()
        status, headers, _ = gateway.ask()
        assert (status, headers["retry-after"]) == (429, "60")
        assert time.monotonic() - begun < 5
        assert len(double.tally.requests) == 1


def test_an_upstream_that_always_fails_is_left_alone(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(status=500)
        codes = [gateway.ask()[0] for _ in range(8)]
        status, headers, body = gateway.ask()
        assert codes[:5] == [500] * 5
        assert (status, code_of(body)) == (503, "upstream_unwell")
        assert int(headers["retry-after"]) >= 1
        assert len(double.tally.requests) == 5


def test_a_version_without_traffic_says_so(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url), versions=(Version("1", 0.0, ("u",)),))
        status, _, body = gateway.ask()
    assert status == 503
    assert "No version" in json.loads(body)["error"]["message"]


def test_a_kill_refuses_what_comes_and_ends_what_is_in_flight(gateway: Any) -> None:
    hang = threading.Event()
    with openai_upstream() as double:
        route = gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(hang=hang, hang_at=3)
        answers: list[Any] = []
        streaming = threading.Thread(target=lambda: answers.append(gateway.ask(document={**gateway.chat, **STREAM})))
        streaming.start()
        double.tally.wait_for(1)
        killed = replace(route, kill=Kill("leaks", "ada", 0))
        gateway.publish({route.name: killed}, gateway.table.upstreams)
        streaming.join(10)
        status, _, body = gateway.ask()
        requests = gateway.ledger.rows("request", 2)
        hang.set()
    assert b'"kill_switch"' in answers[0][2] and b"(leaks)" in answers[0][2]
    assert (status, code_of(body)) == (503, "kill_switch")
    assert [(row["outcome"], row["reason"]) for row in requests] == [("excluded", "kill_switch")] * 2


def test_a_kill_that_comes_while_limits_are_asked_sends_nothing(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        worker = gateway.worker.app
        spending = worker.spending

        class Slow:
            """Limits that are asked for so long that a kill comes between."""

            settle = spending.settle

            async def reserve(self, purpose: Any) -> Any:
                found = await spending.reserve(purpose)
                worker.open.interrupt_all(KILLED)
                return found

        object.__setattr__(worker, "spending", Slow())
        status, _, body = gateway.ask()
        (attempt,) = gateway.ledger.rows("attempt")
        assert double.tally.requests == []
    assert (status, code_of(body)) == (503, "kill_switch")
    assert (attempt["reason"], attempt.get("tokens_out", 0)) == ("kill_switch", 0)


def test_who_is_still_answered_when_the_gateway_must_end_is_told_so(gateway: Any) -> None:
    hang = threading.Event()
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(hang=hang, hang_at=3)
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
        body = json.dumps({**gateway.chat, **STREAM})
        connection.request("POST", "/v1/chat/completions", body, {"authorization": "Bearer ek_test"})
        answer = connection.getresponse()
        assert answer.readline().startswith(b"data: ")
        gateway.worker.loop.call_soon_threadsafe(gateway.worker.app.open.interrupt_all, STOPPED)
        assert b'"gateway_stopped"' in answer.read()
        connection.close()
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
        hang.set()
    assert [(row["outcome"], row["reason"]) for row in (request, attempt)] == [("bad", "gateway_stopped")] * 2


def test_an_answer_that_is_too_long_to_be_held_passes_in_pieces(gateway: Any) -> None:
    limits = replace(gateway.worker.app.limits, answer_held_bytes_max=1_000)
    object.__setattr__(gateway.worker.app, "limits", limits)
    with openai_upstream(voice=Voice(text="word " * 100_000)) as double:
        gateway.route(gateway.upstream("u", double.url))
        status, headers, body = gateway.ask()
        (attempt,) = gateway.ledger.rows("attempt")
        given = sum(double.tally.tokens_out.values())
    assert (status, headers["transfer-encoding"]) == (200, "chunked")
    assert json.loads(body)["usage"]["completion_tokens"] == attempt["tokens_out"] == given


def test_a_service_that_speaks_another_dialect_says_so(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        asked = {"model": "m", "max_tokens": 5, "messages": []}
        status, _, body = gateway.ask("/v1/messages", asked, anthropic_version="2023-06-01")
        assert double.tally.requests == []
    assert (status, json.loads(body)["error"]["code"]) == (400, "wrong_dialect")


def test_a_caller_that_hangs_up_after_the_last_word_has_cancelled_nothing(gateway: Any) -> None:
    events = (
        b'data: {"id":"c","model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"Yes"}}]}\n\n'
        b'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
        b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,'
        b'"prompt_tokens_details":{"cached_tokens":0}}}\n\n'
        b"data: [DONE]\n\n"
    )
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    with RawUpstream(["read", head, b"%x\r\n%b\r\n" % (len(events), events), 5.0]) as double:
        gateway.route(gateway.upstream("u", f"{double.url}/v1"))
        gateway.leave(document={**gateway.chat, **STREAM})
        (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
    assert (request["outcome"], attempt["outcome"]) == ("good", "good")
    assert (attempt["tokens_in"], attempt["tokens_out"], attempt["cost_basis"]) == (3, 1, "exact")
