"""One exchange: what is sent, what is read, where it ends."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.observe.probes.failures import ProbeError, result_of
from evenkeel.observe.probes.model import HttpTarget
from evenkeel.observe.probes.wire import BODY_BYTES_MAX, Address, HttpAnswer, connected, fetch, tls_context

Raw = Callable[[bytes], str]
SECRET = {"authorization": "Bearer s3cret"}


def get(url: str, headers: dict[str, str] | None = None, timeout_s: float = 5.0, **more: Any) -> HttpAnswer:
    async def within() -> HttpAnswer:
        async with asyncio.timeout(timeout_s):
            return await fetch(HttpTarget(url, **more), headers or {}, timeout_s)

    return asyncio.run(within())


class TestRequests:
    def test_what_is_sent_is_what_was_asked_for(self, site: Any) -> None:
        site.on("/ask?q=1")
        answer = get(f"{site.url}/ask?q=1", {"X-Key": "k"}, method="POST", body='{"ä": 1}')
        assert (answer.status, answer.body) == (200, b"ready")
        ((method, path, headers, body),) = site.seen
        assert (method, path, body.decode()) == ("POST", "/ask?q=1", '{"ä": 1}')
        assert (headers["x-key"], headers["host"]) == ("k", f"localhost:{site.port}")
        assert headers["accept-encoding"] == "identity"  # what is read is what expectations look at

    def test_a_head_has_no_body_to_wait_for(self, site: Any) -> None:
        site.on("/", 200, b"x" * 5_000)
        assert get(site.url, method="HEAD").body == b""

    def test_a_header_cannot_smuggle_another(self, site: Any) -> None:
        with pytest.raises(ProbeError) as caught:
            get(site.url, {"x-key": "a\r\nx-other: b"})
        assert caught.value.is_ours
        assert site.seen == []


class TestRedirects:
    def test_a_redirect_is_an_answer_unless_it_may_be_followed(self, site: Any) -> None:
        site.on("/", 302, b"", location="/next")
        site.on("/next", 200, b"there")
        assert get(site.url).status == 302
        assert get(site.url, redirects_max=1).body == b"there"

    def test_secrets_do_not_follow_to_another_host(self, site: Any, other_site: Any) -> None:
        site.on("/", 307, b"", location=f"{other_site.url}/there")
        other_site.on("/there")
        assert get(site.url, SECRET, redirects_max=3).status == 200
        assert site.seen[0][2]["authorization"] == "Bearer s3cret"
        assert "authorization" not in other_site.seen[0][2]

    def test_secrets_follow_on_the_same_host(self, site: Any) -> None:
        site.on("/", 302, b"", location="/next")
        site.on("/next")
        get(site.url, SECRET, redirects_max=1)
        assert site.seen[1][2]["authorization"] == "Bearer s3cret"

    @pytest.mark.parametrize(("status", "method", "body"), [(303, "GET", b""), (302, "GET", b""), (307, "POST", b"x")])
    def test_a_redirected_post_is_sent_on_as_the_status_says(
        self, site: Any, status: int, method: str, body: bytes
    ) -> None:
        site.on("/", status, b"", location="/next")
        site.on("/next")
        get(site.url, method="POST", body="x", redirects_max=1)
        assert (site.seen[1][0], site.seen[1][3]) == (method, body)

    def test_a_circle_ends(self, site: Any) -> None:
        site.on("/", 302, b"", location="/")
        assert get(site.url, redirects_max=3).status == 302
        assert len(site.seen) == 4

    def test_a_redirect_to_a_file_is_not_followed(self, site: Any) -> None:
        site.on("/", 302, b"", location="file:///etc/passwd")
        with pytest.raises(ProbeError, match="does not follow"):
            get(site.url, redirects_max=1)


class TestAnswers:
    @pytest.mark.parametrize(
        ("sent", "body"),
        [
            (b"HTTP/1.1 200 OK\r\n\r\nto the end", b"to the end"),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", b"abc"),
            (b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", b"ok"),
            (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        ],
        ids=["until the end", "in chunks", "after an early hint", "none"],
    )
    def test_every_way_to_end_a_body_is_read(self, raw: Raw, sent: bytes, body: bytes) -> None:
        assert get(raw(sent)).body == body

    @pytest.mark.parametrize(
        ("sent", "reason"),
        [
            (b"SSH-2.0-OpenSSH\r\n\r\n", "not_http"),
            (b"", "cut_off"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", "cut_off"),
            (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab", "cut_off"),
        ],
        ids=["another protocol", "nothing", "half a body", "half a chunk"],
    )
    def test_what_is_no_whole_answer_is_a_failure_of_its_own(self, raw: Raw, sent: bytes, reason: str) -> None:
        with pytest.raises(ProbeError) as caught:
            get(raw(sent))
        assert (caught.value.reason, caught.value.is_ours) == (reason, False)

    def test_a_long_body_is_cut(self, site: Any) -> None:
        site.on("/", 200, b"x" * (BODY_BYTES_MAX + 1))
        answer = get(site.url)
        assert (len(answer.body), answer.is_cut) == (BODY_BYTES_MAX, True)


class TestConnections:
    def test_silence_is_given_up_in_time(self, deaf: int) -> None:
        began_s = time.monotonic()
        with pytest.raises(TimeoutError):
            get(f"http://127.0.0.1:{deaf}/", timeout_s=0.3)
        assert time.monotonic() - began_s < 3

    def test_nothing_listens(self, closed: int) -> None:
        with pytest.raises(ConnectionRefusedError):
            get(f"http://localhost:{closed}/")

    def test_the_next_address_of_a_name_is_tried(self, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        site.on("/")
        both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, site.port)) for host in ("127.0.0.2", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        assert get(site.url).status == 200

    def test_a_resolver_that_hangs_is_our_own_trouble(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: threading.Event().wait(0.5))
        with pytest.raises(ProbeError) as caught:
            get("http://shop.example/", timeout_s=0.2)
        assert (caught.value.reason, caught.value.is_ours) == ("dns_no_answer", True)

    def test_of_several_failures_the_one_that_says_something_of_the_service_counts(
        self, closed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hosts = [("255.255.255.255", closed), ("127.0.0.1", closed)]  # the first: no permission to send there
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in hosts]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with pytest.raises(ConnectionRefusedError):
            get(f"http://shop.example:{closed}/")

    def test_a_vantage_without_a_network_says_nothing_of_the_service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def no_way_out(*_: Any, **__: Any) -> None:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")

        monkeypatch.setattr(asyncio, "open_connection", no_way_out)
        with pytest.raises(OSError, match="unreachable") as caught:
            get("http://127.0.0.1:1/")
        assert result_of(caught.value).outcome == "none"


class TestTls:
    def test_a_certificate_of_an_authority_that_is_trusted_is_taken(self, authority: Any) -> None:
        site = authority.serve(begins="20240101", ends="20991231")
        assert get(site.url, ca_file=authority.file).status == 200
        assert get(site.url, verify=False).status == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            get(site.url)

    def test_authorities_that_cannot_be_read_are_our_own_trouble(self) -> None:
        with pytest.raises(ProbeError) as caught:
            tls_context(ca_file="/nowhere/ca.pem")
        assert caught.value.is_ours

    def test_a_connection_is_closed_whatever_happens(self, deaf: int) -> None:
        async def within() -> asyncio.StreamWriter:
            writer = None
            with pytest.raises(ValueError, match="stop"):
                async with connected(Address("127.0.0.1", deaf), 5.0) as (_, writer):
                    raise ValueError("stop")
            assert writer is not None
            return writer

        assert asyncio.run(within()).transport.is_closing()
