"""Which model is asked instead of the one that was named, where a request is simple enough (SPEC GW-6)."""

from __future__ import annotations

from dataclasses import dataclass, field

from evenkeel.gateway.routes.model import ModelRule, Route


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may ask about a request. What is not known satisfies no condition."""

    characters: int  # of all that is said to the model
    has_tools: bool
    language: str | None = None  # ISO 639-1; None: not known
    tags: frozenset[str] = field(default_factory=frozenset[str])
    minute_of_day: int = 0  # 0 to 1439 in the organisation's zone
    budget_left_ratio: float | None = None  # of the tightest money cap; None: no cap, or not known


def select_model(route: Route, facts: Facts) -> ModelRule | None:
    """The first rule of the route that fits; None: the model stays as the caller named it.

    >>> rule = ModelRule("short", "small", characters_max=500, has_tools=False)
    >>> route = Route("production", "bot", (), models=(rule,))
    >>> select_model(route, Facts(characters=40, has_tools=False)).model
    'small'
    >>> select_model(route, Facts(characters=40, has_tools=True))
    """
    for rule in route.models:
        if _fits(rule, facts):
            return rule
    return None


def _fits(rule: ModelRule, facts: Facts) -> bool:
    left = facts.budget_left_ratio
    return (
        (rule.characters_max is None or facts.characters <= rule.characters_max)
        and (rule.has_tools is None or facts.has_tools is rule.has_tools)
        and (rule.languages is None or facts.language in rule.languages)
        and (rule.tags is None or not rule.tags.isdisjoint(facts.tags))
        and (rule.minutes is None or _is_between(facts.minute_of_day, *rule.minutes))
        and (rule.budget_left_max_ratio is None or (left is not None and left <= rule.budget_left_max_ratio))
    )


def _is_between(minute: int, first: int, after: int) -> bool:
    """Whether a minute of the day is in [first, after), which may go over midnight."""
    return first <= minute < after if first < after else (minute >= first or minute < after)
