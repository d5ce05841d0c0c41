"""Golden probes: a question whose answer is known, asked as a user would ask it."""

from __future__ import annotations

from evenkeel.kernel.ports import Clock
from evenkeel.observe.probes.expectations import judge_golden
from evenkeel.observe.probes.model import GoldenTarget, Result
from evenkeel.observe.probes.wire import fetch
from evenkeel.org.config.secrets import Secrets


async def ask_golden(target: GoldenTarget, secrets: Secrets, clock: Clock, timeout_s: float) -> Result:
    """Whether the known answer came back; the answer itself is looked at and forgotten. Raises OSError, ProbeError."""
    headers = {"content-type": "application/json", **secrets.filled_in(target.request.headers)}
    began_s = clock.monotonic_s()
    answer = await fetch(target.request, headers, timeout_s)
    return judge_golden(target, answer.status, answer.body, clock.monotonic_s() - began_s)
