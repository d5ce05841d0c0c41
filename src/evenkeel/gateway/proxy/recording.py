"""From an exchange to its record: who, what, how it ended, and every attempt (SPEC GW-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenkeel.gateway.metering.model import Attempt
from evenkeel.gateway.metering.record import Names, Served, name_request, record
from evenkeel.gateway.proxy.admission import Admitted
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.tracing import TraceParent, read_traceparent
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.kernel.facts import fact


@fact
class Opened:
    """What is known of a request when it begins."""

    names: Names
    traceparent: str  # what upstreams are told: their spans are caused by this request
    began_us: int


@fact
class Ended:
    """How it ended."""

    admitted: Admitted
    ask: Ask
    attempts: Sequence[Attempt]
    status: int | None  # as the caller was sent it
    error: str  # our word for what went wrong; empty: nothing
    cache: str  # hit, miss; empty: it was not asked
    found: Mapping[str, int] | None  # by the guard; None: it looked at nothing
    is_shadow: bool = False  # nobody was sent it


def open_record(worker: Worker, admitted: Admitted, headers: Mapping[bytes, bytes]) -> Opened:
    """Begin."""
    given = headers.get(b"traceparent")
    trace = None if given is None else read_traceparent(given)
    request_id = bytes.fromhex(worker.ids.new_id())
    names = name_request(admitted.route.environment, admitted.service, request_id, trace)
    told = (trace or TraceParent(request_id, bytes(8))).header(names.span_id)
    return Opened(names, told, worker.clock.now_us())


async def write_record(worker: Worker, opened: Opened, ended: Ended) -> None:
    """Return when the record is kept. Raises EvenkeelError when it cannot be."""
    now_us = worker.clock.now_us()
    ask, admitted = ended.ask, ended.admitted
    served = Served(
        names=opened.names,
        environment=admitted.route.environment,
        service=admitted.service,
        operation=ask.operation.name,
        model_asked=ask.model_named or ask.model,
        key_id=admitted.key.id,
        team=admitted.key.team,
        user=worker.pseudonyms.of(ask.user) if ask.user else None,
        session=worker.pseudonyms.of(ask.session) if ask.session else None,
        began_us=opened.began_us,
        ended_us=now_us,
        status=ended.status,
        error=ended.error,
        is_streaming=ask.is_streaming,
        cache=ended.cache,
        findings=ended.found,
        is_shadow=ended.is_shadow,
        rule=ask.model_rule,
        fixed=_fixed(worker, ended.attempts) if ask.model_rule else frozenset(),
    )
    await worker.commit.commit(record(served, ended.attempts, worker.pricing(), now_us))


def _fixed(worker: Worker, attempts: Sequence[Attempt]) -> frozenset[str]:
    """Those of the upstreams asked that name the model themselves: no rule and no caller decides there."""
    upstreams = worker.routes().upstreams
    names = {attempt.upstream for attempt in attempts}
    return frozenset(name for name in names if name in upstreams and upstreams[name].model)


async def write_shadow(worker: Worker, opened: Opened, admitted: Admitted, ask: Ask, attempt: Attempt) -> None:
    """The same for the attempt of a shadow, which ends in its own time."""
    await write_record(worker, opened, Ended(admitted, ask, (attempt,), None, "", "", None, is_shadow=True))
