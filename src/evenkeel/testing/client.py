"""An in-process client of an ASGI application: real requests and answers, without a server or a port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

HOST = "evenkeel.test"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class SelfClient:
    """Asks an application and keeps its cookies, as a browser does."""

    app: Any
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    def get(self, url: str, **headers: str) -> Answer:
        """GET; header names may be written with underscores."""
        return self.ask("GET", url, b"", headers)

    def post(self, url: str, form: Mapping[str, str] | None = None, *, body: Any = None, **headers: str) -> Answer:
        """POST a form, or `body` as JSON."""
        if form is not None:
            given = {"content_type": "application/x-www-form-urlencoded", **headers}
            return self.ask("POST", url, urlencode(form).encode(), given)
        return self.ask("POST", url, json.dumps(body).encode(), {"content_type": "application/json", **headers})

    def ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request and its whole answer; redirects are not followed."""
        sent: list[dict[str, Any]] = []
        asyncio.run(self._exchange(self._scope(method, url, headers), body, sent))
        start = next(message for message in sent if message["type"] == "http.response.start")
        found = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
        for name, value in start["headers"]:
            if name.lower() == b"set-cookie":
                self._keep(value.decode("latin-1"))
        return Answer(start["status"], found, b"".join(message.get("body", b"") for message in sent))

    def _scope(self, method: str, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
        parts = urlsplit(url)
        given = {"host": HOST, **self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            given["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items()],
            "client": ("127.0.0.1", 1),
            "server": (HOST, 80),
        }

    async def _exchange(self, scope: Mapping[str, Any], body: bytes, sent: list[dict[str, Any]]) -> None:
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:  # a server logs what an application raises after it has answered
            if not sent:
                raise

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            self.cookies[name] = morsel.value
            if not morsel.value or morsel["max-age"] == "0":
                del self.cookies[name]
