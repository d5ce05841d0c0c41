"""The provider that only drills ask."""

from __future__ import annotations

import http.client
import json

from evenkeel.gateway.drill.synthetic import SyntheticUpstream


def connect(upstream: SyntheticUpstream) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(upstream.url.removeprefix("http://"), timeout=10)


def test_it_says_which_version_was_asked_on_one_connection() -> None:
    upstream = SyntheticUpstream()
    connection = connect(upstream)
    for version in ("a", "b"):
        connection.request("GET", f"/{version}/v1/models")
        assert json.loads(connection.getresponse().read())["data"][0]["id"] == version
    connection.close()
    upstream.close()


def test_a_stream_goes_on_until_it_is_released() -> None:
    upstream = SyntheticUpstream()
    upstream.hold()
    connection = connect(upstream)
    connection.request("GET", "/a/v1/models?stream=true")
    answer = connection.getresponse()
    assert answer.getheader("content-type") == "text/event-stream"
    assert answer.readline().startswith(b"data:")
    upstream.release()
    assert answer.read() == b"\n"
    connection.close()
    upstream.close()
