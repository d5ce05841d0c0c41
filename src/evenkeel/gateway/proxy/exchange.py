"""One request from its first byte to the last of its answer: read, decided, tried, recorded, ended.

An answer ends only after its record outlives this process: what a caller was given, the ledger knows (SPEC GW-8).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from evenkeel.gateway.cache.model import CachedAnswer
from evenkeel.gateway.guard.model import GuardPolicy, Side
from evenkeel.gateway.holds.model import Content
from evenkeel.gateway.http.incoming import CallerGoneError, Incoming
from evenkeel.gateway.metering.model import Attempt
from evenkeel.gateway.proxy.admission import Admitted, Refused, check, killed, unknown
from evenkeel.gateway.proxy.asking import Ask, read_ask, unread
from evenkeel.gateway.proxy.asking_again import ask_again, is_drawn
from evenkeel.gateway.proxy.body import receive_body
from evenkeel.gateway.proxy.caller import Caller, Held
from evenkeel.gateway.proxy.evaluating import Answered
from evenkeel.gateway.proxy.guarding import Guarding
from evenkeel.gateway.proxy.headers import ours
from evenkeel.gateway.proxy.holding import ACCEPTED, HELD, Subject, accepted, as_content, as_held, kept_headers
from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.proxy.recalling import Place, cached_attempt, find_place, keep, new_keeping, recall, replay
from evenkeel.gateway.proxy.recording import Ended, Opened, open_record, write_record
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.proxy.selecting import choose_model
from evenkeel.gateway.proxy.shadowing import cast_shadow
from evenkeel.gateway.proxy.trying import Trip, Trying
from evenkeel.gateway.proxy.vectors import gives_vectors
from evenkeel.gateway.proxy.waiting import CLIENT_GONE
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.choose import choose
from evenkeel.gateway.routes.model import Asked, Balance, Choice
from evenkeel.gateway.routes.prefix import prefix_hash
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError
from evenkeel.observe.events import jsontext

log = logging.getLogger(__name__)

#: nginx's word for a caller that went away; nobody is sent it.
_CALLER_GONE: Final = 499
_OK: Final = 200


class Exchange:
    """One request."""

    def __init__(
        self, worker: Worker, admitted: Admitted, operation: Operation, incoming: Incoming, *, is_approved: bool = False
    ) -> None:
        self._worker = worker
        self._is_approved = is_approved  # a person has decided that it is sent
        self._admitted = admitted
        self._operation = operation
        self._incoming = incoming
        self._headers = incoming.fields
        self._caller = Caller(incoming, operation)
        self._opened: Opened = open_record(worker, admitted, self._headers)
        self._ask = unread(operation)
        self._trying: Trying | None = None
        self._stopped = ""
        self._place: Place | None = None
        self._guarding: Guarding | None = None
        self._attempts: Sequence[Attempt] = ()  # so far
        self._cached: Attempt | None = None  # the answer came out of the cache
        self._again: tuple[Trip, CachedAnswer] | None = None  # it is asked all the same, to see whether it is right
        self._pending: Held | None = None  # said instead of an answer: a person has to decide first
        self._is_recorded = False
        self._is_evaluated = False  # afterwards, when the caller has it
        self._kept: CachedAnswer | None = None

    def interrupt(self, reason: str) -> None:
        """Nothing more is tried, and what is under way is cut."""
        self._stopped = self._stopped or reason
        if self._trying is not None:
            self._trying.interrupt(reason)

    async def run(self) -> None:
        """Answer; the record is kept before the answer ends."""
        worker, route = self._worker, self._admitted.route.name
        refusal: Refusal | None = None
        gone = False
        worker.open.enter(route, self)
        try:
            body = await receive_body(self._incoming, worker.limits, worker.open)
            try:
                await self._answer(body)
            finally:
                worker.open.held_bytes -= len(body)
        except Refused as refused:
            refusal = refused.refusal
        except InvalidInputError as error:
            refusal = Refusal(400, "invalid_request", str(error), is_worth_retrying=False)
        except CallerGoneError:
            gone = True
        finally:
            worker.open.leave(route, self)
        if self._trying is not None and refusal is None and self._pending is None:
            refusal = self._trying.refusal()
        if self._trying is not None:
            gone = self._trying.stopped == CLIENT_GONE
        await self._conclude(refusal, is_gone=gone)
        if self._again is not None:
            ask_again(worker, self._again[0], self._opened, self._again[1])

    async def _answer(self, body: bytes) -> None:
        """Decide, and try."""
        worker, admitted = self._worker, self._admitted
        ask = self._ask = read_ask(self._operation, self._headers, body)
        check(admitted, ask)
        refusal = killed(admitted.route)
        if refusal is not None:
            raise Refused(refusal)
        policy = await self._guard_request(ask)
        if self._pending is not None:
            return
        ask = self._ask
        user = worker.pseudonyms.of(ask.user) if ask.user else None
        if admitted.route.models:
            await choose_model(worker, admitted, ask, user)
        self._is_evaluated = (
            worker.evaluation is not None
            and (self._operation.can_stream or gives_vectors(self._operation.name, ask.document))
            and worker.evaluation.chooses(
                admitted.service, self._opened.names.group, is_text=self._operation.can_stream
            )
        )
        choice = self._choose(ask, user)
        place = self._place = find_place(worker, admitted, ask, choice, (self._incoming.target, policy))
        kept = None if place is None else await recall(worker, place)
        if place is not None and kept is not None and not self._stopped:  # a store may take its time
            self._kept = kept
            self._cached = cached_attempt(worker, place, kept, ask.model, self._opened.began_us)
            self._attempts = (self._cached,)
            await replay(worker, kept, self._caller, self._headers_of_ours())
            if is_drawn(worker, place, policy, kept):
                self._again = self._trip(ask, user, choice), kept
            return
        if place is not None:
            self._caller.keeping = new_keeping(place, ask)
        trip = self._trip(ask, user, choice)
        self._trying = Trying(worker, trip, self._caller)
        self._attempts = self._trying.did.attempts
        cast_shadow(worker, admitted, trip, self._opened)
        if self._stopped:  # killed while its body was still coming
            self._trying.interrupt(self._stopped)
        self._incoming.when_gone(self._leave)
        try:
            await self._trying.run()
        finally:
            self._incoming.when_gone(None)
        if self._trying.did.held is not None and self._guarding is not None and self._guarding.held:
            self._caller.keeping = None
            lost = await self._record(ACCEPTED, HELD)  # now: that people take their time is no latency of the service
            if lost is not None:
                raise Refused(lost)
            await self._review(Side.OUTPUT, self._guarding)

    async def _guard_request(self, ask: Ask) -> GuardPolicy | None:
        """Look at what is asked; the policy it was looked at by. Raises Refused."""
        worker = self._worker
        guards = worker.guards()
        if guards is None:
            raise Refused(unknown("guards"))
        policy = guards.get(self._admitted.route.name)
        if policy is None or not ask.document:
            return policy
        guarding = self._guarding = Guarding(policy, holds=worker.desk is not None)
        if not self._is_approved:
            guarding.look_at(ask.document, Side.INPUT)
        if guarding.is_stopped:
            raise Refused(guarding.refusal())
        if guarding.held:
            await self._review(Side.INPUT, guarding)
        return policy

    async def _review(self, side: Side, guarding: Guarding) -> None:
        """Let a person decide. Either it goes on as they want it, or the caller is told to ask again; or Refused."""
        desk, worker, trying = self._worker.desk, self._worker, self._trying
        if desk is None:
            return
        version, upstream = "", ""
        if trying is not None and trying.did.held is not None:
            content = as_content(trying.did.held)
            version, upstream = trying.did.attempts[-1].version, trying.did.upstream
        else:
            query = self._incoming.query.decode("latin-1")
            content = Content(kept_headers(self._incoming.headers), jsontext.dump(self._ask.document), query=query)
        request_id, route = self._opened.names.request_id, self._admitted.route.name
        about = (self._admitted, self._operation, guarding, request_id, side, content)
        hold = await desk.put(Subject(*about, version, upstream))
        content = await desk.settle(hold, route, lambda: bool(self._stopped) or self._incoming.is_gone)
        if content is None:
            self._pending = accepted(hold, worker.clock.now_us())
        elif trying is not None:
            trying.did.held = as_held(content, hold)
        else:
            self._opened = replace(self._opened, began_us=worker.clock.now_us())
            self._ask = read_ask(self._operation, self._headers, content.body)

    def _choose(self, ask: Ask, user: int | None) -> Choice:
        worker, route = self._worker, self._admitted.route
        by_prefix = route.balance is Balance.PREFIX
        asked = Asked(
            request_id=self._opened.names.request_id,
            user=user,
            session=worker.pseudonyms.of(ask.session) if ask.session else None,
            key_id=self._admitted.key.id,
            version=ask.version,
            prefix=prefix_hash(ask.document, self._operation.dialect) if by_prefix else 0,
        )
        now_s = worker.clock.monotonic_s()
        return choose(route, asked, worker.breakers, draw=worker.chance.random(), now_s=now_s)

    def _trip(self, ask: Ask, user: int | None, choice: Choice) -> Trip:
        return Trip(
            ask,
            self._admitted,
            user,
            choice,
            self._incoming.query.decode("latin-1"),
            self._incoming.headers,
            self._opened.traceparent,
            self._opened.names.group,
            self._guarding,
            as_read=self._place is not None or bool(ask.model_rule) or bool(self._admitted.key.models),
            collects=self._is_evaluated,
        )

    def _leave(self) -> None:
        """The caller has gone: the exchange ends."""
        self.interrupt(CLIENT_GONE)

    async def _conclude(self, refusal: Refusal | None, *, is_gone: bool) -> None:
        """Keep the record, then end the answer."""
        status, error = self._ending(refusal, is_gone=is_gone)
        self._worker.counters.add("requests_total", f'operation="{self._operation.name}",status="{status}"')
        if not self._is_recorded:
            refusal = await self._record(status, error) or refusal
        if is_gone:
            return
        if refusal is not None:
            self._worker.counters.add("refusals_total", f'code="{refusal.code}"')
            self._caller.refuse(refusal, self._headers_of_ours())
        elif self._caller.has_begun:
            self._caller.end()
            self._keep()
            self._evaluate()
        elif self._pending is not None:
            self._pending.headers.extend(self._headers_of_ours())
            self._caller.whole(self._pending)
        elif self._trying is not None and self._trying.did.held is not None:
            held = self._trying.did.held
            held.headers.extend(self._headers_of_ours())
            self._caller.whole(held)
            self._keep()
            self._evaluate()

    async def _record(self, status: int, error: str) -> Refusal | None:
        """Keep the record; what to tell the caller instead of an answer if that fails."""
        self._is_recorded = True
        if self._guarding is not None and self._guarding.has_failed:
            self._worker.counters.add("guard_failures_total")
        if not self._operation.is_inference:
            return None
        cache = "" if self._place is None else "miss" if self._cached is None else "hit"
        found = None if self._guarding is None else self._guarding.found
        ended = Ended(self._admitted, self._ask, self._attempts, status, error, cache, found)
        try:
            await write_record(self._worker, self._opened, ended)
        except EvenkeelError as failure:
            log.error("a record could not be kept: %s", failure)
            return Refusal(503, "record_not_kept", f"The request could not be recorded. {failure}", 1.0)
        return None

    def _ending(self, refusal: Refusal | None, *, is_gone: bool) -> tuple[int, str]:
        """(status, our word for what went wrong) of the request as a whole."""
        if is_gone:
            return _CALLER_GONE, CLIENT_GONE
        if self._pending is not None and refusal is None:
            return ACCEPTED, HELD
        trying = self._trying
        failure = None if trying is None else trying.did.failure
        if refusal is not None:
            return self._caller.status or refusal.status, refusal.code
        if self._caller.has_begun or trying is None or trying.did.held is None:
            return self._caller.status, ""
        return trying.did.held.status, "" if failure is None else failure.error

    def _headers_of_ours(self) -> list[tuple[bytes, bytes]]:
        """What we tell of the answer beside it."""
        last = self._attempts[-1] if self._attempts else None
        answered_by = None if last is None else (last.version, last.upstream)
        return ours(self._opened.names.group, self._ask.model_rule, answered_by)

    def _evaluate(self) -> None:
        """Have the answer evaluated, now that the caller has it."""
        evaluation, attempts = self._worker.evaluation, self._attempts
        if evaluation is None or not self._is_evaluated or not attempts or attempts[-1].status != _OK:
            return
        last, route = attempts[-1], self._admitted.route
        answered = Answered(
            environment=route.environment,
            service=self._admitted.service,
            version=last.version,
            model=last.metered.model,
            names=self._opened.names,
            ended_us=last.ended_us,
            way=(self._operation.dialect.value, self._operation.name),
            asked=self._ask.document,
            answer=last.answer,
            is_text=self._operation.can_stream,
            body=last.body,
            chunks=() if self._kept is None else self._kept.chunks,
            person_related=None if self._guarding is None else self._guarding.person_related,
        )
        evaluation.take_up(answered)

    def _keep(self) -> None:
        """Keep the answer for the next one who asks the same."""
        if self._place is not None and self._caller.keeping is not None and self._attempts:
            keep(self._worker, self._place, self._caller.keeping, self._attempts[-1], self._caller.headers)
