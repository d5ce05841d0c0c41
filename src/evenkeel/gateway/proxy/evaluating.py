"""Answers are evaluated when their callers have them: on a thread beside the event loop, within a CPU budget.

Of answers that are vectors, one vector becomes the numbers that are kept of an embedding (`vectors`).

The numbers are an event of their own: the record of the request was kept before its answer ended. It belongs to the
same request, counts as none, and has no text in it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol

from evenkeel.gateway.metering.meter import read_answer
from evenkeel.gateway.metering.record import DIALECT, Names
from evenkeel.gateway.proxy.texts import newest_user_text, tool_texts
from evenkeel.gateway.proxy.vectors import sketch_answer
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.event import Kind, Role, SourceRank
from evenkeel.kernel.facts import fact
from evenkeel.kernel.ids import derive_id
from evenkeel.kernel.ports import Clock
from evenkeel.observe.evaluators.evaluating import EVALUATED, Evaluating
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.observe.events.attributes import dump_attributes
from evenkeel.observe.events.context import CONTENT_MAX

log = logging.getLogger(__name__)

#: Answers that wait for the thread; each holds its request in memory. What is more is left out.
PENDING_MAX: Final = 64
#: Of answers that are vectors and wait, together; each is up to 1 MiB.
PENDING_BYTES_MAX: Final = 16 * 1024 * 1024
#: What can become of an answer that is vectors: a vector became numbers, none could be read, it was left out for the
#: budget or as configured, or too much was waiting.
VECTOR_RESULTS: Final = ("sketched", "unread", "left_out", "too_many")
#: An application that saw what it answered from knows more than we who did not: it is believed first.
_RANK_WITHOUT_CONTEXTS: Final = SourceRank.FRAMEWORK + 10
#: Person-related data that the guard found: on both sides, all kinds together.
PII_FINDINGS: Final = "evenkeel.pii.findings"


#: The event that carries the numbers of an answer, the numbers of its evaluators, CPU seconds.
_Ran = tuple[dict[str, Any] | None, Mapping[str, float], float]


class EventSink(Protocol):
    """Where records are kept."""

    async def commit(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Return when they outlive this process. Raises OverloadedError."""
        ...


@fact
class Answered:
    """An answer that a caller was given, and what was asked."""

    environment: str
    service: str
    version: str
    model: str
    names: Names
    ended_us: int
    way: tuple[str, str]  # dialect and operation
    asked: Mapping[str, Any]
    answer: str | None
    chunks: Sequence[bytes]  # of an answer out of the cache, instead of its text
    person_related: Mapping[str, int] | None  # kinds that the guard found; None: it did not look for all of them
    is_text: bool = True  # else it is vectors
    body: bytes | bytearray | None = None  # of an answer that is vectors


