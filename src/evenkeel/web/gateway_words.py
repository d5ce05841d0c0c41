"""What was changed of the gateway, in words: how a field stood before, and how it stands after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from evenkeel.gateway.commands.overlaying import KILL, LIMIT
from evenkeel.gateway.commands.records import Change
from evenkeel.gateway.commands.service import PURGE
from evenkeel.gateway.limits.model import Limit, Measure
from evenkeel.gateway.routes.model import Shadow
from evenkeel.kernel.errors import UnreadableError
from evenkeel.ui.formats import count, money

CACHE_URL: Final = "/gateway/cache"
_TITLES: Final[Mapping[str, str]] = {
    "weights": "Shares",
    "shadow": "Shadow",
    "fallback": "Fallback",
    KILL: "State",
    "amount": "Limit",
    PURGE: "Cache",
}


def say_unknown(error: UnreadableError) -> str:
    """Why a page has no figures.

    >>> say_unknown(UnreadableError("The store cannot be read.", hint="See Health."))
    'Figures are unknown. The store cannot be read. See Health.'
    """
    return f"Figures are unknown. {error}"


def share_text(share: float) -> str:
    """A share in percent.

    >>> share_text(0.05), share_text(1), share_text(0.0004)
    ('5 %', '100 %', '0.04 %')
    """
    return f"{100 * share:.3g} %"


def shares_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights as shares of their sum.

    >>> shares_of({"1": 3, "2": 1})
    {'1': 0.75, '2': 0.25}
    """
    total = sum(weights.values())
    return {name: weight / total if total else 0.0 for name, weight in weights.items()}


def shadow_text(shadow: Shadow | None) -> str:
    """Which version is asked beside the one that answers."""
    return "none" if shadow is None else f"{shadow.version} is asked beside {share_text(shadow.share)} of requests"


def fallback_text(versions: Sequence[str]) -> str:
    """Who is asked when the chosen version cannot answer.

    >>> fallback_text(["1", "2"]), fallback_text([])
    ('1, then 2', 'none')
    """
    return ", then ".join(versions) or "none"


def amount_text(amount: int, limit: Limit | None) -> str:
    """An amount in the units of its limit; plain where the limit is not there any more."""
    if limit is None:
        return count(amount)
    if limit.measure is Measure.MONEY:
        return money(amount, limit.currency)
    return f"{count(amount)} {limit.measure.value}"


def describe_change(change: Change, limits: Mapping[str, Limit]) -> dict[str, Any]:
    """A line of the history."""
    limit_id = change.target.removeprefix(LIMIT) if change.target.startswith(LIMIT) else ""
    limit = limits.get(limit_id)
    return {
        "change": change,
        "title": _TITLES.get(change.field, change.field),
        "target": limit_id or change.target,
        "url": "/gateway/limits" if limit_id else CACHE_URL if change.field == PURGE else route_url(change.target),
        "before": _value_text(change.field, change.before, limit),
        "after": _value_text(change.field, change.after, limit),
    }


def history_rows(changes: Sequence[Change], limits: Mapping[str, Limit]) -> list[dict[str, Any]]:
    """The history, newest first; only the latest change of a field can be undone, and no purge."""
    seen: set[tuple[str, str]] = set()
    rows: list[dict[str, Any]] = []
    for change in changes:
        place = (change.target, change.field)
        rows.append({**describe_change(change, limits), "is_latest": place not in seen and change.field != PURGE})
        seen.add(place)
    return rows


def purge_text(version: str, user: str) -> str:
    """What was purged, as the history has it: `*` is all, and a user is but one.

    >>> purge_text("1.4.0", "*"), purge_text("*", "one")
    ('purged: version 1.4.0', 'purged: what may be of one user')
    """
    parts = [f"version {version}"] if version != "*" else []
    parts += ["what may be of one user"] if user != "*" else []
    return f"purged: {', '.join(parts) or 'all answers'}"


def route_url(name: str) -> str:
    """The page of a route, which is called `environment/service`.

    >>> route_url("production/a/b c")
    '/gateway/production/a/b%20c'
    """
    return f"/gateway/{quote(name)}"


def _value_text(field: str, value: Any, limit: Limit | None) -> str:
    match field:
        case "weights":
            shares = shares_of(value or {})
            return " · ".join(f"{name} {share_text(share)}" for name, share in shares.items() if share) or "unknown"
        case "shadow":
            return shadow_text(None if value is None else Shadow(value["version"], value["share"]))
        case "fallback":
            return fallback_text(value or ())
        case "amount":
            return "unknown" if value is None else amount_text(value, limit)
        case "kill":
            return "answering" if value is None else f"off: {value['reason']}"
        case "purge":
            return "kept" if value is None else purge_text(value["version"], value["user"])
        case _:
            return str(value)
