"""Bytes that two servers may read in two ways: refused, and what follows them is never taken for a request."""

from __future__ import annotations

from typing import Any

import pytest

HIDDEN = b"GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n"
HOST = b"host: a\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
LAST = b"0\r\n\r\n"


def post(*headers: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    return b"POST /open HTTP/" + version + b"\r\n" + b"".join(headers) + b"\r\n" + body


def chunks(body: bytes) -> bytes:
    return post(HOST, CHUNKED, body=body)


LENGTHS = {
    "length and chunks": post(HOST, b"content-length: 5\r\n", CHUNKED, body=LAST),
    "chunks and length": post(HOST, CHUNKED, b"content-length: 5\r\n", body=LAST),
    "two lengths": post(HOST, b"content-length: 5\r\n", b"content-length: 6\r\n", body=b"hello"),
    "the same length twice": post(HOST, b"content-length: 5\r\n", b"Content-Length: 5\r\n", body=b"hello"),
    **{
        f"length {length!r}": post(HOST, b"content-length: " + length + b"\r\n", body=b"hello")
        for length in (
            *(b"5, 5", b"5,6", b"+5", b"-1", b" 5 5", b"0x5", b"5.0", b"5e0", b"", b"five", b"5;", b'"5"'),
            *(b"\x0b5", b"5\x0c", b"\xb25", b"9" * 20, b"18446744073709551621"),
        )
    },
}
CODINGS = {
    **{
        f"coding {coding!r}": post(HOST, b"transfer-encoding: " + coding + b"\r\n", body=LAST)
        for coding in (
            *(b"chunked, gzip", b"gzip, chunked", b"xchunked", b"chunkedx", b"chunked, chunked", b"identity", b"gzip"),
            *(b"chunked;q=1", b'"chunked"', b"\x0bchunked", b"chunked\x00", b"", b",chunked", b"chunked,", b"c hunked"),
        )
    },
    "two codings": post(HOST, CHUNKED, CHUNKED, body=LAST),
    "a coding, and no coding": post(HOST, CHUNKED, b"transfer-encoding: identity\r\n", body=LAST),
    "a coding on the second line": post(HOST, b"transfer-encoding:\r\n chunked\r\n", body=LAST),
    "chunks in the older version": post(HOST, CHUNKED, body=LAST, version=b"1.0"),
    "a coding with a blank": post(HOST, b"transfer-encoding : chunked\r\n", body=LAST),
    "a coding with an underscore, and a length": post(HOST, b"content-length : 5\r\n", body=b"hello"),
}
HEADERS = {
    "a folded header": post(HOST, b"x: a\r\n b\r\n"),
    "a folded length": post(HOST, b"content-length: 5\r\n\t5\r\n", body=b"hello"),
    "a fold after the first line": post(b" x: a\r\n", HOST),
    "a bare CR": post(HOST, b"x: a\rb\r\n"),
    "a bare CR for an end": post(HOST, b"x: a\rcontent-length: 5\r\n"),
    "a bare LF": post(HOST, b"x: a\ny: b\r\n"),
    "LF for CRLF": b"POST /open HTTP/1.1\nhost: a\n\n",
    "CR LF LF": b"POST /open HTTP/1.1\r\nhost: a\r\n\n",
    "a blank before the colon": post(HOST, b"x : a\r\n"),
    "a tab before the colon": post(HOST, b"x\t: a\r\n"),
    "a NUL in a value": post(HOST, b"x: a\0b\r\n"),
    "a NUL in a name": post(HOST, b"x\0: a\r\n"),
    "no name": post(HOST, b": a\r\n"),
    "no colon": post(HOST, b"x\r\n"),
    "a control character": post(HOST, b"x: \x01\r\n"),
    "a name that is none": post(HOST, b"x(y): a\r\n"),
    "a name beyond ASCII": post(HOST, b"x\xff: a\r\n"),
    "no host": post(),
    "two hosts": post(HOST, HOST),
    "two hosts in two cases": post(HOST, b"HOST: b\r\n"),
    "two keys": post(HOST, b"authorization: Bearer a\r\n", b"authorization: Bearer b\r\n"),
    "a blank in the target": b"POST /open /other HTTP/1.1\r\nhost: a\r\n\r\n",
    "a fragment": b"POST /open#x HTTP/1.1\r\nhost: a\r\n\r\n",
    "a NUL in the target": b"POST /o\0pen HTTP/1.1\r\nhost: a\r\n\r\n",
    "a target beyond ASCII": b"POST /o\xffpen HTTP/1.1\r\nhost: a\r\n\r\n",
    "a blank after the version": b"POST /open HTTP/1.1 \r\nhost: a\r\n\r\n",
    "a method that is none": b"P(ST /open HTTP/1.1\r\nhost: a\r\n\r\n",
}
BODIES = {
    **{
        f"size {size!r}": chunks(size + b"\r\nhello\r\n" + LAST)
        for size in (
            *(b"0x5", b"-1", b"+5", b" 5", b"5 ", b"5\t", b"", b"g", b"5g", b"5 ;x", b"f" * 17, b"1" + b"0" * 16),
            *(b'5;x="\0"', b"5;x\ry", b"5;x\ny", b"5\x0b"),
        )
    },
    "LF after the size": chunks(b"5\nhello\r\n" + LAST),
    "more than was said": chunks(b"5\r\nhelloo\r\n" + LAST),
    "no end of a chunk": chunks(b"5\r\nhello0\r\n\r\n"),
    "LF after a chunk": chunks(b"5\r\nhello\n" + LAST),
    "CR after a chunk": chunks(b"5\r\nhello\r\r" + LAST),
    "a trailer": chunks(b"5\r\nhello\r\n0\r\nx: y\r\n\r\n"),
    "a trailer that is a key": chunks(b"0\r\nauthorization: Bearer b\r\n\r\n"),
    "a trailer that is a length": chunks(b"0\r\ncontent-length: 5\r\n\r\nhello"),
    "an extension without end": chunks(b"5;x=" + b"y" * 70_000 + b"\r\nhello\r\n" + LAST),
    "trailers without end": chunks(b"0\r\n" + b"x: y\r\n" * 20_000 + b"\r\n"),
    "chunks of nothing but extensions": chunks(
        b"1;" + b"x" * 4000 + b"\r\ny\r\n" + (b"1;" + b"x" * 4000 + b"\r\ny\r\n") * 9
    ),
}
ALL = LENGTHS | CODINGS | HEADERS | BODIES


@pytest.mark.parametrize("name", ALL)
def test_it_is_refused_and_nothing_after_it_is_a_request(served: Any, call: Any, name: str) -> None:
    caller = call(served)
    caller.send(ALL[name] + HIDDEN)
    status, headers, _ = caller.answer()
    assert (status, headers["connection"]) == (400, "close")
    assert caller.rest() in (b"", b"<reset>")
    assert served.app.seen == []


@pytest.mark.parametrize("name", ["length and chunks", "a folded header", "size b'0x5'", "a trailer"])
def test_so_it_is_when_it_comes_byte_by_byte(served: Any, call: Any, name: str) -> None:
    caller = call(served)
    try:
        for byte in ALL[name] + HIDDEN:
            caller.send(bytes([byte]))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it was refused before
    assert caller.answer()[0] == 400
    assert served.app.seen == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"x" * 17_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", 414),
        (b"GET /" + b"x" * 17_000, 414),  # it need not come to an end
        (post(HOST, b"x: " + b"y" * 17_000 + b"\r\n"), 431),
        (post(HOST, (b"x: " + b"y" * 10_000 + b"\r\n") * 7), 431),
        (post(HOST, b"x: y\r\n" * 100), 431),
        (b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 11_000, 431),
        (b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000, 431),
    ],
)
@pytest.mark.parametrize("piece", [100_000, 1000])
def test_a_head_has_an_end(served: Any, call: Any, request_: bytes, status: int, piece: int) -> None:
    caller = call(served)
    for start in range(0, len(request_), piece):
        try:
            caller.send(request_[start : start + piece])
        except (BrokenPipeError, ConnectionResetError):
            break
    found, headers, _ = caller.answer()
    assert (found, headers["connection"]) == (status, "close")
    assert served.app.seen == []


@pytest.mark.parametrize(
    "request_",
    [
        post(HOST, b"content-length:\t5 \r\n", body=b"hello"),
        post(HOST, b"transfer-encoding: Chunked \r\n", body=b"5\r\nhello\r\n" + LAST),
        post(HOST, CHUNKED, body=b"5;x=y\r\nhello\r\n" + LAST),
        post(HOST, CHUNKED, body=b"0005\r\nhello\r\n" + LAST),
        b"\r\n" + post(HOST, b"content-length: 5\r\n", body=b"hello"),
        b"POST http://a/open HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello",
    ],
)
def test_what_is_odd_and_clear_is_taken(served: Any, call: Any, request_: bytes) -> None:
    caller = call(served)
    caller.send(request_ + HIDDEN)
    assert caller.answer()[::2] == (200, b"hello")
    assert caller.answer()[0] == 200
    assert [(path, body) for _, path, body in served.app.seen] == [("/open", b"hello"), ("/hidden", b"")]
