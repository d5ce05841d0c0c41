"""A receiver over real sockets: what it keeps, and how it misbehaves."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from evenkeel.testing.receivers.server import Fault, Received, Receiver, Refusal, Reply, json_reply


class Echo(Receiver):
    """Answers with what it got; refuses `no`."""

    def answer(self, request: Received) -> Reply:
        if request.body == b"no":
            raise Refusal(Reply(422, b"never"), "it said no")
        return json_reply(201, {"got": request.body.decode()}, x_seen="yes")


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as receiver:
        yield receiver


def post(receiver: Receiver, body: bytes, timeout_s: float = 10.0) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(f"{receiver.url}/a?b=c", body, {"X-Mine": "1"})
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), {name.lower(): value for name, value in error.headers.items()}


def test_what_comes_is_kept_and_answered(echo: Echo) -> None:
    status, body, headers = post(echo, b"hello")
    assert (status, body, headers["x-seen"]) == (201, b'{"got": "hello"}', "yes")
    (request,) = echo.received
    assert (request.method, request.path, request.body, request.headers["x-mine"]) == ("POST", "/a?b=c", b"hello", "1")


def test_a_refusal_is_answered_and_kept_as_a_problem(echo: Echo) -> None:
    assert post(echo, b"no")[:2] == (422, b"never")
    assert echo.problems == ["it said no"]


def test_it_misbehaves_as_often_as_it_is_told_to(echo: Echo) -> None:
    echo.misbehave(Fault(Reply(429, b"", {"retry-after": "3"})), Fault(Reply(500)))
    first, second, third = (post(echo, b"x") for _ in range(3))
    assert (first[0], first[2]["retry-after"], second[0], third[0]) == (429, "3", 500, 201)


def test_a_reset_is_a_reset(echo: Echo) -> None:
    echo.misbehave(Fault(reset=True))
    with pytest.raises(ConnectionError):
        post(echo, b"no")
    assert (len(echo.received), echo.problems) == (1, [])  # not even looked at
    echo.misbehave(Fault(reset=True, applied=True))
    with pytest.raises(ConnectionError):
        post(echo, b"no")
    assert echo.problems == ["it said no"]


def test_a_slow_answer_outlasts_who_waits_and_ends_with_the_server() -> None:
    with Echo() as echo:
        echo.misbehave(Fault(delay_s=600.0))
        with pytest.raises(TimeoutError):
            post(echo, b"x", timeout_s=0.2)


def test_requests_are_awaited(echo: Echo) -> None:
    thread = threading.Thread(target=post, args=(echo, b"x"))
    thread.start()
    echo.wait_for(1)
    thread.join()
    with pytest.raises(TimeoutError, match="1 requests"):
        echo.wait_for(2, timeout_s=0.05)


def test_stopping_twice_is_harmless() -> None:
    echo = Echo()
    echo.stop()
    echo.stop()
