"""Hits that are asked again: after the answer, billed to nobody, and compared."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.guard.model import GuardPolicy, Side
from evenkeel.testing.upstreams import Trouble, Voice, openai_upstream

ASKED = {"model": "gpt-4o-mini", "temperature": 0, "messages": [{"role": "user", "content": "one two three"}]}


@pytest.fixture
def caching(gateway: Any) -> Any:
    gateway.caches["production/bot"] = CachePolicy(ttl_s=600.0, keeps_sampled=True, asked_again_share=1.0)
    return gateway


def verdict(caching: Any) -> Any:
    """Of the third attempt: the first was answered, the second out of the cache."""
    row = caching.ledger.rows("attempt", 3)[2]
    about = json.loads(row["attributes"])
    assert "evenkeel.shadow" not in about
    assert row.get("caller") is None
    return about["evenkeel.asked_again"]


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize(
    ("temperature", "words", "said"), [(0, 5, "same"), (0, 6, "wrong"), (0.7, 5, "alike"), (0.7, 6, "differs")]
)
def test_the_fresh_answer_is_compared_with_the_one_that_was_kept(
    caching: Any, is_stream: bool, temperature: float, words: int, said: str
) -> None:
    asked = {**ASKED, "temperature": temperature, "stream": is_stream}
    with openai_upstream(voice=Voice(words=5)) as double:
        caching.route(caching.upstream("u", double.url))
        first = caching.ask(document=asked, x_evenkeel_user="ada")[2]
        double.voice = Voice(words=words)
        assert caching.ask(document=asked, x_evenkeel_user="ada")[2] == first
        assert verdict(caching) == said
    assert len(caching.ledger.rows("request", 2)) == 2
    assert caching.ledger.rows("attempt", 3)[2]["tokens_out"] == words


def test_an_upstream_that_hangs_delays_no_hit_and_proves_nothing_when_it_fails(caching: Any) -> None:
    going_on = threading.Event()
    with openai_upstream() as double:
        caching.route(caching.upstream("u", double.url))
        caching.ask(document=ASKED)
        double.trouble = Trouble(hang=going_on, status=500)
        status, headers, _ = caching.ask(document=ASKED)
        assert (status, headers["x-evenkeel-cache"]) == (200, "hit")
        assert len(caching.ledger.rows("attempt", 2)) == 2
        going_on.set()
        assert verdict(caching) == "failed"


def test_without_a_share_or_beside_a_guard_of_answers_no_hit_is_asked_again(caching: Any) -> None:
    policy = caching.caches["production/bot"]
    with openai_upstream() as double:
        caching.route(caching.upstream("u", double.url))
        caching.caches["production/bot"] = replace(policy, asked_again_share=0.0)
        caching.ask(document=ASKED)
        caching.ask(document=ASKED)
        caching.caches["production/bot"] = policy
        caching.guards["production/bot"] = GuardPolicy(sides=frozenset((Side.OUTPUT,)))
        caching.ask(document=ASKED)
        caching.ask(document=ASKED)
        caching.ledger.rows("request", 4)
        assert len(double.tally.requests) == 2
        assert caching.worker.app.background.count == 0


def test_what_is_asked_again_is_bounded_as_shadows_are(caching: Any) -> None:
    object.__setattr__(caching.worker.app, "limits", replace(caching.worker.app.limits, shadows_max=0))
    with openai_upstream() as double:
        caching.route(caching.upstream("u", double.url))
        caching.ask(document=ASKED)
        caching.ask(document=ASKED)
        assert b"evenkeel_gateway_shadows_skipped_total 1" in caching.ask("/metrics", method="GET")[2]
        assert len(double.tally.requests) == 1
