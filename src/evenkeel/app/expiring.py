"""Keys that are in use and end soon: what health says of them, before services stand there without one."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Final

from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_SECOND, Window, format_duration
from evenkeel.org.access.keys import Keys
from evenkeel.org.access.model import SOON_US, ApiKey, KeyState, Scope
from evenkeel.store.telemetry.port import Telemetry
from evenkeel.store.telemetry.series import KeyUse
from evenkeel.ui.formats import age, plural
from evenkeel.web.health import Check, Level

#: Health is asked by every scrape of `/metrics`; who used which key is counted from events, and no more often.
_COUNT_EVERY_S: Final = 60.0
_NAMED_MAX: Final = 3
_NAME_SHOWN_MAX: Final = 60
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
        self._uses: Mapping[str, KeyUse] = {}
        self._counted_s = float("-inf")

    def checks(self) -> list[Check]:
        """One that names those that end soon; none where no such key is in use."""
        now_us = self._clock.now_us()
        ending = [key for key in self._keys.list() if key.state(now_us) is KeyState.EXPIRING]
        if not ending:
            return []
        is_counted = any(key.scope is Scope.GATEWAY for key in ending)
        return check_expiring(ending, self._recent(now_us) if is_counted else {}, now_us)

    def _recent(self, now_us: int) -> Mapping[str, KeyUse]:
        with self._lock:
            now_s = self._clock.monotonic_s()
            if now_s - self._counted_s >= _COUNT_EVERY_S:
                found = self._telemetry.key_uses(Window(now_us - SOON_US, now_us + 1))
                self._uses, self._counted_s = {use.key: use for use in found}, now_s
            return self._uses


def check_expiring(ending: Sequence[ApiKey], uses: Mapping[str, KeyUse], now_us: int) -> list[Check]:
    """What is to be said of keys that end soon: of those that were used lately, and of those of which nobody knows.

    Only the gateway writes down which key a request came with.
    """
    told = [key for key in ending if key.scope is not Scope.GATEWAY or key.id in uses]
    told.sort(key=lambda key: key.expires_at_us or 0)
    if not told:
        return []
    named = "; ".join(_say(key, uses.get(key.id), now_us) for key in told[:_NAMED_MAX])
    more = f"; and {len(told) - _NAMED_MAX} more" if len(told) > _NAMED_MAX else ""
    finding = f"{plural(len(told), 'keys')} to end within {format_duration(SOON_US / US_PER_SECOND)}: {named}{more}."
    return [Check("keys", Level.WARNING, finding, _TODO, {"ending": [key.id for key in told]})]


def _say(key: ApiKey, use: KeyUse | None, now_us: int) -> str:
    left_s = ((key.expires_at_us or now_us) - now_us) / US_PER_SECOND
    used = "whether it is used is not known" if use is None else f"last used {age(use.last_at, now_us)}"
    name = key.name if len(key.name) <= _NAME_SHOWN_MAX else f"{key.name[:_NAME_SHOWN_MAX]}…"
    return f"{name} ({key.id}, scope {key.scope.value}) in {format_duration(float(int(left_s)))}, {used}"
