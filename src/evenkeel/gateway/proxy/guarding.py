"""The guard on both ways: texts of requests and answers are looked at, redacted, or stopped (SPEC GW-7).

What cannot be read as a document is not passed unseen, unless the policy fails open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, cast

from evenkeel.gateway.guard.decide import (
    FAILED,
    SEVERITY,
    UNREADABLE,
    UNSEEN,
    chars_max_of,
    compile_policy,
    decide_text,
    reason,
)
from evenkeel.gateway.guard.entities import select
from evenkeel.gateway.guard.injection import ENTITY as INJECTION
from evenkeel.gateway.guard.injection import GROUP as INJECTION_GROUP
from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.guard.topics import PREFIX as TOPIC_PREFIX
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.proxy.texts import find_texts
from evenkeel.observe.events import jsontext

BLOCKED: Final = "guard_block"
_UNSEEN: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {reason(action, what): (action.value, what) for action in GuardAction for what in UNSEEN}
)
_FAILURES: Final = frozenset(reason(action, FAILED) for action in GuardAction)
_STOPPING: Final = (GuardAction.HOLD, GuardAction.BLOCK)
#: The group of entities that tell of persons.
_PERSON_RELATED: Final = "pii"
#: Whose words are the application's own: what is said in them about injections is no injection.
_OWN_ROLES: Final = frozenset(("system", "developer"))


class Guarding:
    """The guard of one exchange, and what it found.

    With `holds`, what a person shall decide on is made ready to pass and only noted in `held`; without, it is stopped.
    """

    def __init__(self, policy: GuardPolicy, *, holds: bool = False) -> None:
        self._held_by = _reasons_to_hold(policy) if holds else _NOTHING
        self.policy = _letting_pass(policy) if self._held_by else policy
        self._asked = policy
        self.held: set[str] = set()  # why a person has to decide; reasons
        self.action: GuardAction | None = None  # the strictest so far
        self.reasons: set[str] = set()
        self._is_cut = False  # a text was longer than is looked at
        self.found: Counter[str] = Counter()  # "side action entity" -> how many, as records have it

    def look_at(self, document: Mapping[str, Any], side: Side) -> bool:
        """Look at all texts of a document and redact in place; whether anything was changed."""
        changed = side is Side.OUTPUT and drop_logprobs(document)
        for slot in find_texts(document):
            policy = _without_injection(self.policy) if slot.role in _OWN_ROLES else self.policy
            self._is_cut = self._is_cut or len(slot.text) > chars_max_of(policy, side)
            decision = decide_text(slot.text, policy, side)
            if decision.action is None:
                continue
            self.note(decision.action, decision.reasons, [finding.entity for finding in decision.findings], side)
            if decision.passes and decision.text != slot.text:
                slot.put(decision.text)
                changed = True
        return changed

    def look_at_answer(self, body: bytes) -> bytes:
        """An answer with its texts looked at: as it came, redacted, or empty when it may not pass."""
        if Side.OUTPUT not in self.policy.sides:
            return body
        try:
            document = jsontext.load(body)
        except ValueError:
            return self._unreadable(body)
        changed = self.look_at(as_object(document) or {"": document}, Side.OUTPUT)
        if self.is_stopped:
            return b""
        return jsontext.dump(document) if changed else body

    @property
    def is_stopped(self) -> bool:
        """Whether nothing may pass any more."""
        return self.action in _STOPPING

    @property
    def has_failed(self) -> bool:
        """Whether the guard itself broke on a text, which was blocked, or passed unseen if the policy fails open."""
        return not _FAILURES.isdisjoint(self.reasons)

    @property
    def holds_answers(self) -> bool:
        """Whether an answer may have to wait for a person, so that nothing of it goes before all of it is known."""
        return bool(self._held_by) and Side.OUTPUT in self.policy.sides

    @property
    def entities(self) -> dict[str, int]:
        """How many of each entity were found, on both sides."""
        found = Counter[str]()
        for key, count in self.found.items():
            entity = key.split(" ", 2)[2]
            found[entity] += 0 if entity in UNSEEN else count
        return dict(+found)

    @property
    def person_related(self) -> dict[str, int] | None:
        """How many of each kind of person-related data were found.

        None unless all kinds were looked for, both ways, in whole texts: what was not looked for is not absent.
        """
        policy = self._asked
        kinds = {each.name for each in select(policy.profile, (_PERSON_RELATED,))}
        is_sought = kinds <= {each.name for each in select(policy.profile, dict(policy.actions))}
        has_seen_all = not self._is_cut and _UNSEEN.keys().isdisjoint(self.reasons)
        if not is_sought or len(policy.sides) < len(Side) or not has_seen_all:
            return None
        return {name: count for name, count in self.entities.items() if name in kinds}

    def note(self, action: GuardAction | None, reasons: tuple[str, ...], entities: list[str], side: Side) -> None:
        """Add what was found in a text that goes this way."""
        if action is None:
            return
        self._note(action, reasons, side)
        if entities:
            actions = compile_policy(self._asked).actions
            self.found.update(f"{side.value} {actions[entity].value} {entity}" for entity in entities)
        if self._held_by:
            self.held.update(self._held_by[each] for each in (*reasons, *entities) if each in self._held_by)

    def stop(self, why: str) -> None:
        """Let nothing of the answer pass, for that reason."""
        self._note(GuardAction.BLOCK, (reason(GuardAction.BLOCK, why),), Side.OUTPUT)

    def refusal(self) -> Refusal:
        """What the caller is told; never the text."""
        why = ", ".join(sorted(self.reasons)) or "guard"
        message = f"The guard stopped this ({why}). Take out what it names, or ask the service's owner."
        return Refusal(400, BLOCKED, message, is_worth_retrying=False)

    def _unreadable(self, body: bytes) -> bytes:
        action = GuardAction.LOG if self.policy.is_fail_open else GuardAction.BLOCK
        self._note(action, (reason(action, UNREADABLE),), Side.OUTPUT)
        return body if self.policy.is_fail_open else b""

    def _note(self, action: GuardAction, reasons: tuple[str, ...], side: Side) -> None:
        for each in reasons:
            if each in _UNSEEN and each not in self.reasons:  # a stream names its reasons again and again
                self.found[f"{side.value} {' '.join(_UNSEEN[each])}"] += 1
        self.reasons.update(reasons)
        if self.action is None or SEVERITY[action] > SEVERITY[self.action]:
            self.action = action


_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@lru_cache(maxsize=512)
def _reasons_to_hold(policy: GuardPolicy) -> Mapping[str, str]:
    """By what is noted instead of held (its reason, or a topic's name, which no reason says): why it is held."""
    actions = compile_policy(policy).actions
    held = [name for name, action in actions.items() if action is GuardAction.HOLD]
    noted = {reason(GuardAction.LOG, name) for name, action in actions.items() if action is GuardAction.LOG}
    made = {name: reason(GuardAction.HOLD, name) for name in held if name.startswith(TOPIC_PREFIX)}
    codes = ((reason(GuardAction.LOG, name), reason(GuardAction.HOLD, name)) for name in held)
    return made | {code: why for code, why in codes if code not in noted}


@lru_cache(maxsize=512)
def _letting_pass(policy: GuardPolicy) -> GuardPolicy:
    """The same, but that what would be held is noted: it comes out as it shall pass once somebody approves."""
    noted = {GuardAction.HOLD: GuardAction.LOG}
    return replace(policy, actions=tuple((name, noted.get(action, action)) for name, action in policy.actions))


@lru_cache(maxsize=512)
def _without_injection(policy: GuardPolicy) -> GuardPolicy:
    kept = tuple(pair for pair in policy.actions if pair[0] not in (INJECTION, INJECTION_GROUP))
    return replace(policy, actions=kept)


def drop_logprobs(document: Mapping[str, Any]) -> bool:
    """Take out the tokens that stand beside a text: they would say what was written over. Whether there were any."""
    dropped = False
    choices = document.get("choices")
    for each in cast("list[Any]", choices) if isinstance(choices, list) else ():
        choice = as_object(each)
        if choice is not None and choice.get("logprobs"):
            choice["logprobs"] = None
            dropped = True
    return dropped


def as_object(document: object) -> dict[str, Any] | None:
    """A document that is an object."""
    return cast("dict[str, Any]", document) if isinstance(document, dict) else None
