"""Keys that are in use and end soon: what health says of them, before services stand there without one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Final

from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_SECOND, format_duration
from evenkeel.org.access.keys import Keys
from evenkeel.org.access.model import SOON_US, ApiKey, KeyState, Scope
from evenkeel.store.telemetry.port import Telemetry
from evenkeel.ui.formats import plural
from evenkeel.web.health import Check, Level
from evenkeel.web.keys_api import recent_uses
from evenkeel.web.keys_rows import Uses, in_danger, say_ending

#: Health is asked by every scrape of `/metrics`; who used which key is counted from events, and no more often.
_COUNT_EVERY_S: Final = 60.0
_NAMED_MAX: Final = 3
_TODO: Final = (
    "Give it a later end in Settings, Keys, or with `evenkeel keys change KEY_ID --expires 90d`; what sends with it"
    " is refused from its end on."
)


class ExpiringKeys:
    """Looks at keys and at what was sent with them. Safe from any thread."""

    def __init__(self, keys: Keys, telemetry: Telemetry, clock: Clock) -> None:
        self._keys = keys
        self._telemetry = telemetry
        self._clock = clock
        self._lock = threading.Lock()
        self._uses: Uses = {}
        self._counted_s = float("-inf")

    def checks(self) -> list[Check]:
        """One that names those that end soon; none where no such key is in use."""
        now_us = self._clock.now_us()
        ending = [key for key in self._keys.list() if key.state(now_us) is KeyState.EXPIRING]
        if not ending:
            return []
        is_counted = any(key.scope is Scope.GATEWAY for key in ending)
        return check_expiring(ending, self._recent(now_us) if is_counted else {}, now_us)

    def _recent(self, now_us: int) -> Uses:
        with self._lock:
            now_s = self._clock.monotonic_s()
            if now_s - self._counted_s >= _COUNT_EVERY_S:
                self._uses, self._counted_s = recent_uses(self._telemetry, now_us), now_s
            return self._uses


def check_expiring(ending: Sequence[ApiKey], uses: Uses, now_us: int) -> list[Check]:
    """What is to be said of keys that end soon: of those that were used lately, and of those of which nobody knows."""
    told = in_danger(ending, uses, now_us)
    if not told:
        return []
    named = "; ".join(say_ending(key, (uses or {}).get(key.id), now_us) for key in told[:_NAMED_MAX])
    more = f"; and {len(told) - _NAMED_MAX} more" if len(told) > _NAMED_MAX else ""
    finding = f"{plural(len(told), 'keys')} to end within {format_duration(SOON_US / US_PER_SECOND)}: {named}{more}."
    return [Check("keys", Level.WARNING, finding, _TODO, {"ending": [key.id for key in told]})]
