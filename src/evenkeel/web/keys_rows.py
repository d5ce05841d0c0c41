"""Keys as pages show them: how one stands, what it may do, when it was last used, whether workers obey. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from evenkeel.gateway.drill.model import LIMIT_S, DrillState, Standing
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_SECOND, format_duration, to_datetime, to_us
from evenkeel.org.access.model import SOON_US, ApiKey, KeyState, Scope
from evenkeel.store.telemetry.series import KeyUse
from evenkeel.ui.formats import age, plural, seconds

KEYS_URL: Final = "/settings/keys"
#: What a key of each scope may do, in words.
MAY: Final[Mapping[Scope, str]] = {
    Scope.INTAKE: "send telemetry",
    Scope.GATEWAY: "ask models through the gateway",
    Scope.READ: "read the API",
    Scope.ADMIN: "do everything",
}
SIGNS: Final[Mapping[KeyState, str]] = {KeyState.ACTIVE: "ok", KeyState.EXPIRING: "warning"}
USABLE: Final = (KeyState.ACTIVE, KeyState.EXPIRING)
_NAME_SHOWN_MAX: Final = 60
#: By id, how keys were used lately; None: the store that says so cannot be read.
Uses = Mapping[str, KeyUse] | None


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which keys a list shows."""

    scope: str = ""
    state: str = ""
    text: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> KeyFilter:
        """As the address has it. Raises InvalidInputError for a scope or a state that is none."""
        chosen = cls(query.get("scope", ""), query.get("state", ""), query.get("q", ""))
        for what, value, known in (("scope", chosen.scope, Scope), ("state", chosen.state, KeyState)):
            if value and value not in list(known):
                raise InvalidInputError(f"There is no {what} {value[:20]!r}.", hint=f"Use {', '.join(known)}.")
        return chosen

    def fits(self, key: ApiKey, now_us: int) -> bool:
        """Whether a key is shown."""
        words = (key.name, key.id, key.team, key.created_by, *(key.services or ()), *(key.models or ()))
        return (
            self.scope in ("", key.scope)
            and self.state in ("", key.state(now_us))
            and self.text.lower() in " ".join(words).lower()
        )


def is_counted(key: ApiKey, uses: Uses) -> bool:
    """Whether it is known how a key was used: only the gateway writes it down, and the store has to be read."""
    return key.scope is Scope.GATEWAY and uses is not None


def key_row(key: ApiKey, uses: Uses, now_us: int) -> dict[str, Any]:
    """A key as lists and its page show it."""
    state = key.state(now_us)
    goes_on = key.previous_until_us is not None and now_us < key.previous_until_us and state in USABLE
    return {
        "key": key,
        "url": f"{KEYS_URL}/{key.id}",
        "state": state.value,
        "sign": SIGNS.get(state, "unknown"),
        "is_usable": state in USABLE,
        "may": MAY[key.scope],
        "only": _only(key),
        "use": (uses or {}).get(key.id),
        "is_counted": is_counted(key, uses),
        "is_of_gateway": key.scope is Scope.GATEWAY,
        "left": _left(key, now_us) if state is KeyState.EXPIRING else "",
        "previous_until_us": key.previous_until_us if goes_on else None,
    }


def _only(key: ApiKey) -> list[str]:
    """Where it may be used, and for whom."""
    bounds = (("team", (key.team,) if key.team else ()), ("only", key.services), ("only in", key.environments))
    said = [f"{word} {', '.join(names)}" for word, names in (*bounds, ("only models", key.models)) if names]
    nothing = [what for what in ("services", "environments", "models") if getattr(key, what) == ()]
    return said + [f"no {what} at all" for what in nothing]


