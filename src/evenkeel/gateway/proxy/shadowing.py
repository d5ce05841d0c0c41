"""Versions that are asked beside the one that answers: nobody waits for them, and nobody is billed (SPEC GW-2)."""

from __future__ import annotations

import logging

from evenkeel.gateway.proxy.admission import Admitted
from evenkeel.gateway.proxy.attempt import Call, Target, status_failure
from evenkeel.gateway.proxy.recording import Opened, write_shadow
from evenkeel.gateway.proxy.trying import Trip
from evenkeel.gateway.proxy.upstream import UpstreamError
from evenkeel.gateway.proxy.waiting import Interrupted, Waiting
from evenkeel.gateway.proxy.worker import Worker
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
    table = worker.routes()
    upstream = None if version is None else table.upstreams.get(version.upstreams[0])
    if version is None or upstream is None or upstream.dialect is not trip.ask.operation.dialect:
        return
    if not worker.breakers.begin(upstream.name, worker.clock.monotonic_s()):
        return
    call = Call(
        worker,
        trip.ask,
        Target(version.name, upstream, 0, trip.trace, trip.reads, is_shadow=True),
        trip.query,
        trip.headers,
    )
    failure: Failure | None = None
    try:
        with Waiting() as waiting:
            waiting.until(upstream.timeouts.total_s)
            waiting.expect(upstream.timeouts.first_byte_s)
            failure = status_failure(await call.begin())
            async for _ in call.chunks():
                waiting.expect(upstream.timeouts.idle_s)
    except (UpstreamError, Interrupted) as error:
        failure = call.failed(error, 0)
    finally:
        call.close()
    now_s = worker.clock.monotonic_s()
    if failure is None or not blames_upstream(failure):
        worker.breakers.succeeded(upstream.name, now_s)
    else:
        worker.breakers.failed(upstream.name, now_s, failure.retry_after_s)
    try:
        write_shadow(worker, opened, admitted, trip.ask, call.finish(failure))
    except EvenkeelError as error:
        log.error("the record of a shadow could not be kept: %s", error)
