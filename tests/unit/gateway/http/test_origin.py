"""URLs of upstreams: whom they lead to, and what is asked for there."""

from __future__ import annotations

import pytest

from evenkeel.gateway.http.origin import Origin, locate


@pytest.mark.parametrize(
    ("url", "origin", "line"),
    [
        ("http://host/v1/chat", Origin(False, "host", 80), b"/v1/chat HTTP/1.1\r\nhost: host\r\n"),
        ("https://host:443/a", Origin(True, "host", 443), b"/a HTTP/1.1\r\nhost: host\r\n"),
        ("https://host:80/a?b=c&d", Origin(True, "host", 80), b"/a?b=c&d HTTP/1.1\r\nhost: host:80\r\n"),
        ("http://[fe80::1]:81/a", Origin(False, "fe80::1", 81), b"/a HTTP/1.1\r\nhost: [fe80::1]:81\r\n"),
        ("http://HOST", Origin(False, "host", 80), b"/ HTTP/1.1\r\nhost: host\r\n"),
        ("http://b\xfccher.example/", Origin(False, "xn--bcher-kva.example", 80), None),
    ],
)
def test_a_url_says_whom_to_connect_to_and_what_to_ask_for(url: str, origin: Origin, line: bytes | None) -> None:
    found, said = locate(url)
    assert found == origin
    assert said == (line or b"/ HTTP/1.1\r\nhost: xn--bcher-kva.example\r\n")


def test_what_is_quoted_stays_so_and_what_cannot_stand_in_a_target_is_quoted() -> None:
    assert locate("http://h/a%2Fb/caf\xe9?q=%20 x")[1].startswith(b"/a%2Fb/caf%C3%A9?q=%20%20x HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "url", ["ftp://host/", "http:///a", "host/a", "http://me:secret@host/", "http://h:99999/", "http://a b/"]
)
def test_what_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        locate(url)


def test_no_url_makes_more_than_one_line() -> None:
    line = locate("http://host/a\x0bb?c\x00d")[1]
    assert (line.count(b"\r\n"), line.count(b"\x0b") + line.count(b"\x00")) == (2, 0)
