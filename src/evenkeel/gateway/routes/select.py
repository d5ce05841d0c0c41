"""Which model is asked instead of the one that was named, where a request is simple enough (SPEC GW-6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from evenkeel.gateway.routes.model import ModelRule, Route


class Facts(Protocol):
    """What rules may ask about a request. What is not known satisfies no condition.

    What a rule does not come to ask is never looked up: the conditions that cost most are asked last.
    """

    @property
    def characters(self) -> int:
        """Of all that is said to the model."""
        ...

    @property
    def has_tools(self) -> bool:
        """Whether tools are offered."""
        ...

    @property
    def language(self) -> str | None:
        """ISO 639-1; None: not known."""
        ...

    @property
    def tags(self) -> frozenset[str]:
        """What the caller says the request is."""
        ...

    @property
    def minute_of_day(self) -> int:
        """0 to 1439 in the organisation's zone."""
        ...

    @property
    def budget_left_ratio(self) -> float | None:
        """Of the tightest money cap, 0 to 1; None: no cap, or not known."""
        ...

    @property
    def models_allowed(self) -> frozenset[str] | None:
        """Those that the caller's key may ask for; None: all."""
        ...


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """Facts that are all known from the start."""

    characters: int
    has_tools: bool
    language: str | None = None
    tags: frozenset[str] = field(default_factory=frozenset[str])
    minute_of_day: int = 0
    budget_left_ratio: float | None = None
    models_allowed: frozenset[str] | None = None


def select_model(route: Route, facts: Facts) -> ModelRule | None:
    """The first rule of the route that fits; None: the model stays as the caller named it.

    A rule to a model that the caller's key may not ask for does not fit.

    >>> rule = ModelRule("short", "small", characters_max=500, has_tools=False)
    >>> route = Route("production", "bot", (), models=(rule,))
    >>> select_model(route, KnownFacts(characters=40, has_tools=False)).model
    'small'
    >>> select_model(route, KnownFacts(characters=40, has_tools=True))
    >>> select_model(route, KnownFacts(characters=40, has_tools=False, models_allowed=frozenset({"large"})))
    """
    for rule in route.models:
        if _fits(rule, facts):
            return rule
    return None


def _fits(rule: ModelRule, facts: Facts) -> bool:
    return (
        (facts.models_allowed is None or rule.model in facts.models_allowed)
        and (rule.has_tools is None or facts.has_tools is rule.has_tools)
        and (rule.tags is None or not rule.tags.isdisjoint(facts.tags))
        and (rule.minutes is None or _is_between(facts.minute_of_day, *rule.minutes))
        and (rule.budget_left_max_ratio is None or _is_at_most(facts.budget_left_ratio, rule.budget_left_max_ratio))
        and (rule.characters_max is None or facts.characters <= rule.characters_max)
        and (rule.languages is None or facts.language in rule.languages)
    )


def _is_at_most(ratio: float | None, most: float) -> bool:
    return ratio is not None and ratio <= most


def _is_between(minute: int, first: int, after: int) -> bool:
    """Whether a minute of the day is in [first, after), which may go over midnight."""
    return first <= minute < after if first < after else (minute >= first or minute < after)
