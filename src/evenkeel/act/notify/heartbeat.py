"""The dead-man's switch: somebody else's watcher is called as long as evenkeel works, and raises the alarm when not.

It is called only while everything that leads to an alert goes round. So it tells of a dead process, and also of one
that lives and does nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenkeel.act.notify.model import Request, Response
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.ports import Clock
from evenkeel.org.config.notify import DeadManConfig
from evenkeel.org.config.secrets import Secrets

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HeartbeatDependencies:
    """What the switch stands on."""

    clock: Clock
    config: Callable[[], DeadManConfig | None]
    secrets: Secrets
    send: Callable[[Request], Response]
    stands_still: Callable[[], Sequence[str]]  # what should go round and does not


class Heartbeat:
    """One caller of `step` at a time; what it found may be read from any thread."""

    def __init__(self, given: HeartbeatDependencies) -> None:
        self._given = given
        self._called_at_s: float | None = None
        self.heard_at_us: int | None = None  # the last call that was answered
        self.problem = ""

    def step(self) -> bool:
        """Call the watcher if it is time and everything goes round; answers whether it was called and answered."""
        given, now_s = self._given, self._given.clock.monotonic_s()
        config = given.config()
        if config is None:
            self._called_at_s, self.problem = None, ""
            return False
        if self._called_at_s is not None and now_s < self._called_at_s + config.every:
            return False
        if still := given.stands_still():
            self.problem = f"It is not called: {', '.join(still)} stands still."
            return False
        self._called_at_s = now_s
        try:
            answer = given.send(Request(given.secrets.read(config.url), b"", {}, method="GET"))
        except NotFoundError as error:
            self.problem = str(error)
            return False
        if 200 <= answer.status < 300:
            self.heard_at_us, self.problem = given.clock.now_us(), ""
            return True
        self.problem = "It was not reached." if answer.status == 0 else f"It answered {answer.status}."
        log.warning("the dead-man's switch was called in vain: %s", self.problem)
        return False
