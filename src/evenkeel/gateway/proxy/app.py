"""The gateway as a plain ASGI application (SPEC GW-1)."""

from __future__ import annotations

import logging
from typing import Any, Final

from evenkeel.gateway.proxy.admission import Refused, admit, identify
from evenkeel.gateway.proxy.caller import Caller
from evenkeel.gateway.proxy.exchange import Door, Exchange
from evenkeel.gateway.proxy.operations import KNOWN, Operation, find_operation
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.model import Dialect

log = logging.getLogger(__name__)

_TEXT: Final = b"text/plain; version=0.0.4; charset=utf-8"
_NO_STORE: Final = (b"cache-control", b"no-store")


class GatewayApp:
    """Answers what callers ask of models."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http" and not await self._tell(scope, send):
            await self._exchange(Door(scope, receive, send))

    async def _exchange(self, door: Door) -> None:
        headers = dict(door.scope["headers"])
        speaks_anthropic = b"anthropic-version" in headers
        method, path = door.scope["method"], door.scope["raw_path"].decode("latin-1")
        operation = find_operation(method, path, speaks_anthropic=speaks_anthropic)
        if operation is None:
            dialect = Dialect.ANTHROPIC if speaks_anthropic else Dialect.OPENAI
            await self._refuse(door, Operation("unknown", dialect, method, path), _unknown(method, path))
            return
        try:
            key = identify(headers, self._worker.keys(), self._worker.clock.now_us())
            admitted = admit(key, operation, headers, self._worker.routes())
        except Refused as refused:
            await self._refuse(door, operation, refused.refusal)
            return
        try:
            await Exchange(self._worker, admitted, operation, door).run()
        except Exception:
            log.exception("a request of service %s failed inside", admitted.service)
            raise

    async def _refuse(self, door: Door, operation: Operation, refusal: Refusal) -> None:
        self._worker.counters.add("requests_total", f'operation="{operation.name}",status="{refusal.status}"')
        self._worker.counters.add("refusals_total", f'code="{refusal.code}"')
        await Caller(door.send, operation).refuse(refusal, [])

    async def _tell(self, scope: Any, send: Any) -> bool:
        """Answer what is asked of the worker itself; false when the request is for a model."""
        if scope["method"] not in ("GET", "HEAD") or scope["path"] not in ("/healthz", "/readyz", "/metrics"):
            return False
        kind, body = b"application/json", b'{"status":"ok"}'
        if scope["path"] == "/metrics":
            open_now, table = self._worker.open, self._worker.routes()
            gauges = {"open": open_now.count, "held_bytes": open_now.held_bytes, "generation": table.generation}
            kind, body = _TEXT, self._worker.counters.render(gauges).encode()
        head = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), _NO_STORE]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})
        return True


def _unknown(method: str, path: str) -> Refusal:
    known = ", ".join(KNOWN)
    message = f"Nothing takes {method} {path[:120]!r} here. The gateway takes {known}, each also after /services/NAME."
    return Refusal(404, "unknown_path", message, is_worth_retrying=False)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
