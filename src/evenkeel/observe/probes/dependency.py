"""Dependency probes: whether what a service stands on takes connections, or says that it is well."""

from __future__ import annotations

from evenkeel.kernel.event import Outcome
from evenkeel.kernel.ports import Clock
from evenkeel.observe.probes.http import ask_http
from evenkeel.observe.probes.model import DependencyTarget, Result
from evenkeel.observe.probes.wire import Address, connected
from evenkeel.org.config.secrets import Secrets


async def ask_dependency(target: DependencyTarget, secrets: Secrets, clock: Clock, timeout_s: float) -> Result:
    """What came of a connection or a request. Raises OSError and ProbeError."""
    if target.request is not None:
        return await ask_http(target.request, secrets, clock, timeout_s)
    began_s = clock.monotonic_s()
    async with connected(Address(target.host, target.port), timeout_s):
        return Result(Outcome.GOOD.value, latency_s=clock.monotonic_s() - began_s)
