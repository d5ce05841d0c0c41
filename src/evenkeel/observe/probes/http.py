"""HTTP probes: a request, and whether its answer is what it should be."""

from __future__ import annotations

from evenkeel.kernel.ports import Clock
from evenkeel.observe.probes.expectations import judge_http
from evenkeel.observe.probes.model import HttpTarget, Result
from evenkeel.observe.probes.wire import fetch
from evenkeel.org.config.secrets import Secrets


async def ask_http(target: HttpTarget, secrets: Secrets, clock: Clock, timeout_s: float) -> Result:
    """What came of one request. Raises OSError and ProbeError."""
    headers = secrets.filled_in(target.headers)
    began_s = clock.monotonic_s()
    answer = await fetch(target, headers, timeout_s)
    return judge_http(target, answer.status, answer.body, clock.monotonic_s() - began_s)
