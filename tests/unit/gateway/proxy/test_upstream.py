"""Upstreams as they are met: what goes over the wire, and what their failures are called."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from evenkeel.gateway.proxy.upstream import Answer, Sending, UpstreamError, Upstreams
from evenkeel.gateway.routes.model import Dialect, Timeouts, Upstream
from evenkeel.org.config.secrets import Secrets
from evenkeel.testing.upstreams import Trouble, openai_upstream

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
