"""An ASGI application is asked in process; coroutines are run to their end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def stream(self) -> list[str]:
        """The data of server-sent events."""
        return [line.removeprefix("data: ") for line in self.body.decode().split("\n\n") if line]


Ask = Callable[..., Answer]


async def _ask(application: Any, method: str, path: str, document: Any, headers: Mapping[str, str]) -> Answer:
    sent: list[MutableMapping[str, Any]] = []
    body = document if isinstance(document, bytes) else json.dumps(document).encode()

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    await application(scope, receive, send)
    return Answer(sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]))


@pytest.fixture
def ask() -> Ask:
    """Ask an ASGI application one thing."""

    def run(application: Any, method: str, path: str, document: Any = b"", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return asyncio.run(_ask(application, method, path, document, named))

    return run
