"""The guards of routes as control publishes them, and as workers read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final, cast

import msgspec

from evenkeel.gateway.guard.decide import GROUP_NAMES, compile_policy
from evenkeel.gateway.guard.entities import known_entities
from evenkeel.gateway.guard.injection import ENTITY as INJECTION
from evenkeel.gateway.guard.model import GuardPolicy
from evenkeel.gateway.guard.topics import PREFIX as TOPIC_PREFIX

#: Raised when a field makes a policy stricter: a worker that does not know the field would let too much through.
VERSION: Final = 1
#: All of them have to be said: what is left out would be guessed.
_FIELDS: Final = frozenset(field.name for field in fields(GuardPolicy))
_CHARS_MAX: Final = 100_000_000


def parse_guards(document: Mapping[str, Any]) -> Mapping[str, GuardPolicy]:
    """Policies by the name of their route. Raises ValueError or TypeError that names the place and what is wrong.

    >>> parse_guards({"version": 1, "guards": {}})
    {}
    >>> parse_guards({"version": 1, "guards": {"chat": {"profile": "chat"}}})
    Traceback (most recent call last):
    ...
    ValueError: guards.chat: actions, deny_topics, hold_back_chars, ... missing
    """
    if not isinstance(document, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  it comes from a file
        raise TypeError("A table of guards is an object.")
    if document.get("version") != VERSION:
        raise ValueError(f"version: {document.get('version')!r} is not {VERSION}, the one that is understood here")
    rows = document.get("guards")
    if not isinstance(rows, dict):
        raise TypeError("guards: not an object")
    return {name: _policy(f"guards.{name}", row) for name, row in cast("dict[str, Any]", rows).items()}


def guards_document(guards: Mapping[str, GuardPolicy]) -> dict[str, Any]:
    """What control publishes: `parse_guards` of it is `guards`. The same guards give the same document."""
    return {"version": VERSION, "guards": {name: _row(policy) for name, policy in sorted(guards.items())}}


def _row(policy: GuardPolicy) -> dict[str, Any]:
    row = asdict(policy)
    row["actions"] = [[name, action.value] for name, action in policy.actions]
    row["sides"] = sorted(side.value for side in policy.sides)
    row["deny_topics"] = list(policy.deny_topics)
    return row


def _policy(place: str, row: object) -> GuardPolicy:
    if not isinstance(row, dict):
        raise TypeError(f"{place}: not an object")
    row = cast("dict[str, Any]", row)
    missing = _FIELDS - row.keys()
    if missing:
        raise ValueError(f"{place}: {', '.join(sorted(missing))} missing")
    try:
        policy = msgspec.convert(row, GuardPolicy)
        compile_policy(policy)
    except ValueError as error:  # a topic that cannot be looked for, or what is no policy at all
        raise ValueError(f"{place}: {error}") from None
    topics = {entity.name for entity in compile_policy(policy).selection.entities}
    known = {entity.name for entity in known_entities()} | {INJECTION, *GROUP_NAMES} | topics
    for name, _ in policy.actions:
        if name not in known:
            hint = "a denied topic" if name.startswith(TOPIC_PREFIX) else "an entity or a group"
            raise ValueError(f"{place}.actions: {name!r} is not {hint}")
    for name in ("input_chars_max", "output_chars_max", "hold_back_chars"):
        if not 0 <= getattr(policy, name) <= _CHARS_MAX:
            raise ValueError(f"{place}.{name}: {getattr(policy, name)} is not from 0 to {_CHARS_MAX}")
    return policy
