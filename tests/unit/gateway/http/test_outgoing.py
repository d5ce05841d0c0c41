"""Answers, byte by byte: how a connection understands them, wherever the network cuts them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from evenkeel.gateway.http.outgoing import Outgoing
from evenkeel.gateway.http.reply import UNREAD_BYTES, Reply, UpstreamError

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"content-length: 5\r\n\r\nhello"


class Wire(asyncio.Transport):
    """Takes what is sent, and does at once what a network would do some time later."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.is_reading = True
        self.left = 0  # bytes that the other side has not taken
        self._is_closing = False

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def get_write_buffer_size(self) -> int:
        return self.left

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    abort = close

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


class Pool:
    """Where a connection goes when its answer is here."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def rest(self, outgoing: Outgoing) -> None:
        self.told.append("rest")

    def lost(self, outgoing: Outgoing) -> None:
        self.told.append("lost")

    def gone(self, outgoing: Outgoing) -> None:
        pass


class Asked:
    """A connection on which one thing was asked."""

    def __init__(self, *, is_head: bool = False) -> None:
        self.wire, self.pool = Wire(), Pool()
        self.outgoing = Outgoing(self.pool)
        self.outgoing.connection_made(self.wire)
        self.reply = self.outgoing.ask(b"GET / HTTP/1.1\r\n\r\n", is_head=is_head)

    def come(self, *pieces: bytes, ends: bool = False) -> Asked:
        for piece in pieces:
            if not self.wire.is_closing():
                self.outgoing.data_received(piece)
        if ends and not self.wire.is_closing():
            self.outgoing.eof_received()
        if ends:
            self.outgoing.connection_lost(None)
        return self

    @property
    def is_kept(self) -> bool:
        return not self.wire.is_closing() and self.pool.told == ["rest"]


async def _read(reply: Reply) -> tuple[int, bytes, str]:
    body = b""
    try:
        await asyncio.wait_for(reply.head(), 1.0)
        while part := await asyncio.wait_for(reply.piece(), 1.0):
            body += part
    except UpstreamError as error:
        return reply.status, body, error.error
    return reply.status, body, ""


def read(*pieces: bytes, ends: bool = True) -> tuple[int, bytes, str]:
    """(status, body, error) of what comes in these pieces, and the end after them."""
    return asyncio.run(_read(Asked().come(*pieces, ends=ends).reply))


@pytest.mark.parametrize(
    "answer",
    [
        HELLO,
        OK + b"Transfer-Encoding: Chunked\r\n\r\n2\r\nhe\r\n3;name=value\r\nllo\r\n0\r\nx-trailer: 1\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO,
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + HELLO,
        b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 5\r\n\r\nhello",
    ],
)
def test_an_answer_with_an_end_leaves_its_connection_to_the_next(answer: bytes) -> None:
    asked = Asked().come(answer)
    assert asyncio.run(_read(asked.reply)) == (200, b"hello", "")
    assert asked.is_kept


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"\r\nhello",  # its end is that of the connection
        b"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        OK + b"connection: close\r\ncontent-length: 5\r\n\r\nhello",
        HELLO + b"more",
        HELLO + HELLO,
    ],
)
def test_an_answer_that_ends_its_connection_is_an_answer(answer: bytes) -> None:
    asked = Asked().come(answer, ends=True)
    assert asyncio.run(_read(asked.reply)) == (200, b"hello", "")
    assert not asked.is_kept


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_answers_have_no_body_whatever_they_say(status: bytes) -> None:
    asked = Asked().come(b"HTTP/1.1 " + status + b"\r\ncontent-length: 5\r\n\r\n")
    assert asyncio.run(_read(asked.reply)) == (int(status[:3]), b"", "")
    assert asked.is_kept


def test_the_answer_to_head_ends_with_its_head() -> None:
    asked = Asked(is_head=True).come(OK + b"content-length: 5\r\n\r\n")
    assert asyncio.run(_read(asked.reply)) == (200, b"", "")
    assert asked.wire.is_closing()


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        OK + b"content-length: 5, 6\r\n\r\nhello",
        OK + b"content-length: -1\r\n\r\n",
        OK + b"content-length: 99999999999999999999999\r\n\r\n",
        OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"transfer-encoding: gzip\r\n\r\nhello",
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        OK + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        OK + b"name\r\n\r\n",
        OK + b"na me: 1\r\n\r\n",
        OK + b"name: 1\r\n folded\r\n\r\n",
        OK + b"name: a\rb\r\n\r\n",
        OK + b"name: a\x00b\r\n\r\n",
        b"HTTP/1.1 200 OK\nname: 1\n\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        OK + b"name: " + b"x" * 17_000 + b"\r\n\r\n",
        OK + b"name: 1\r\n" * 101 + b"\r\n",
        OK + b"".join(b"n%d: %b\r\n" % (n, b"x" * 10_000) for n in range(7)) + b"\r\n",
        OK + b"name: " + b"x" * 200_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 6_000,
    ],
)
def test_what_nobody_sends_in_good_faith_is_garbage(answer: bytes) -> None:
    for pieces in ([answer], [answer[at : at + 1000] for at in range(0, len(answer), 1000)]):
        asked = Asked().come(*pieces)
        assert asyncio.run(_read(asked.reply)) == (0, b"", "garbage")
        assert asked.wire.is_closing()


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"", (0, b"", "reset")),
        (OK, (0, b"", "reset")),
        (b"HTTP/1.1 100 Continue\r\n\r\n", (0, b"", "reset")),
        (OK + b"content-length: 5\r\n\r\nhel", (200, b"hel", "reset")),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", (200, b"hello", "reset")),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nx", (200, b"hello", "garbage")),
        (OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello!!", (200, b"hello", "garbage")),
        (OK + b"transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n", (200, b"", "garbage")),
    ],
)
def test_an_answer_that_ends_too_early_or_goes_wrong_gives_what_came(
    answer: bytes, found: tuple[int, bytes, str]
) -> None:
    assert read(answer) == found
    assert read(*(answer[at : at + 1] for at in range(len(answer)))) == found


def test_trailers_and_extensions_without_an_end_are_garbage() -> None:
    begun = OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0"
    for endless in (b"\r\nt: ", b";e="):
        assert read(begun + endless, *[b"x" * 10_000] * 20, ends=False) == (200, b"hello", "garbage")


def test_a_connection_that_breaks_is_no_end_of_an_answer_without_a_length() -> None:
    asked = Asked().come(OK + b"\r\nhel")
    asked.outgoing.connection_lost(ConnectionResetError())
    assert asyncio.run(_read(asked.reply)) == (200, b"hel", "reset")


def test_what_comes_unasked_ends_the_connection() -> None:
    asked = Asked().come(HELLO)
    asked.outgoing.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert asked.wire.is_closing()
    assert asked.pool.told == ["rest", "lost"]


def test_an_end_while_nothing_is_asked_ends_the_connection() -> None:
    asked = Asked().come(HELLO)
    assert asked.outgoing.eof_received() is False
    assert asked.pool.told == ["rest", "lost"]


def test_an_answer_before_the_end_of_its_request_ends_the_connection() -> None:
    asked = Asked()
    asked.wire.left = 1
    asked.come(HELLO)
    assert asyncio.run(_read(asked.reply)) == (200, b"hello", "")
    assert asked.wire.is_closing()


def test_one_read_is_one_piece_however_many_chunks_it_holds() -> None:
    first = OK + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n2\r\nll\r\n"
    asked = Asked().come(first, b"1\r\no\r\n0\r\n\r\n")

    async def pieces() -> list[bytes]:
        return [piece async for piece in asked.reply.chunks()]

    assert asyncio.run(pieces()) == [b"hell", b"o"]


def test_no_more_is_read_than_somebody_takes() -> None:
    asked = Asked().come(OK + b"content-length: 999999\r\n\r\n")
    asked.come(b"x" * UNREAD_BYTES)
    assert asked.wire.is_reading
    asked.come(b"x")
    assert not asked.wire.is_reading
    asyncio.run(asked.reply.piece())
    assert asked.wire.is_reading


def test_several_requests_follow_one_another() -> None:
    asked = Asked().come(HELLO)
    for _ in range(3):
        reply = asked.outgoing.ask(b"GET / HTTP/1.1\r\n\r\n")
        asked.outgoing.data_received(OK + b"x-n: 1\r\ncontent-length: 2\r\n\r\nno")
        assert (reply.status, reply.headers, reply.ready()) == (200, [(b"x-n", b"1"), (b"content-length", b"2")], b"no")


CHUNKED = OK + b"x-a: 1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nA;e=1\r\n0123456789\r\n0\r\nx-t: 2\r\n\r\n"
FUZZED = [
    HELLO,
    CHUNKED,
    b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + HELLO,
    OK + b"\r\nuntil the end",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    HELLO + b"HTTP/1.1 200 OK\r\n",
    OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    OK + b"content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\nG\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: a\r\n\r\nwhat follows",
]


def cut(answer: bytes, at: Sequence[int]) -> list[bytes]:
    """The answer in pieces, cut at these places."""
    places = [0, *sorted(at), len(answer)]
    return [answer[start:end] for start, end in pairwise(places) if end > start]


@pytest.mark.parametrize("answer", FUZZED)
def test_an_answer_is_the_same_wherever_it_is_cut(answer: bytes) -> None:
    whole = read(answer)
    for at in range(1, len(answer)):
        assert read(*cut(answer, [at])) == whole, at
    assert read(*(answer[at : at + 1] for at in range(len(answer)))) == whole


@pytest.mark.parametrize("seed", range(10))
def test_broken_answers_are_the_same_wherever_they_are_cut(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        broken = bytearray(chance.choice(FUZZED))
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(broken))
            match chance.randrange(3):
                case 0:
                    broken[place] = chance.choice(b"\r\n\0 :;,0159AZ\xff\t")
                case 1:
                    del broken[place]
                case _:
                    broken.insert(place, chance.choice(b"\r\n\0 :;,0159AZ\xff\t"))
        answer = bytes(broken)
        whole = read(answer)
        for _ in range(8):
            places = [chance.randrange(len(answer)) for _ in range(chance.randint(1, 6))]
            assert read(*cut(answer, places)) == whole, (answer, places)
