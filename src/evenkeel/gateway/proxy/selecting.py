"""Simple requests go to a cheaper model, by the rules of the route (SPEC GW-6).

What the caller asked for stays in the record, so that the share and the saving can be told against it.
"""

from __future__ import annotations

from datetime import datetime

from evenkeel.gateway.limits.periods import zone_of
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.texts import find_texts
from evenkeel.gateway.routes.model import Route
from evenkeel.gateway.routes.select import Facts, select_model


def choose_model(route: Route, ask: Ask, now_us: int, zone: str) -> str:
    """Put the model of the first rule that fits into what is asked; its name, or an empty text where none fits."""
    if not route.models or not ask.operation.can_stream:
        return ""
    rule = select_model(route, _facts(ask, now_us, zone))
    if rule is None or rule.model == ask.model:
        return ""
    ask.model_named, ask.model = ask.model, rule.model
    ask.document["model"] = rule.model
    return rule.name


def _facts(ask: Ask, now_us: int, zone: str) -> Facts:
    """What rules ask about. The language and what is left of budgets are not told yet: no rule that asks fits."""
    local = datetime.fromtimestamp(now_us / 1_000_000, zone_of(zone))
    return Facts(
        characters=sum(len(slot.text) for slot in find_texts(ask.document)),
        has_tools=bool(ask.document.get("tools") or ask.document.get("functions")),
        tags=ask.tags,
        minute_of_day=60 * local.hour + local.minute,
    )