class AnswerEvaluation:
    """Of one worker."""

    def __init__(self, evaluating: Evaluating, commit: EventSink, clock: Clock) -> None:
        self._evaluating = evaluating
        self._commit = commit
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "evaluating")
        self._tasks: set[asyncio.Task[None]] = set()
        self._held_bytes = 0  # of answers that are vectors
        self.too_many = 0  # left out because the thread was behind
        self.vectors = Counter[str]()  # by `VECTOR_RESULTS`: of these answers, those that are vectors

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of answers, since the start."""
        return self._evaluating.counts

    def chooses(self, service: str, request: bytes, *, is_text: bool = True) -> bool:
        """Whether the answer to a request is to be evaluated."""
        if not self._evaluating.wants(service):
            return False
        is_chosen = self._evaluating.chooses(service, request)
        self.vectors["left_out"] += not is_chosen and not is_text
        return is_chosen

    def take_up(self, answered: Answered) -> None:
        """Evaluate, in its own time. Returns at once."""
        size = 0 if answered.body is None else len(answered.body)
        is_behind = len(self._tasks) >= PENDING_MAX or (size and self._held_bytes + size > PENDING_BYTES_MAX)
        if is_behind or not self._evaluating.affords():
            self.too_many += 1
            self.vectors["too_many"] += not answered.is_text
            return
        self._held_bytes += size
        task = asyncio.create_task(self._evaluate(answered))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._let_go(done, size))

    def _let_go(self, task: asyncio.Task[None], size: int) -> None:
        self._tasks.discard(task)
        self._held_bytes -= size

    async def settle(self) -> None:
        """Return when nothing waits any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """End; what waits is left out."""
        for task in self._tasks:
            task.cancel()
        await self.settle()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _evaluate(self, answered: Answered) -> None:
        loop = asyncio.get_running_loop()
        run = self._run if answered.is_text else self._run_vectors
        event, numbers, cpu_s = await loop.run_in_executor(self._thread, run, answered)
        if not answered.is_text:
            self.vectors["sketched" if event else "unread"] += 1
        elif event is None:
            return  # tools were called, and nothing was said
        self._evaluating.charge(numbers, cpu_s)
        if event is None:
            return
        try:
            await self._commit.commit([event])
        except EvenkeelError as error:
            log.error("the numbers of an answer could not be kept: %s", error)

    def _run(self, answered: Answered) -> _Ran:
        began_s = self._evaluating.cpu_s()
        exchange = read_exchange(answered)
        if exchange.answer is None:
            return None, {}, 0.0
        numbers, _ = self._evaluating.run(answered.service, exchange)
        made = {**numbers, **({} if answered.person_related is None else _person_related(answered.person_related))}
        has_contexts, now_us = bool(exchange.contexts), self._clock.now_us()
        event = evaluation_event(answered, made, has_contexts=has_contexts, now_us=now_us)
        return event, numbers, self._evaluating.cpu_s() - began_s  # to read it counts as well

    def _run_vectors(self, answered: Answered) -> _Ran:
        began_s = self._evaluating.cpu_s()
        made = sketch_answer(answered.body or b"".join(answered.chunks), answered.asked, answered.names.request_id)
        event = None
        if made:
            event = evaluation_event(answered, made, has_contexts=True, now_us=self._clock.now_us())
        return event, {EVALUATED: 1} if made else {}, self._evaluating.cpu_s() - began_s


def read_exchange(answered: Answered) -> Exchange:
    """What was asked last, what tools gave back, and the answer."""
    prompt = newest_user_text(answered.asked)
    answer = answered.answer if not answered.chunks else read_answer(*answered.way, answered.chunks)
    contexts = tuple(text[:CONTENT_MAX] for text in tool_texts(answered.asked))
    return Exchange(prompt[:CONTENT_MAX] or None, contexts, answer)


def evaluation_event(
    answered: Answered, numbers: Mapping[str, float | None], *, has_contexts: bool, now_us: int
) -> dict[str, Any]:
    """The event that carries the numbers of an answer."""
    return {
        "event_id": derive_id(answered.names.request_id, b"evaluation"),
        "kind": Kind.INFERENCE.value,
        "role": Role.NONE.value,
        "at": answered.ended_us,
        "arrived_at": now_us,
        "environment": answered.environment,
        "service": answered.service,
        "version": answered.version,
        "model": answered.model or None,
        "operation": "chat" if answered.is_text else "embeddings",
        "request_id": answered.names.group,
        "solo": False,
        "source": "gateway",
        "source_rank": SourceRank.GATEWAY if has_contexts else _RANK_WITHOUT_CONTEXTS,
        "dialect": DIALECT,
        "weight": 1.0,
        "attributes": dump_attributes(numbers)[0],
    }


def _person_related(found: Mapping[str, int]) -> dict[str, float]:
    """How often each kind of person-related data was found, and all together."""
    return {PII_FINDINGS: sum(found.values()), **{f"evenkeel.pii.{name}": count for name, count in found.items()}}
