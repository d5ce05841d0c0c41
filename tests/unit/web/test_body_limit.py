"""Bodies that are too large are refused before anybody holds them."""

from __future__ import annotations

import asyncio
from typing import Any

from evenkeel.web.body_limit import BODY_BYTES_MAX, BodyLimit

World = Any


def test_a_body_that_says_it_is_too_large_is_refused_whoever_sends_it(world: World) -> None:
    refused = world.anonymous().post("/evaluations", {}, content_length=str(BODY_BYTES_MAX + 1))
    assert (refused.status, refused.json["message"]) == (413, "This request is larger than 64 MB.")
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert world.anonymous().post("/evaluations", {}, content_length="0").status == 303


def test_a_body_that_does_not_say_its_size_ends_where_it_is_too_large() -> None:
    heard: list[str] = []

    async def app(_: Any, receive: Any, __: Any) -> None:
        while True:
            message = await receive()
            heard.append(message["type"])
            if message["type"] == "http.disconnect":
                return

    async def part() -> dict[str, Any]:
        return {"type": "http.request", "body": b"1234", "more_body": True}

    async def send(_: Any) -> None:
        """Nothing is answered."""

    asyncio.run(BodyLimit(app, 10)({"type": "http", "headers": []}, part, send))
    assert heard == ["http.request", "http.request", "http.disconnect"]
