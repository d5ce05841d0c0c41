"""Simple requests go to a cheaper model, by the rules of the route (SPEC GW-6).

What the caller asked for stays in the record, so that the share and the saving can be told against it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from evenkeel.gateway.limits.periods import zone_of
from evenkeel.gateway.proxy.admission import Admitted
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.texts import find_texts, newest_user_text
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.select import select_model
from evenkeel.kernel.language.detect import detect_language

T = TypeVar("T")


async def choose_model(worker: Worker, admitted: Admitted, ask: Ask, user: int | None) -> None:
    """Put the model of the first rule that fits into what is asked, and the name of the rule beside it."""
    if not ask.operation.can_stream:
        return
    left: float | None = None
    asks_budget = any(rule.budget_left_max_ratio is not None for rule in admitted.route.models)
    if asks_budget and worker.spending is not None:
        left = await worker.spending.budget_left_ratio(admitted, user)
    facts = AskedFacts(ask, worker.clock.now_us(), worker.zone(), left, admitted.key.models)
    rule = select_model(admitted.route, facts)
    if rule is None or rule.model == ask.model:
        return
    ask.model_named, ask.model, ask.model_rule = ask.model, rule.model, rule.name
    ask.document["model"] = rule.model


class AskedFacts:
    """What rules ask about a request (`routes.select.Facts`), each looked up when a rule comes to it, and once."""

    def __init__(
        self, ask: Ask, now_us: int, zone: str, budget_left_ratio: float | None, models_allowed: frozenset[str] | None
    ) -> None:
        self._ask = ask
        self._now_us = now_us
        self._zone = zone
        self.budget_left_ratio = budget_left_ratio
        self.models_allowed = models_allowed
        self.tags = ask.tags
        self._known: dict[str, Any] = {}

    @property
    def characters(self) -> int:
        """Of all that is said to the model."""
        return self._once("characters", lambda: sum(len(slot.text) for slot in find_texts(self._ask.document)))

    @property
    def has_tools(self) -> bool:
        """Whether tools are offered."""
        return bool(self._ask.document.get("tools") or self._ask.document.get("functions"))

    @property
    def language(self) -> str | None:
        """Of the newest text of the user; None: not known."""
        return self._once("language", lambda: detect_language(newest_user_text(self._ask.document)))

    @property
    def minute_of_day(self) -> int:
        """0 to 1439 in the organisation's zone."""
        return self._once("minute", lambda: _minute_of_day(self._now_us, self._zone))

    def _once(self, name: str, look: Callable[[], T]) -> T:
        if name not in self._known:
            self._known[name] = look()
        return self._known[name]


def _minute_of_day(now_us: int, zone: str) -> int:
    local = datetime.fromtimestamp(now_us / 1_000_000, zone_of(zone))
    return 60 * local.hour + local.minute