def _left(key: ApiKey, now_us: int) -> str:
    return format_duration(float(max(0, (key.expires_at_us or now_us) - now_us) // US_PER_SECOND))


def in_danger(keys: Sequence[ApiKey], uses: Uses, now_us: int) -> list[ApiKey]:
    """Keys that end soon and were used lately, or of which nobody knows whether they are used; the next first.

    Only the gateway writes down which key a request came with.
    """
    ending = [key for key in keys if key.state(now_us) is KeyState.EXPIRING]
    told = [key for key in ending if uses is None or key.scope is not Scope.GATEWAY or key.id in uses]
    return sorted(told, key=lambda key: key.expires_at_us or 0)


def say_ending(key: ApiKey, use: KeyUse | None, now_us: int) -> str:
    """When a key ends, and who would miss it."""
    used = "whether it is used is not known" if use is None else f"last used {age(use.last_at, now_us)}"
    name = key.name if len(key.name) <= _NAME_SHOWN_MAX else f"{key.name[:_NAME_SHOWN_MAX]}…"
    return f"{name} ({key.id}, scope {key.scope.value}) in {_left(key, now_us)}, {used}"


def answers(keys: Sequence[ApiKey], uses: Uses, now_us: int) -> dict[str, str]:
    """The answers on top of the list."""
    usable = Counter(key.scope for key in keys if key.state(now_us) in USABLE)
    if not usable:
        how = "No key can be used: nobody can send, ask or read with one." if keys else "There is no key yet."
        return {"how": how, "changed": "", "todo": "", "mood": "unknown"}
    parts = ", ".join(f"{usable[scope]} {scope.value}" for scope in Scope if usable[scope])
    said = {"how": f"{plural(usable.total(), 'keys')} can be used: {parts}.", "changed": "", "todo": "", "mood": "ok"}
    endangered = in_danger(keys, uses, now_us)
    if endangered:
        count = plural(len(endangered), "keys")
        said["changed"] = f"{count} to end within {format_duration(SOON_US / US_PER_SECOND)}."
        said["todo"] = f"Give a later end to {say_ending(endangered[0], (uses or {}).get(endangered[0].id), now_us)}."
        said["mood"] = "warning"
    return said


def obedience(state: DrillState, now_us: int) -> tuple[str, str]:
    """(sign, sentence): whether every worker of the gateway refuses a key that was replaced, as it was last tried.

    A drill that failed by something else proves this all the same; one that is too old proves nothing about now.
    """
    last, proven = state.last, state.proven
    before = f" It was proven {age(proven.at_us, now_us)}." if proven else ""
    unknown = "Whether every worker of the gateway refuses a revoked key is not known"
    if last is None or state.standing in (Standing.OFF, Standing.UNKNOWN):
        return "unknown", f"{unknown}. {state.finding}{before}"
    workers, took_s, ago = plural(len(last.workers), "workers"), last.old_key_s, age(last.at_us, now_us)
    if took_s is not None and took_s < LIMIT_S:
        who = "the one worker" if len(last.workers) == 1 else f"all {workers}"
        return (
            "ok",
            f"The last key that was replaced was refused by {who} after {seconds(took_s)}, {ago}.",
        )
    if took_s is None and not any("key" in proof.fault for proof in last.workers):
        return "unknown", f"{unknown}. The last drill did not come so far, {ago}.{before}"
    return "breach", f"Not every worker refused a key within {LIMIT_S:g} s, {ago}.{before}"


def last_day(expires_at_us: int | None, zone: str) -> str:
    """The last day on which a key can be used, as a field of a form has it; empty: it does not end.

    >>> last_day(1_774_742_400_000_000, "UTC"), last_day(1_774_742_400_000_001, "UTC"), last_day(None, "UTC")
    ('2026-03-28', '2026-03-29', '')
    """
    if expires_at_us is None:
        return ""
    return to_datetime(expires_at_us - 1).astimezone(ZoneInfo(zone)).date().isoformat()


def end_of(written: str, zone: str) -> int | None:
    """When a key ends whose last day this is: with that day, in the organisation's zone. Raises InvalidInputError.

    >>> end_of("2026-03-28", "UTC"), end_of("", "UTC")
    (1774742400000000, None)
    """
    if not written.strip():
        return None
    try:
        after = date.fromisoformat(written.strip()) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise InvalidInputError(f"{written[:20]!r} is no day.", hint="Write e.g. 2026-12-31.") from None
    return to_us(datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone)))
