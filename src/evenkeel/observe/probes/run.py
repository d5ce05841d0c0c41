"""Running probes: when each is due, so many at a time, one event each. The imperative shell.

A prober that was itself held up (a busy machine, a paused process) cannot tell slow from dead: what it then
finds bad is written as none, with the reason, and reads as unknown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.event import Kind, Outcome
from evenkeel.kernel.ids import derive_id
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.observe.events import jsontext
from evenkeel.observe.probes.dependency import ask_dependency
from evenkeel.observe.probes.failures import ProbeError, result_of
from evenkeel.observe.probes.golden import ask_golden
from evenkeel.observe.probes.http import ask_http
from evenkeel.observe.probes.model import (
    HERE,
    DependencyTarget,
    GoldenTarget,
    HttpTarget,
    Probe,
    Result,
)
from evenkeel.observe.probes.schedule import is_of_another_time, next_due_us
from evenkeel.observe.probes.tls import ask_tls
from evenkeel.org.config.secrets import Secrets

log = logging.getLogger(__name__)

#: Runs at a time: each holds a socket and up to 256 KB of an answer.
CONCURRENT_MAX: Final = 64
#: The loop looks around at least this often, and was held up when it comes round later by STALL_S.
TICK_S: Final = 0.25
STALL_S: Final = 0.5
#: Waits between attempts to make a result durable; then it is given up, and its minute has no evidence.
COMMIT_AGAIN_S: Final = (0.5, 2.0, 8.0)


@dataclass(frozen=True, slots=True)
class ProberDependencies:
    """What a prober stands on."""

    probes: Callable[[], tuple[Probe, ...]]
    commit: Callable[[EventBatch], Awaitable[None]]
    clock: Clock
    secrets: Secrets = field(default_factory=Secrets)
    vantage: str = HERE


class Prober:
    """Runs the probes of one vantage, for ever."""

    def __init__(self, given: ProberDependencies) -> None:
        self._given = given
        self._due: dict[str, tuple[Probe, int]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._wake_s = given.clock.monotonic_s()
        self._stalled_at_s = float("-inf")

    async def run(self) -> None:
        """Run what is due until cancelled; what is running then is given up."""
        try:
            while True:
                wait_s = min(TICK_S, self._begin_due())
                self._wake_s = self._given.clock.monotonic_s() + wait_s
                await asyncio.sleep(wait_s)
                if self._is_late():
                    self._stalled_at_s = self._given.clock.monotonic_s()
        finally:
            for task in self._running:
                task.cancel()

    def _begin_due(self) -> float:
        """Begin what is due; answers the seconds until the next one is."""
        given, now_us = self._given, self._given.clock.now_us()
        due: dict[str, tuple[Probe, int]] = {}
        for probe in given.probes():
            if given.vantage not in probe.vantages:
                continue
            known, at_us = self._due.get(probe.name, (None, 0))
            if known != probe or is_of_another_time(at_us, probe, now_us):
                at_us = next_due_us(probe, given.vantage, now_us)
            elif at_us <= now_us:
                self._begin(probe)
                at_us = next_due_us(probe, given.vantage, now_us)
            due[probe.name] = (probe, at_us)
        self._due = due
        return min((at_us - now_us for _, at_us in due.values()), default=US_PER_SECOND) / US_PER_SECOND

    def _begin(self, probe: Probe) -> None:
        task = asyncio.create_task(self._complete(probe), name=f"probe {probe.name}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _complete(self, probe: Probe) -> None:
        given = self._given
        began_s = given.clock.monotonic_s()
        if len(self._running) > CONCURRENT_MAX:
            result = result_of(ProbeError("prober_busy", "Too many probes ran at the time.", is_ours=True))
        else:
            result = self._doubted(await run_probe(probe, given.secrets, given.clock), began_s)
        batch = EventBatch()
        batch.add(probe_event(probe, given.vantage, result, given.clock.now_us()))
        for again_s in (*COMMIT_AGAIN_S, None):
            try:
                await given.commit(batch)
                return
            except EvenkeelError as error:
                if again_s is None:
                    log.error("the result of probe %s is lost: %s", probe.name, error)
                    return
                await asyncio.sleep(again_s)

    def _doubted(self, result: Result, began_s: float) -> Result:
        """A result as far as it can be believed: not when this loop was held up meanwhile."""
        if not (self._is_late() or self._stalled_at_s >= began_s):
            return result
        if result.outcome == Outcome.BAD.value:
            return result_of(ProbeError("prober_stalled", "The prober was held up meanwhile.", is_ours=True))
        return replace(result, latency_s=None)

    def _is_late(self) -> bool:
        return self._given.clock.monotonic_s() - self._wake_s > STALL_S


async def run_probe(probe: Probe, secrets: Secrets, clock: Clock) -> Result:
    """What comes of one run, within the probe's timeout. Never raises but when cancelled."""
    try:
        async with asyncio.timeout(probe.timing.timeout_s):
            return await _ask(probe, secrets, clock)
    except (OSError, ProbeError, EvenkeelError) as error:
        return result_of(error)
    except Exception as error:  # a fault of the prober must not end it, nor be taken for one of the service
        log.exception("probe %s failed", probe.name)
        return result_of(error)


async def _ask(probe: Probe, secrets: Secrets, clock: Clock) -> Result:
    target, timeout_s = probe.target, probe.timing.timeout_s
    if isinstance(target, HttpTarget):
        return await ask_http(target, secrets, clock, timeout_s)
    if isinstance(target, GoldenTarget):
        return await ask_golden(target, secrets, clock, timeout_s)
    if isinstance(target, DependencyTarget):
        return await ask_dependency(target, secrets, clock, timeout_s)
    return await ask_tls(target, clock, timeout_s)


def probe_event(probe: Probe, vantage: str, result: Result, at_us: int) -> dict[str, Any]:
    """The event of one run, as the journal carries it: `operation` is the kind, `subject` the probe's name,
    `label` the vantage."""
    identity = derive_id(b"probe", probe.name.encode(), vantage.encode(), str(at_us).encode())
    attributes = {"probe": probe.name, "vantage": vantage, "every_s": probe.timing.every_s, "detail": result.detail}
    return {
        "event_id": identity,
        "request_id": identity,
        "solo": True,
        "kind": Kind.PROBE.value,
        "role": "none",
        "source": "probe",
        "at": at_us,
        "arrived_at": at_us,
        "environment": probe.environment,
        "service": probe.service,
        "operation": probe.kind.value,
        "subject": probe.name,
        "label": vantage,
        "outcome": result.outcome,
        "reason": result.reason or None,
        "latency_s": result.latency_s,
        "status_code": result.status_code,
        "value": result.value,
        "value_kind": result.value_kind or None,
        "attributes": jsontext.dump({name: value for name, value in attributes.items() if value != ""}).decode(),
    }
