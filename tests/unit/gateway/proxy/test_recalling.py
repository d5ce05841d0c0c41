"""Answers out of the cache: the same bytes, nothing used, nobody's but the tenant's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.routes.model import Version
from evenkeel.testing.upstreams import Trouble, openai_upstream

ASKED = {"model": "gpt-4o-mini", "temperature": 0, "messages": [{"role": "user", "content": "one two three"}]}


@pytest.fixture
def caching(gateway: Any) -> Any:
    gateway.caches["production/bot"] = CachePolicy(ttl_s=600.0)
    return gateway


@pytest.mark.parametrize("is_stream", [False, True])
def test_the_same_question_is_answered_with_the_same_bytes_and_costs_nothing(caching: Any, is_stream: bool) -> None:
    asked = {**ASKED, "stream": is_stream}
    with openai_upstream() as double:
        caching.route(caching.upstream("u", double.url))
        _, first_headers, first = caching.ask(document=asked)
        status, headers, second = caching.ask(document={"stream": is_stream, **ASKED})  # in another order
        requests, attempts = caching.ledger.rows("request", 2), caching.ledger.rows("attempt", 2)
        assert len(double.tally.requests) == 1
    assert (status, second) == (200, first)
    assert headers["x-evenkeel-cache"] == "hit"
    assert headers["content-type"] == first_headers["content-type"]
    assert headers["x-evenkeel-request-id"] == requests[1]["request_id"].hex()  # its own, not that of the first
    assert (headers["x-evenkeel-version"], headers["x-evenkeel-upstream"]) == ("1", "cache")
    assert int(headers["age"]) >= 0
    assert [row["outcome"] for row in requests] == ["good", "good"]
    assert (attempts[1]["cost_nano"], attempts[1].get("tokens_out")) == (0, None)
    assert '"evenkeel.saved"' in attempts[1]["attributes"]
    assert ['"evenkeel.cache":"hit"' in row["attributes"] for row in requests] == [False, True]


def test_nothing_crosses_from_one_tenant_or_form_to_another(caching: Any) -> None:
    caching.allow("ek_other", service="bot")
    with openai_upstream() as double:
        caching.route(caching.upstream("u", double.url))
        caching.ask(document=ASKED)
        caching.ask(document=ASKED, authorization="Bearer ek_other")
        caching.ask(document={**ASKED, "stream": True})
        caching.ask(document={**ASKED, "top_p": 0.5})
        caching.ask("/v1/chat/completions?api-version=2", document=ASKED)
        assert len(double.tally.requests) == 5


@pytest.mark.parametrize("trouble", [Trouble(status=500), Trouble(close_at_event=3), Trouble(garbage="json")])
def test_what_failed_is_not_given_again(caching: Any, trouble: Trouble) -> None:
    with openai_upstream() as double:
        caching.route(caching.upstream("u", double.url))
        double.trouble = trouble
        caching.ask(document={**ASKED, "stream": True})
        double.trouble = None
        status, headers, body = caching.ask(document={**ASKED, "stream": True})
    assert (status, headers.get("x-evenkeel-cache")) == (200, None)
    assert body.endswith(b"data: [DONE]\n\n")


def test_an_answer_of_the_fallback_is_not_kept_for_the_version_that_failed(caching: Any) -> None:
    with openai_upstream() as one, openai_upstream() as two:
        given = [caching.upstream("a", one.url), caching.upstream("b", two.url)]
        caching.route(*given, versions=(Version("1", 1.0, ("a",)), Version("0", 0.0, ("b",))), fallback=("0",))
        one.trouble = Trouble(status=500, times=1)
        assert caching.ask(document=ASKED)[1]["x-evenkeel-version"] == "0"
        assert caching.ask(document=ASKED)[1]["x-evenkeel-version"] == "1"


def test_an_upstream_is_sent_what_was_read_so_that_a_name_said_twice_poisons_no_cache(caching: Any) -> None:
    body = json.dumps(ASKED).replace('"temperature": 0', '"temperature": 2, "temperature": 0')
    with openai_upstream() as double:
        caching.route(caching.upstream("u", double.url))
        caching.ask(document=body.encode())
        assert double.tally.requests[0].body.count(b"temperature") == 1
