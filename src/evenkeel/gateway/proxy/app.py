"""What the gateway answers to whoever calls it (SPEC GW-1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from evenkeel.gateway.http.framing import split_target
from evenkeel.gateway.http.incoming import Incoming
from evenkeel.gateway.http.model import Fault, Fields
from evenkeel.gateway.proxy import refusals
from evenkeel.gateway.proxy.admission import Refused, admit, identify
from evenkeel.gateway.proxy.caller import Caller
from evenkeel.gateway.proxy.exchange import Exchange
from evenkeel.gateway.proxy.operations import KNOWN, Operation, find_operation
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.proxy.reviewing import Reviewing, find_review
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.model import Dialect

_TEXT: Final = b"text/plain; version=0.0.4; charset=utf-8"
_NO_STORE: Final = (b"cache-control", b"no-store")
#: What is asked of the worker itself, by anybody.
_OF_US: Final = frozenset(("/healthz", "/readyz"))
_NUMBERS: Final = "/metrics"
#: After these the same request may do better.
_WORTH_RETRYING: Final = (408, 500, 503)


class GatewayApp:
    """Answers what callers ask of models.

    `numbers` are told at /metrics. On the port that workers share there are none: who asks there may be anybody, and
    gets any worker, so that they would name upstreams to strangers, and rise and fall by who answers. Control asks
    each worker on a port of its own.
    """

    def __init__(self, worker: Worker, numbers: Callable[[], str] | None = None) -> None:
        self._worker = worker
        self._numbers = numbers
        self._reviewing = Reviewing(worker)

    async def answer(self, incoming: Incoming) -> None:
        """Answer one request."""
        method, path, headers = incoming.method, incoming.path, incoming.fields
        if method in ("GET", "HEAD") and (path in _OF_US or (path == _NUMBERS and self._numbers is not None)):
            self._tell(incoming)
            return
        speaks_anthropic = b"anthropic-version" in headers
        operation = find_operation(method, path, speaks_anthropic=speaks_anthropic)
        if operation is None:
            review = find_review(method, path)
            if review:
                await self._reviewing.answer(incoming, review)
                return
            operation = Operation("unknown", _guess(speaks_anthropic=speaks_anthropic), method, path)
            self._refuse(incoming, operation, _unknown(method, path))
            return
        try:
            key = identify(headers, self._worker.keys(), self._worker.clock.now_us())
            admitted = admit(key, operation, headers, self._worker.routes())
        except Refused as refused:
            self._refuse(incoming, operation, refused.refusal)
            return
        await Exchange(self._worker, admitted, operation, incoming).run()

    def refuse(self, fault: Fault) -> tuple[Fields, bytes]:
        """(headers, body) of what a caller is told whose bytes are no request, in its dialect as far as it is known."""
        speaks_anthropic = any(name == b"anthropic-version" for name, _ in fault.headers)
        operation = find_operation("POST", split_target(fault.target)[0], speaks_anthropic=speaks_anthropic)
        dialect = _guess(speaks_anthropic=speaks_anthropic) if operation is None else operation.dialect
        refusal = Refusal(fault.status, fault.code, fault.message, is_worth_retrying=fault.status in _WORTH_RETRYING)
        self._count("unknown", refusal)
        body = refusals.body(refusal, dialect)
        return refusals.headers(refusal, len(body)), body

    def _refuse(self, incoming: Incoming, operation: Operation, refusal: Refusal) -> None:
        self._count(operation.name, refusal)
        Caller(incoming, operation).refuse(refusal, [])

    def _count(self, operation: str, refusal: Refusal) -> None:
        self._worker.counters.add("requests_total", f'operation="{operation}",status="{refusal.status}"')
        self._worker.counters.add("refusals_total", f'code="{refusal.code}"')

    def _tell(self, incoming: Incoming) -> None:
        """Answer what is asked of the worker itself."""
        kind, body = b"application/json", b'{"status":"ok"}'
        if incoming.path == _NUMBERS and self._numbers is not None:
            kind, body = _TEXT, self._numbers().encode()
        incoming.begin(200, [(b"content-type", kind), (b"content-length", b"%d" % len(body)), _NO_STORE])
        incoming.end(body)


def _guess(*, speaks_anthropic: bool) -> Dialect:
    return Dialect.ANTHROPIC if speaks_anthropic else Dialect.OPENAI


def _unknown(method: str, path: str) -> Refusal:
    known = ", ".join(KNOWN)
    if path == _NUMBERS:
        hint = "evenkeel's own /metrics, on the port of its pages, tells those of all workers to a key of scope read."
        return Refusal(404, "unknown_path", f"The gateway tells no numbers here. {hint}", is_worth_retrying=False)
    message = f"Nothing takes {method} {path[:120]!r} here. The gateway takes {known}, each also after /services/NAME."
    return Refusal(404, "unknown_path", message, is_worth_retrying=False)
