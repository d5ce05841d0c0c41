"""Requests and events as values."""

from __future__ import annotations

import pytest

from evenkeel.testing.upstreams.dialect import Answer, Seen, data_event, json_answer, named_event


@pytest.mark.parametrize(("body", "document"), [(b'{"a": [1]}', {"a": [1]}), (b"no", None), (b"\xff", None)])
def test_a_body_is_read_where_it_is_json(body: bytes, document: object) -> None:
    assert Seen("POST", "/v1/x?y=1", {}, body, 1).document == document


def test_a_path_has_no_query() -> None:
    assert Seen("GET", "/v1/x?y=1", {}, b"", 1).path == "/v1/x"


def test_events_are_written_as_server_sent_events() -> None:
    assert data_event({"a": "ü"}, 2).data == 'data: {"a":"ü"}\n\n'.encode()
    assert named_event("ping", {}).data == b"event: ping\ndata: {}\n\n"


def test_an_answer_is_a_body_or_a_stream() -> None:
    assert json_answer([1]).body == b"[1]"
    assert not json_answer({}).is_stream
    assert Answer(200, events=()).is_stream
