"""A visitor and a service understand each other."""

from __future__ import annotations

import asyncio
import json

import pytest

from evenkeel.demo.http import post_json


def test_a_visitor_posts_json_and_hears_the_status() -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        heard.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def visit() -> int:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            return await post_json(server.sockets[0].getsockname()[1], "/ask", {"question": "Why?"}, timeout_s=5)

    assert asyncio.run(visit()) == 502
    assert json.loads(heard[0]) == {"question": "Why?"}


def test_a_visitor_whom_nobody_answers_leaves() -> None:
    async def visit() -> int:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        return await post_json(port, "/ask", {}, timeout_s=5)

    with pytest.raises(OSError, match="Connect call failed"):
        asyncio.run(visit())
