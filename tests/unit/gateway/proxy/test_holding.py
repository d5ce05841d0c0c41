"""A caller may wait for a person; what cannot be kept for one does not pass."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.holds.model import Hold, HoldPolicy, Ruling
from evenkeel.gateway.proxy.holding import accepted, kept_headers
from evenkeel.testing.upstreams import Voice, openai_upstream

SAYS = Voice(text="Write to ada@example.org.")
ASKED = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "I am ada@example.org"}]}
HOLD = Hold("a" * 32, "k", "production", "bot", "output", "chat", "openai", "POST", "/p", "r", 0, 3_600_000_000, 1, "h")


def hold_on(side: Side) -> GuardPolicy:
    return GuardPolicy(actions=(("pii", GuardAction.HOLD),), sides=frozenset((side,)))


class Person:
    """Looks for what waits, and decides."""

    def __init__(self, gateway: Any, state: str) -> None:
        self._gateway = gateway
        self._state = state
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._decide)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _decide(self) -> None:
        files = self._gateway.hold_files
        while not self._done.wait(0.02):
            for each in files.ids():
                if files.content(each) is not None and files.ruling(each) is None:
                    files.rule(each, Ruling(self._state, "grace", self._gateway.worker.app.clock.now_us(), "so"))


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("state", "status"), [("approved", 200), ("rejected", 403)])
def test_a_caller_that_waits_is_told_what_was_decided(gateway: Any, side: Side, state: str, status: int) -> None:
    gateway.guards["production/bot"] = hold_on(side)
    gateway.holds["production/bot"] = HoldPolicy(wait_s=8.0)
    with openai_upstream(voice=SAYS) as double, Person(gateway, state):
        gateway.route(gateway.upstream("u", double.url))
        found, _, body = gateway.ask(document=ASKED)
        assert found == status, body
        assert len(double.tally.requests) == (0 if side is Side.INPUT and state == "rejected" else 1)
    (hold_id,) = gateway.hold_files.ids()
    if state == "approved":
        assert gateway.hold_files.content(hold_id) is None, "it has been given, and is erased"
        assert gateway.ask(f"/v1/reviews/{hold_id}", method="GET")[0] in (410, 502), "and nobody gets it again"
    assert len(gateway.ledger.rows("request")) == 1


def test_a_caller_that_waited_long_enough_is_told_to_ask_again(gateway: Any) -> None:
    gateway.guards["production/bot"] = hold_on(Side.OUTPUT)
    gateway.holds["production/bot"] = HoldPolicy(wait_s=0.3)
    with openai_upstream(voice=SAYS) as double:
        gateway.route(gateway.upstream("u", double.url))
        assert gateway.ask()[0] == 202


def test_what_cannot_be_kept_for_a_person_does_not_pass(gateway: Any) -> None:
    gateway.guards["production/bot"] = hold_on(Side.OUTPUT)
    gateway.folder.mkdir(exist_ok=True)
    (gateway.folder / "holds").write_bytes(b"no directory")
    with openai_upstream(voice=SAYS) as double:
        gateway.route(gateway.upstream("u", double.url))
        status, headers, body = gateway.ask()
    assert (status, headers["x-evenkeel-error"]) == (503, "review_unavailable")
    assert b"ada@" not in body
    (attempt,) = gateway.ledger.rows("attempt")
    assert attempt["cost_nano"] > 0


def vanishes(gateway: Any, _: str) -> None:
    shutil.rmtree(gateway.folder / "holds")


def is_damaged(gateway: Any, hold_id: str) -> None:
    (gateway.folder / "holds" / f"{hold_id}.ruling").write_bytes(b'{"state": 7}')


def cannot_be_claimed(gateway: Any, hold_id: str) -> None:
    (gateway.folder / "holds" / f"{hold_id}.sent").mkdir()
    gateway.hold_files.rule(hold_id, Ruling("approved", "grace", gateway.worker.app.clock.now_us()))


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("happens", [vanishes, is_damaged, cannot_be_claimed])
def test_a_caller_whose_hold_cannot_be_read_any_more_is_told_at_once_and_gets_nothing(
    gateway: Any, side: Side, happens: Callable[[Any, str], None]
) -> None:
    gateway.guards["production/bot"] = hold_on(side)
    gateway.holds["production/bot"] = HoldPolicy(wait_s=30.0)
    answers: list[tuple[int, Mapping[str, str], bytes]] = []
    with openai_upstream(voice=SAYS) as double:
        gateway.route(gateway.upstream("u", double.url))
        caller = threading.Thread(target=lambda: answers.append(gateway.ask(document=ASKED)))
        caller.start()
        while not (found := [each for each in gateway.hold_files.ids() if gateway.hold_files.content(each)]):
            assert caller.is_alive()
        happens(gateway, found[0])
        caller.join(15.0)
        assert len(double.tally.requests) == (0 if side is Side.INPUT else 1)
    ((status, headers, body),) = answers
    assert (status, headers["x-evenkeel-error"]) == (503, "review_unavailable")
    assert "cannot be read now" in json.loads(body)["error"]["message"]
    assert b"ada@" not in body


def test_a_stream_that_is_too_long_to_be_held_is_stopped(gateway: Any) -> None:
    gateway.guards["production/bot"] = hold_on(Side.OUTPUT)
    gateway.limits = replace(gateway.limits, answer_held_bytes_max=200)
    object.__setattr__(gateway.worker.app, "limits", gateway.limits)
    with openai_upstream(voice=Voice(text="word " * 200)) as double:
        gateway.route(gateway.upstream("u", double.url))
        status, _, body = gateway.ask(document={**gateway.chat, "stream": True})
    assert status == 400
    assert "guard.block.too_long" in json.loads(body)["error"]["message"]


def test_callers_ask_the_less_often_the_longer_they_wait() -> None:
    def after(seconds: int) -> bytes:
        return dict(accepted(HOLD, seconds * 1_000_000).headers)[b"retry-after"]

    assert [after(each) for each in (0, 100, 3000)] == [b"2", b"10", b"30"]


def test_credentials_are_not_kept_with_a_request() -> None:
    given = [(b"authorization", b"Bearer ek"), (b"x-api-key", b"ek"), (b"x-evenkeel-user", b"u1")]
    assert kept_headers(given) == [("x-evenkeel-user", "u1")]
