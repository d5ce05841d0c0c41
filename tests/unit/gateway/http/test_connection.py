"""One connection, byte by byte."""

from __future__ import annotations

from typing import Any

import pytest

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"


def test_a_connection_takes_one_request_after_the_other(served: Any, call: Any) -> None:
    caller = call(served)
    for number in range(3):
        caller.send(b"POST /%d HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n%d" % (number, number))
        assert caller.answer()[2] == b"%d" % number
    assert [path for _, path, _ in served.app.seen] == ["/0", "/1", "/2"]


@pytest.mark.parametrize("version", [b"1.0", b"1.1\r\nconnection: close"])
def test_who_does_not_go_on_is_let_go(served: Any, call: Any, version: bytes) -> None:
    caller = call(served)
    caller.send(b"GET / HTTP/" + version + b"\r\nhost: a\r\n\r\n")
    status, headers, body = caller.answer()
    assert (status, headers["connection"], body) == (200, "close", b"ok")
    assert caller.rest() == b""
