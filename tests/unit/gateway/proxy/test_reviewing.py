"""Callers ask what became of what a person had to see, and get it exactly once decided."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.holds.model import Content, HoldPolicy, Ruling
from evenkeel.gateway.proxy.reviewing import find_review
from evenkeel.testing.upstreams import Voice, openai_upstream

OUTPUT = GuardPolicy(
    actions=(("email", GuardAction.HOLD), ("secrets", GuardAction.BLOCK), ("iban", GuardAction.REDACT)),
    sides=frozenset((Side.OUTPUT,)),
)
INPUT = GuardPolicy(actions=(("email", GuardAction.HOLD),), sides=frozenset((Side.INPUT,)))
SAYS = Voice(text="Write to ada@example.org, or pay DE89370400440532013000.")
ASKED = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "I am ada@example.org"}]}


def rule(gateway: Any, review: str, state: str, *, edited: Content | None = None, reason: str = "") -> None:
    """Decide, as control does."""
    now_us = gateway.worker.app.clock.now_us()
    gateway.hold_files.rule(review.rpartition("/")[2], Ruling(state, "grace", now_us, reason), edited)


@pytest.mark.parametrize("is_stream", [False, True])
def test_an_answer_waits_for_a_person_and_is_then_given_as_it_would_have_been(gateway: Any, is_stream: bool) -> None:
    gateway.guards["production/bot"] = OUTPUT
    with openai_upstream(voice=SAYS) as double:
        gateway.route(gateway.upstream("u", double.url), retries_max=2)
        status, headers, body = gateway.ask(document={**gateway.chat, "stream": is_stream})
        assert len(double.tally.requests) == 1
    place = headers["location"]
    told = json.loads(body)
    assert (status, told["status"], told["poll"]) == (202, "waiting", place)
    assert told["reasons"] == ["guard.hold.email"]
    assert b"ada@" not in body
    assert gateway.ask(place, method="GET")[0] == 202
    rule(gateway, place, "approved")
    for _ in range(2):  # whoever lost the answer asks again
        status, headers, body = gateway.ask(place, method="GET")
        assert status == 200
        assert headers["content-type"].partition(";")[0] == ("text/event-stream" if is_stream else "application/json")
        assert b"DE8937" not in body
    if not is_stream:
        assert json.loads(body)["choices"][0]["message"]["content"] == "Write to ada@example.org, or pay [IBAN]."
    (request,), (attempt,) = gateway.ledger.rows("request"), gateway.ledger.rows("attempt")
    assert (request["outcome"], request["reason"], request["status_code"]) == ("excluded", "guard_hold", 202)
    assert (attempt["outcome"], attempt["cost_nano"] > 0) == ("good", True)


@pytest.mark.parametrize("is_stream", [False, True])
def test_what_holds_nothing_passes_in_the_same_request(gateway: Any, is_stream: bool) -> None:
    gateway.guards["production/bot"] = OUTPUT
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        status, _, body = gateway.ask(document={**gateway.chat, "stream": is_stream})
    assert status == 200
    assert not is_stream or body.rstrip().endswith(b"data: [DONE]")
    assert gateway.hold_files.ids() == []


def test_what_is_blocked_too_is_shown_to_nobody(gateway: Any) -> None:
    gateway.guards["production/bot"] = OUTPUT
    with openai_upstream(voice=Voice(text="ada@example.org has AKIAIOSFODNN7EXAMPLE")) as double:
        gateway.route(gateway.upstream("u", double.url))
        for is_stream in (False, True):
            status, headers, _ = gateway.ask(document={**gateway.chat, "stream": is_stream})
            assert (status, headers["x-evenkeel-error"]) == (400, "guard_block")
    assert gateway.hold_files.ids() == []


def test_an_edited_answer_is_given_instead(gateway: Any) -> None:
    gateway.guards["production/bot"] = OUTPUT
    with openai_upstream(voice=SAYS) as double:
        gateway.route(gateway.upstream("u", double.url))
        place = gateway.ask()[1]["location"]
    rule(gateway, place, "edited", edited=Content([("content-type", "application/json")], b'{"said":"so"}', 200))
    assert gateway.ask(place, method="GET")[2] == b'{"said":"so"}'


def test_a_rejected_answer_is_refused_with_the_reason(gateway: Any) -> None:
    gateway.guards["production/bot"] = OUTPUT
    with openai_upstream(voice=SAYS) as double:
        gateway.route(gateway.upstream("u", double.url))
        place = gateway.ask()[1]["location"]
    rule(gateway, place, "rejected", reason="names a customer")
    status, headers, body = gateway.ask(place, method="GET")
    assert (status, headers["x-evenkeel-error"]) == (403, "review_rejected")
    assert b"names a customer" in body


def test_nobody_decides_in_time_and_nothing_is_released(gateway: Any) -> None:
    gateway.guards["production/bot"] = OUTPUT
    gateway.holds["production/bot"] = HoldPolicy(expires_s=0.0)
    with openai_upstream(voice=SAYS) as double:
        gateway.route(gateway.upstream("u", double.url))
        place = gateway.ask()[1]["location"]
    status, headers, _ = gateway.ask(place, method="GET")
    assert (status, headers["x-evenkeel-error"]) == (410, "review_expired")


def test_only_the_key_that_asked_may_ask_again(gateway: Any) -> None:
    gateway.guards["production/bot"] = OUTPUT
    gateway.allow("ek_other", service="bot")
    with openai_upstream(voice=SAYS) as double:
        gateway.route(gateway.upstream("u", double.url))
        place = gateway.ask()[1]["location"]
    rule(gateway, place, "approved")
    assert gateway.ask(place, method="GET", authorization="Bearer ek_other")[0] == 404
    assert gateway.ask(place, method="GET", authorization="Bearer nobody")[0] == 401
    assert gateway.ask(place, method="GET")[0] == 200


def test_an_approved_request_is_sent_exactly_once(gateway: Any) -> None:
    gateway.guards["production/bot"] = INPUT
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        status, headers, _ = gateway.ask(document=ASKED)
        place = headers["location"]
        assert (status, double.tally.requests) == (202, [])
        assert gateway.ask(place, method="GET")[0] == 202
        rule(gateway, place, "approved")
        answers = [gateway.ask(place, method="GET") for _ in range(3)]
        assert [answer[0] for answer in answers] == [200] * 3
        assert len({answer[2] for answer in answers}) == 1
        (sent,) = double.tally.requests
        assert sent.document["messages"][0]["content"] == "I am ada@example.org"
        assert "ek_test" not in str(sent)
    held, answered = gateway.ledger.rows("request", 2)
    assert (held["outcome"], held["reason"], answered["outcome"]) == ("excluded", "guard_hold", "good")
    files = gateway.hold_files
    assert files.content(place.rpartition("/")[2]) is None  # what was asked is not needed any more


def test_an_edited_request_is_sent_as_it_was_written_instead(gateway: Any) -> None:
    gateway.guards["production/bot"] = INPUT
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        place = gateway.ask(document=ASKED)[1]["location"]
        body = json.dumps({**ASKED, "messages": [{"role": "user", "content": "I am somebody"}]}).encode()
        rule(gateway, place, "edited", edited=Content([("content-type", "application/json")], body))
        assert gateway.ask(place, method="GET")[0] == 200
        assert double.tally.requests[0].document["messages"][0]["content"] == "I am somebody"


def test_a_request_whose_worker_died_at_it_is_not_sent_again(gateway: Any) -> None:
    gateway.guards["production/bot"] = INPUT
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        place = gateway.ask(document=ASKED)[1]["location"]
        rule(gateway, place, "approved")
        claim = gateway.hold_files.claim(place.rpartition("/")[2])
        assert claim is not None
        assert json.loads(gateway.ask(place, method="GET")[2])["status"] == "sending"
        claim.release()  # as a kill does
        status, headers, _ = gateway.ask(place, method="GET")
        assert (status, headers["x-evenkeel-error"]) == (502, "review_unknown")
        assert double.tally.requests == []


@pytest.mark.parametrize("kind", ["json", "ruling", "answer", "sent"])
def test_a_review_that_cannot_be_read_is_no_answer_and_no_other_error(gateway: Any, kind: str) -> None:
    gateway.guards["production/bot"] = INPUT
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        place = gateway.ask(document=ASKED)[1]["location"]
        rule(gateway, place, "approved")
        damaged = gateway.folder / "holds" / f"{place.rpartition('/')[2]}.{kind}"
        damaged.unlink(missing_ok=True)
        damaged.mkdir()
        status, headers, body = gateway.ask(place, method="GET")
        assert (status, headers["x-evenkeel-error"]) == (503, "review_unavailable")
        assert "cannot be read now" in json.loads(body)["error"]["message"]
        assert double.tally.requests == []


def test_an_approved_request_whose_text_is_gone_is_not_said_to_have_been_sent(gateway: Any) -> None:
    gateway.guards["production/bot"] = INPUT
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        place = gateway.ask(document=ASKED)[1]["location"]
        rule(gateway, place, "approved")
        (gateway.folder / "holds" / f"{place.rpartition('/')[2]}.content").unlink()
        for _ in range(2):
            status, headers, body = gateway.ask(place, method="GET")
            assert (status, headers["x-evenkeel-error"]) == (502, "review_unknown")
            assert "nobody knows whether it was sent" in json.loads(body)["error"]["message"]
        assert double.tally.requests == []


def test_a_path_that_leads_elsewhere_names_no_review() -> None:
    assert find_review("GET", f"/v1/reviews/{'a' * 32}")
    for path in ("/v1/reviews/", "/v1/reviews/..%2f", f"/v1/reviews/{'A' * 32}", f"/v1/reviews/{'a' * 33}"):
        assert find_review("GET", path) == ""
    assert find_review("POST", f"/v1/reviews/{'a' * 32}") == ""
