"""Limits as callers meet them: what is used never exceeds them, whatever upstreams do."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.testing.upstreams import Trouble, Voice, openai_upstream

#: USD per token of the own model: 1 in, 2 out, in nano-units.
IN, OUT = 1_000, 2_000


def limit(measure: Measure, amount: int, holder: Holder = Holder.KEY, period: Period = Period.EVER) -> Limit:
    return Limit("cap", holder, "*", measure, period, amount, "USD" if measure is Measure.MONEY else "")


def error_of(body: bytes) -> Any:
    return json.loads(body)["error"]


def test_requests_are_counted_once_however_often_they_are_tried(gateway: Any) -> None:
    gateway.limit(limit(Measure.REQUESTS, 3))
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url), retries_max=1)
        double.trouble = Trouble(status=503, times=1)
        assert [gateway.ask()[0] for _ in range(3)] == [200] * 3
        status, headers, body = gateway.ask()
        assert len(double.tally.requests) == 4
    error = error_of(body)
    assert (status, error["code"], headers["x-should-retry"]) == (429, "rate_limit_exceeded", "false")
    assert "3 requests of 3 requests" in error["message"]
    refused = gateway.ledger.rows("request", 4)[-1]
    assert (refused["outcome"], refused["reason"]) == ("excluded", "rate_limited")


def test_the_output_is_cut_to_what_is_left_and_then_there_is_none(gateway: Any) -> None:
    gateway.limit(limit(Measure.TOKENS, 1_200))
    with openai_upstream(voice=Voice(words=5_000)) as double:
        gateway.route(gateway.upstream("u", double.url))
        codes = [gateway.ask()[0] for _ in range(3)]
        used = sum(double.tally.tokens_in.values()) + sum(double.tally.tokens_out.values())
        asked = double.tally.requests[0].document["max_completion_tokens"]
    assert codes[0] == 200
    assert codes[-1] == 429
    assert asked < 1_200
    assert used <= 1_200


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("usage", ["right", "missing"])
def test_money_is_never_over_its_cap_with_many_at_once(gateway: Any, is_stream: bool, usage: Any) -> None:
    cap = 40 * (3 * IN + 12 * OUT)
    gateway.limit(limit(Measure.MONEY, cap))
    asked = {**gateway.chat, "model": "own-model", "max_tokens": 12, "stream": is_stream}
    with openai_upstream(voice=Voice(words=12)) as double:
        gateway.route(gateway.upstream("u", double.url, provider=""))
        double.trouble = Trouble(usage=usage)
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: gateway.ask(document=asked), range(80)))
        spent = sum(double.tally.tokens_in.values()) * IN + sum(double.tally.tokens_out.values()) * OUT
    codes = [status for status, _, _ in answers]
    assert set(codes) <= {200, 429}, [error_of(body) for status, _, body in answers if status not in (200, 429)]
    assert codes.count(429) > 0
    assert 0 < spent <= cap
    recorded = sum(row["cost_nano"] for row in gateway.ledger.rows("attempt", codes.count(200)))
    assert spent <= recorded <= cap


def test_an_upstream_that_ignores_the_bound_overruns_by_its_own_request_only(gateway: Any) -> None:
    gateway.limit(limit(Measure.TOKENS, 2_000))
    with openai_upstream(voice=Voice(words=4_000)) as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(overrun=3)
        codes = [gateway.ask(document={**gateway.chat, "max_tokens": 900})[0] for _ in range(4)]
        granted = [each.document["max_tokens"] for each in double.tally.requests]
        used = sum(double.tally.tokens_out.values())
    assert codes[0] == 200
    assert codes[-1] == 429
    assert granted
    assert max(granted) <= 900
    assert used > sum(granted), "it did ignore the bound"
    assert used <= 2_000 + 2 * 900 * 3


def test_a_model_without_a_price_is_refused_where_money_is_limited(gateway: Any) -> None:
    gateway.limit(limit(Measure.MONEY, 10**9))
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url, provider=""))
        status, _, body = gateway.ask(document={**gateway.chat, "model": "nobody-knows"})
        assert double.tally.requests == []
    assert (status, error_of(body)["code"]) == (403, "unpriced_model")
    assert "prices" in error_of(body)["message"]


def test_a_tier_without_a_price_is_refused_where_money_is_limited(gateway: Any) -> None:
    gateway.limit(limit(Measure.MONEY, 10**9))
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url, provider="openai"))
        asked = {**gateway.chat, "model": "gpt-5", "max_tokens": 12}
        status, _, body = gateway.ask(document={**asked, "service_tier": "scale"})
        assert double.tally.requests == []
        assert (status, error_of(body)["code"]) == (403, "unpriced_model")
        assert "tier 'scale'" in error_of(body)["message"]
        assert gateway.ask(document={**asked, "service_tier": "priority"})[0] == 200


def test_what_is_reserved_is_enough_for_the_dearest_tier_that_a_request_may_get(gateway: Any) -> None:
    """gpt-5 costs 1.25 and 10 USD a million; OpenAI's dearest tier 2.5 times as much."""
    words = 1_000
    cap = words * 10_000 + 1_200_000  # the input is bounded by its bytes
    gateway.limit(limit(Measure.MONEY, cap))
    asked = {**gateway.chat, "model": "gpt-5", "max_completion_tokens": words}
    with openai_upstream(voice=Voice(words=words)) as double:
        gateway.route(gateway.upstream("u", double.url, provider="openai"))
        assert gateway.ask(document={**asked, "service_tier": "default"})[0] == 200
        assert double.tally.requests[-1].document["max_completion_tokens"] == words
        gateway.limit(limit(Measure.MONEY, 2 * cap))
        assert gateway.ask(document=asked)[0] == 200
        assert 16 <= double.tally.requests[-1].document["max_completion_tokens"] < words / 2


def test_what_never_reached_an_upstream_is_not_charged(gateway: Any) -> None:
    gateway.limit(limit(Measure.TOKENS, 1_100))
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        with double.refusing():
            assert {gateway.ask()[0] for _ in range(4)} == {502}
        assert gateway.ask()[0] == 200


def test_each_user_has_a_cap_of_its_own(gateway: Any) -> None:
    gateway.limit(limit(Measure.REQUESTS, 1, Holder.USER))
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        codes = [gateway.ask(x_evenkeel_user=user)[0] for user in ("ada", "bob", "ada", "bob")]
        assert [*codes, gateway.ask()[0], gateway.ask()[0]] == [200, 200, 429, 429, 200, 200]


def test_a_caller_that_left_pays_no_more_than_was_reserved(gateway: Any) -> None:
    going_on = threading.Event()
    gateway.limit(limit(Measure.TOKENS, 5_000))
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        double.trouble = Trouble(hang=going_on, hang_at=3, times=1)
        gateway.leave(document={**gateway.chat, "stream": True, "max_tokens": 12})
        (attempt,) = gateway.ledger.rows("attempt")
        going_on.set()
        assert attempt["tokens_out"] <= 12
        status, _, body = gateway.ask()
        assert status == 200, body
