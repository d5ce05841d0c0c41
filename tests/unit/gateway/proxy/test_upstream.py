"""Upstreams as they are met: what goes over the wire, and what their failures are called."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from evenkeel.gateway.proxy.upstream import Answer, Credentials, Sending, UpstreamError, Upstreams
from evenkeel.gateway.routes.model import Dialect, Timeouts, Upstream
from evenkeel.org.config.secrets import Secrets
from evenkeel.testing.upstreams import Certificate, Trouble, openai_upstream

T = TypeVar("T")
BODY = b'{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "one two"}]}'


def with_upstreams(work: Callable[[Upstreams], Awaitable[T]], **environment: str) -> T:
    async def main() -> T:
        async with Upstreams(Secrets(environment)) as upstreams:
            return await work(upstreams)

    return asyncio.run(main())


def sending(url: str, **of_upstream: Any) -> Sending:
    upstream = Upstream("u", url, Dialect.OPENAI, **{"timeouts": Timeouts(connect_s=1.0), **of_upstream})
    return Sending(upstream, "POST", f"{url}/chat/completions", [(b"content-type", b"application/json")], BODY)


async def whole(answer: Answer) -> bytes:
    try:
        return b"".join([chunk async for chunk in answer.chunks()])
    finally:
        answer.close()


def error_of(url: str, **of_upstream: Any) -> UpstreamError:
    async def work(upstreams: Upstreams) -> None:
        answer = await upstreams.send(sending(url, **of_upstream))
        await whole(answer)

    with pytest.raises(UpstreamError) as caught:
        with_upstreams(work, KEY="sk-1")
    return caught.value


def test_only_what_was_given_is_sent_and_the_key_in_place_of_its_name() -> None:
    async def work(upstreams: Upstreams) -> int:
        answer = await upstreams.send(sending(up.url, key="env:KEY"))
        await whole(answer)
        return answer.status

    with openai_upstream() as up:
        assert with_upstreams(work, KEY="sk-1") == 200
        (seen,) = up.tally.requests
    assert set(seen.headers) == {"host", "content-type", "content-length", "authorization"}
    assert (seen.headers["authorization"], seen.body) == ("Bearer sk-1", BODY)


def test_connections_are_used_again() -> None:
    async def work(upstreams: Upstreams) -> None:
        for _ in range(3):
            await whole(await upstreams.send(sending(up.url, key="env:KEY")))

    with openai_upstream() as up:
        with_upstreams(work, KEY="sk-1")
        assert {seen.connection for seen in up.tally.requests} == {1}


def test_a_compressed_answer_is_not_touched() -> None:
    async def work(upstreams: Upstreams) -> tuple[bytes, dict[bytes, bytes]]:
        answer = await upstreams.send(sending(up.url, key="env:KEY"))
        return await whole(answer), dict(answer.headers)

    with openai_upstream() as up:
        up.trouble = Trouble(gzip=True)
        body, headers = with_upstreams(work, KEY="sk-1")
    assert (body[:2], headers[b"content-encoding"]) == (b"\x1f\x8b", b"gzip")


def test_what_a_redirect_says_is_not_followed() -> None:
    async def work(upstreams: Upstreams) -> int:
        answer = await upstreams.send(sending(up.url, key="env:KEY"))
        answer.close()
        return answer.status

    with openai_upstream() as up:
        up.trouble = Trouble(status=307, headers={"location": "http://127.0.0.1:1/"})
        assert with_upstreams(work, KEY="sk-1") == 307
        assert len(up.tally.requests) == 1


def test_nobody_there() -> None:
    with openai_upstream() as up, up.refusing():
        error = error_of(up.url)
    assert (error.error, error.was_sent) == ("connect", False)


def test_no_such_name() -> None:
    error = error_of("http://no-such-host.invalid/v1")
    assert (error.error, error.was_sent) == ("connect", False)


def test_no_tls_where_tls_is_expected() -> None:
    with openai_upstream() as up:
        error = error_of(up.url.replace("http://", "https://"))
    assert (error.error, error.was_sent) == ("tls", False)


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble(reset_at_byte=0), "reset"),
        (Trouble(reset_at_byte=400), "reset"),
        (Trouble(garbage="http"), "garbage"),
        (Trouble(content_length_off=9), "reset"),
    ],
)
def test_what_breaks_off_or_is_no_http_was_sent(trouble: Trouble, error: str) -> None:
    with openai_upstream() as up:
        up.trouble = trouble
        found = error_of(up.url, key="env:KEY")
    assert (found.error, found.was_sent) == (error, True)


def test_a_secret_that_is_not_there_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    with openai_upstream() as up:
        by_name = error_of(up.url, key="env:NO_SUCH_KEY")
        by_file = error_of(up.url, key=f"file:{tmp_path / 'none'}")
        assert up.tally.requests == []
    assert [(each.error, each.was_sent) for each in (by_name, by_file)] == [("credentials", False)] * 2
    assert "NO_SUCH_KEY" in by_name.detail


def test_the_wait_that_is_asked_for_is_read_when_it_is_one() -> None:
    async def work(upstreams: Upstreams) -> list[float | None]:
        found: list[float | None] = []
        for header in ("7", "Fri, 31 Dec 1999 23:59:59 GMT", "-1", "9" * 50):
            up.trouble = Trouble(status=429, headers={"retry-after": header})
            answer = await upstreams.send(sending(up.url, key="env:KEY"))
            await whole(answer)
            found.append(answer.retry_after_s)
        return found

    with openai_upstream() as up:
        assert with_upstreams(work, KEY="sk-1") == [7.0, None, None, None]


def test_a_secret_that_is_renewed_in_its_file_is_used_within_a_second(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("first\n")
    known, upstream = Credentials(Secrets()), Upstream("u", "http://u", Dialect.OPENAI, key=f"file:{file}")
    before = known.header(upstream, now_s=10.0)
    file.write_text("second\n")
    meanwhile, after = known.header(upstream, now_s=10.9), known.header(upstream, now_s=11.0)
    assert before == meanwhile == (b"authorization", b"Bearer first")
    assert after == (b"authorization", b"Bearer second")


def test_a_secret_is_not_taken_for_that_of_another_dialect() -> None:
    known = Credentials(Secrets({"KEY": "s"}))
    found = [known.header(Upstream("u", "http://u", each, key="env:KEY"), 0.0) for each in Dialect]
    assert {each[0] for each in found if each is not None} == {b"authorization", b"x-api-key"}
    assert known.header(Upstream("u", "http://u", Dialect.OPENAI), 0.0) is None


def test_a_secret_that_would_be_more_than_a_header_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one\r\nx-other: two")
    with openai_upstream() as up:
        error = error_of(up.url, key=f"file:{tmp_path / 'key'}")
        assert up.tally.requests == []
    assert (error.error, error.was_sent) == ("credentials", False)
    assert "two" not in error.detail


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates; it is not installed")
    made = Certificate(tmp_path / "own.pem", tmp_path / "own.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", made.key, "-out", made.file, "-days",
         "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def test_over_tls_who_is_trusted_is_asked_and_its_connection_kept(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(upstreams: Upstreams) -> list[bytes]:
        return [await whole(await upstreams.send(sending(up.url, key="env:KEY"))) for _ in range(2)]

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    with openai_upstream(certificate=certificate) as up:
        first, second = with_upstreams(work, KEY="sk-1")
        assert (first[:1], second[:1]) == (b"{", b"{")
        assert {seen.connection for seen in up.tally.requests} == {1}
        up.trouble = Trouble(reset_at_byte=400)
        assert error_of(up.url, key="env:KEY").error == "reset"
        wrong_name = error_of(up.url.replace("localhost", "127.0.0.1"))
    assert (wrong_name.error, wrong_name.was_sent, wrong_name.detail) == ("tls", False, "SSLCertVerificationError")


def test_over_tls_who_is_not_trusted_is_not_asked(certificate: Certificate) -> None:
    with openai_upstream(certificate=certificate) as up:
        error = error_of(up.url, key="env:KEY")
        assert up.tally.requests == []
    assert (error.error, error.was_sent, error.detail) == ("tls", False, "SSLCertVerificationError")


def test_a_body_that_is_here_needs_no_waiting() -> None:
    async def work(upstreams: Upstreams) -> tuple[bytes | None, bytes]:
        answer = await upstreams.send(sending(up.url, key="env:KEY"))
        while (body := answer.ready_body()) is None:  # noqa: ASYNC110 nobody is told of it
            await asyncio.sleep(0.001)
        return body, await whole(answer)

    with openai_upstream() as up:
        body, left = with_upstreams(work, KEY="sk-1")
    assert body is not None
    assert (body[:1], left) == (b"{", b"")
