"""A service that is asked over HTTP: routes, server spans, and the visitors who ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Protocol

import openai
from opentelemetry.sdk.trace import TracerProvider

from evenkeel.demo.faults import FaultFile
from evenkeel.demo.http import Receive, Reply, Scope, Send, post_json, read_json, send_reply
from evenkeel.demo.process import wait_for_stop
from evenkeel.demo.telemetry import Visit, end_with_status, server_span

Handler = Callable[[str, str, str], Awaitable[Mapping[str, Any]]]

_VISITOR_PATIENCE_S: Final = 30.0
#: Visitors at a time; more are turned away, as by a balancer, so that a slow service does not pile them up.
_VISITORS_MAX: Final = 64
_SILENCE_LOOK_S: Final = 1.0
_GONE: Final = 499

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What a visitor asks."""

    user: str
    session: str
    text: str


class Crowd(Protocol):
    """Those who visit a service."""

    def wait_s(self) -> float:
        """Seconds until the next visitor comes."""
        ...

    def next_question(self) -> Question:
        """What the next visitor asks."""
        ...


class WebService:
    """An ASGI application with one route: POST {"question", "user", "session"}."""

    def __init__(self, provider: TracerProvider, route: str, handler: Handler) -> None:
        self._provider = provider
        self._route = route
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if (scope["method"], scope["path"]) != ("POST", self._route):
            hint = f'This service takes POST {self._route} with {{"question": "…"}}.'
            await send_reply(send, Reply(404, {"error": hint}))
            return
        try:
            given = await read_json(receive)
        except ValueError as error:
            await send_reply(send, Reply(400, {"error": str(error)}))
            return
        user = str(given.get("user") or "visitor")
        visit = Visit(self._route, user, str(given.get("session") or user))
        with server_span(self._provider, visit) as span:
            status = _GONE  # unless there is an answer before this process, or the visitor, leaves
            try:
                reply = await self._answer(str(given.get("question") or ""), visit)
                status = reply.status
            finally:
                end_with_status(span, status)
        await send_reply(send, reply)

    async def _answer(self, question: str, visit: Visit) -> Reply:
        if not question:
            return Reply(400, {"error": "The question is empty."})
        try:
            return Reply(200, await self._handler(question, visit.user, visit.session))
        except openai.OpenAIError as error:
            log.warning("the model did not answer: %s", type(error).__name__)
            return Reply(502, {"error": "The assistant cannot answer right now."})


@dataclass(frozen=True, slots=True)
class Street:
    """Where visitors come to."""

    service: str
    port: int
    route: str


async def send_visitors(street: Street, crowd: Crowd, faults: FaultFile, stop: asyncio.Event) -> None:
    """Let visitors come until `stop` is set; none comes while the service is silent."""
    visits: set[asyncio.Task[None]] = set()
    while not await wait_for_stop(stop, crowd.wait_s()):
        while faults.current().has("silence", street.service):
            if await wait_for_stop(stop, _SILENCE_LOOK_S):
                break
        if len(visits) < _VISITORS_MAX and not stop.is_set():
            task = asyncio.create_task(_visit(street, crowd.next_question()))
            visits.add(task)
            task.add_done_callback(visits.discard)
    for task in visits:
        task.cancel()
    await asyncio.gather(*visits, return_exceptions=True)


async def _visit(street: Street, question: Question) -> None:
    document = {"question": question.text, "user": question.user, "session": question.session}
    try:
        await post_json(street.port, street.route, document, timeout_s=_VISITOR_PATIENCE_S)
    except (OSError, TimeoutError) as error:
        log.warning("a visitor of %s left without an answer: %s", street.service, type(error).__name__)


def poisson_wait_s(random: Random, per_second: float) -> float:
    """Seconds to the next of visitors who come independently of each other.

    >>> poisson_wait_s(Random(1), 2.0) > 0
    True
    """
    return random.expovariate(per_second)
