"""Answers are evaluated when their callers have them: on a thread beside the event loop, within a CPU budget.

Of answers that are vectors, one vector becomes the numbers that are kept of an embedding (`vectors`).

The numbers are an event of their own: the record of the request was kept before its answer ended. It belongs to the
same request, counts as none, and has no text in it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
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
#: They are taken together this often. Woken for each, the thread and the loop cost as much as the evaluation itself.
GATHER_S: Final = 0.1
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
        self._pending: list[Answered] = []
        self._work: asyncio.Task[None] | None = None
        self._is_hurried = asyncio.Event()
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
        if not is_chosen and not is_text:
            self.vectors["left_out"] += 1
        return is_chosen

    def take_up(self, answered: Answered) -> None:
        """Evaluate, in its own time. Returns at once."""
        size = _size(answered)
        is_behind = len(self._pending) >= PENDING_MAX or (size and self._held_bytes + size > PENDING_BYTES_MAX)
        if is_behind or not self._evaluating.left_s() > 0.0:
            self._leave_out(answered)
            return
        self._held_bytes += size
        self._pending.append(answered)
        if self._work is None:
            self._work = asyncio.create_task(self._evaluate_all(), name="evaluating")

    def _leave_out(self, answered: Answered) -> None:
        self.too_many += 1
        self.vectors["too_many"] += not answered.is_text

    async def settle(self) -> None:
        """Return when nothing waits any more."""
        self._is_hurried.set()
        if self._work is not None:
            await asyncio.gather(self._work, return_exceptions=True)
        self._is_hurried.clear()

    async def close(self) -> None:
        """End; what waits is left out."""
        if self._work is not None:
            self._work.cancel()
        await self.settle()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _evaluate_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._pending:
                await self._gather()
                taken, self._pending = self._pending, []
                done = await loop.run_in_executor(self._thread, self._run, taken, self._evaluating.left_s())
                self._held_bytes -= sum(map(_size, taken))
                self._count(taken, done)
                await self._keep([event for event, _, _ in done if event is not None])
        finally:
            self._work = None

    async def _gather(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_hurried.wait(), GATHER_S)

    def _count(self, taken: Sequence[Answered], done: Sequence[_Ran]) -> None:
        for answered in taken[len(done) :]:
            self._leave_out(answered)
        for answered, (event, numbers, cpu_s) in zip(taken, done, strict=False):
            self._evaluating.charge(numbers, cpu_s)
            if not answered.is_text:
                self.vectors["sketched" if event else "unread"] += 1

    async def _keep(self, events: Sequence[Mapping[str, Any]]) -> None:
        if not events:
            return
        try:
            await self._commit.commit(events)
        except EvenkeelError as error:
            log.error("the numbers of %d answers could not be kept: %s", len(events), error)

    def _run(self, taken: Sequence[Answered], left_s: float) -> list[_Ran]:
        """On the thread: the first of them, as many as the budget affords."""
        done: list[_Ran] = []
        for answered in taken:
            if not left_s > 0.0:
                break
            done.append(self._evaluate(answered))
            left_s -= done[-1][2]
        return done

    def _evaluate(self, answered: Answered) -> _Ran:
        os.sched_yield()  # lets go of the interpreter: no caller waits for more than one evaluation
        began_s = self._evaluating.cpu_s()
        event: dict[str, Any] | None = None
        numbers: Mapping[str, float] = {}
        try:
            event, numbers = self._read_text(answered) if answered.is_text else self._read_vectors(answered)
        except Exception as error:  # noqa: BLE001 - texts are anybody's: those beside it are evaluated all the same
            log.error("an answer could not be evaluated: %s", type(error).__name__)  # never what it says
        return event, numbers, self._evaluating.cpu_s() - began_s  # to read it counts as well

    def _read_text(self, answered: Answered) -> tuple[dict[str, Any] | None, Mapping[str, float]]:
        exchange = read_exchange(answered)
        if exchange.answer is None:
            return None, {}  # tools were called, and nothing was said
        numbers, _ = self._evaluating.run(answered.service, exchange)
        made = {**numbers, **({} if answered.person_related is None else _person_related(answered.person_related))}
        has_contexts, now_us = bool(exchange.contexts), self._clock.now_us()
        return evaluation_event(answered, made, has_contexts=has_contexts, now_us=now_us), numbers

    def _read_vectors(self, answered: Answered) -> tuple[dict[str, Any] | None, Mapping[str, float]]:
        made = sketch_answer(answered.body or b"".join(answered.chunks), answered.asked, answered.names.request_id)
        if not made:
            return None, {}
        event = evaluation_event(answered, made, has_contexts=True, now_us=self._clock.now_us())
        return event, {EVALUATED: 1}


def _size(answered: Answered) -> int:
    """Bytes that it holds in memory, where it is vectors."""
    return 0 if answered.body is None else len(answered.body)


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
