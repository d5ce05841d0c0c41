"""Versions that are asked beside the one that answers: nobody waits for them, and nobody is billed (SPEC GW-2)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from evenkeel.gateway.metering.model import Attempt
from evenkeel.gateway.proxy.admission import Admitted
from evenkeel.gateway.proxy.attempt import Call, Target, status_failure
from evenkeel.gateway.proxy.recording import Opened, write_shadow
from evenkeel.gateway.proxy.trying import Trip
from evenkeel.gateway.proxy.upstream import UpstreamError
from evenkeel.gateway.proxy.waiting import Deadlines, Interrupted, Waiting
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.model import Upstream
from evenkeel.gateway.routes.retry import Failure, blames_upstream
from evenkeel.kernel.errors import EvenkeelError

log = logging.getLogger(__name__)


def cast_shadow(worker: Worker, admitted: Admitted, trip: Trip, opened: Opened) -> None:
    """Ask the shadow version of a choice as well, unless too many shadows are under way. Returns at once."""
    if trip.choice.shadow is None:
        return
    if worker.background.count >= worker.limits.shadows_max:
        worker.counters.add("shadows_skipped_total")
        return
    worker.background.start(_ask(worker, admitted, trip, opened, trip.choice.shadow))


async def _ask(worker: Worker, admitted: Admitted, trip: Trip, opened: Opened, version_name: str) -> None:
    version = admitted.route.version(version_name)
    upstream = None if version is None else worker.routes().upstreams.get(version.upstreams[0])
    if version is None or upstream is None or upstream.dialect is not trip.ask.operation.dialect:
        return
    beside = await ask_beside(worker, trip, version.name, upstream)
    if beside is None:
        return
    try:
        await write_shadow(worker, opened, admitted, trip.ask, beside.attempt)
    except EvenkeelError as error:
        log.error("the record of a shadow could not be kept: %s", error)


@dataclass(frozen=True, slots=True)
class Beside:
    """What came of a call that no caller waited for."""

    attempt: Attempt
    body: bytes | None  # whole, where it was wanted and is not too long


async def ask_beside(
    worker: Worker, trip: Trip, version: str, upstream: Upstream, *, keep_bytes_max: int = 0
) -> Beside | None:
    """Ask one upstream beside whoever answers; None where it is left alone for now."""
    if not worker.breakers.begin(upstream.name, worker.clock.monotonic_s()):
        return None
    target = Target(version, upstream, 0, trip.trace, trip.reads, is_shadow=True)
    call = Call(worker, trip.ask, target, trip.query, trip.headers)
    body: bytes | None = None
    try:
        failure, body = await _listen(call, upstream, worker.deadlines, keep_bytes_max)
    except (UpstreamError, Interrupted) as error:
        failure = call.failed(error, 0)
    finally:
        call.close()
    now_s = worker.clock.monotonic_s()
    if failure is None or not blames_upstream(failure):
        worker.breakers.succeeded(upstream.name, now_s)
    else:
        worker.breakers.failed(upstream.name, now_s, failure.retry_after_s)
    return Beside(call.finish(failure), body)


async def _listen(
    call: Call, upstream: Upstream, deadlines: Deadlines, keep_bytes_max: int
) -> tuple[Failure | None, bytes | None]:
    """What the answer's status tells, and its body where that is no longer than wanted. Raises as `call` does."""
    pieces: list[bytes] = []
    size = 0
    with Waiting(deadlines) as waiting:
        waiting.until(upstream.timeouts.total_s)
        waiting.expect(upstream.timeouts.first_byte_s)
        failure = status_failure(await call.begin())
        async for chunk in call.chunks():
            waiting.expect(upstream.timeouts.idle_s)
            size += len(chunk)
            if size <= keep_bytes_max:
                pieces.append(bytes(chunk))
    return failure, b"".join(pieces) if size <= keep_bytes_max else None
