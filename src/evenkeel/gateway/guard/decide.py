"""From findings and a policy to what happens: pass, redacted, held for a person, or blocked, and why."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from evenkeel.gateway.guard.entities import PROFILES, Entity, Selection, select
from evenkeel.gateway.guard.injection import ENTITY as INJECTION
from evenkeel.gateway.guard.injection import GROUP as INJECTION_GROUP
from evenkeel.gateway.guard.injection import find_injection
from evenkeel.gateway.guard.model import Finding, GuardAction, GuardPolicy, Side
from evenkeel.gateway.guard.redact import redact
from evenkeel.gateway.guard.scan import scan
from evenkeel.gateway.guard.topics import GROUP as TOPICS_GROUP
from evenkeel.gateway.guard.topics import PREFIX as TOPIC_PREFIX
from evenkeel.gateway.guard.topics import topic_entities
from evenkeel.kernel.facts import fact

log = logging.getLogger(__name__)

#: Mildest first.
SEVERITY: Final = {action: rank for rank, action in enumerate(GuardAction)}
TOO_LONG: Final = "too_long"
#: The guard itself broke on a text: blocked, or only noted where the policy fails open.
FAILED: Final = "failed"
UNREADABLE: Final = "unreadable"  # an answer that is no document
#: What stands in a record instead of an entity, for a text that was not looked at.
UNSEEN: Final = (FAILED, TOO_LONG, UNREADABLE)
#: Of one text in a decision; the others are decided on all the same.
FINDINGS_MAX: Final = 1000


@fact
class Decision:
    """What happens to a text."""

    action: GuardAction | None  # None: nothing was found
    text: str  # what goes on; empty when it is held or blocked
    reasons: tuple[str, ...] = ()  # `guard.<action>.<entity>`, and of `too_long` and `failed`
    findings: tuple[Finding, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether `text` goes on."""
        return self.action not in (GuardAction.HOLD, GuardAction.BLOCK)


@dataclass(frozen=True)
class Compiled:
    """A policy with all that is made of it once."""

    policy: GuardPolicy
    selection: Selection
    actions: dict[str, GuardAction]  # by entity
    reasons: dict[str, str]  # what each finding is told as
    finds_injection: bool


@lru_cache(maxsize=512)
def compile_policy(policy: GuardPolicy) -> Compiled:
    """What a policy looks for, and what it does on each. Raises ValueError for a topic or profile that is none.

    An action for an entity goes before the one for its group. A denied topic is blocked when nothing else is said.
    """
    if policy.profile not in PROFILES:
        raise ValueError(f"profile: {policy.profile!r} is none of {', '.join(PROFILES)}")
    named = dict(policy.actions)
    topics = topic_entities(policy.deny_topics)
    entities: tuple[Entity, ...] = (*select(policy.profile, named), *topics)
    actions = {each.name: named.get(each.name) or named.get(each.group) or GuardAction.BLOCK for each in entities}
    injection = named.get(INJECTION) or named.get(INJECTION_GROUP)
    if injection is not None:
        actions[INJECTION] = injection
    # What is only noted goes on as it is: nothing of it is swallowed, and the rest of it is looked at like any text.
    noted = [name for name, action in actions.items() if action is GuardAction.LOG]
    entities = (*select(policy.profile, named, without_tail=noted), *topics)
    reasons = {name: reason(action, name) for name, action in actions.items()}
    return Compiled(policy, Selection(policy.profile, entities), actions, reasons, injection is not None)


def decide_text(text: str, policy: GuardPolicy, side: Side) -> Decision:
    """What happens to a whole text that goes this way. Findings of what is longer than the policy looks at are not
    all there: such a text is blocked, or what is beyond passes unseen where the policy fails open. So is one that the
    guard breaks on.

    >>> policy = GuardPolicy(actions=(("pii", GuardAction.REDACT), ("secrets", GuardAction.BLOCK)))
    >>> decide_text("Write to ada@example.org.", policy, Side.OUTPUT).text
    'Write to [EMAIL].'
    """
    if side not in policy.sides:
        return Decision(None, text)
    made = compile_policy(policy)
    chars_max = chars_max_of(policy, side)
    if len(text) > chars_max and not policy.is_fail_open:
        return Decision(GuardAction.BLOCK, "", (reason(GuardAction.BLOCK, TOO_LONG),))
    seen = text[:chars_max]
    try:
        findings = scan(seen, made.selection)
        if made.finds_injection and side is Side.INPUT:
            injection = find_injection(seen)
            findings = findings if injection is None else (*findings, injection)
        return decide_findings(text, findings, made)
    except Exception as error:  # noqa: BLE001  whatever it is, what was not looked at does not pass as if it were clean
        log_failure(error)
    if policy.is_fail_open:
        return Decision(GuardAction.LOG, text, (reason(GuardAction.LOG, FAILED),))
    return Decision(GuardAction.BLOCK, "", (reason(GuardAction.BLOCK, FAILED),))


def log_failure(error: Exception) -> None:
    """Say that a text could not be looked at: what happened, and where; the error's words may quote the text."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    at = "" if place is None else f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
    log.error("the guard could not look at a text: %s at %s", type(error).__name__, at)


def decide_findings(text: str, findings: Sequence[Finding], made: Compiled) -> Decision:
    """The strictest of the actions that findings ask for."""
    if not findings:
        return Decision(None, text)
    action = strictest(findings, made)
    kept = tuple(findings[:FINDINGS_MAX])
    reasons = reasons_of(findings, made)
    if action in (GuardAction.HOLD, GuardAction.BLOCK):
        return Decision(action, "", reasons, kept)
    return Decision(action, redact(text, to_redact(findings, made)), reasons, kept)


def strictest(findings: Iterable[Finding], made: Compiled) -> GuardAction:
    """Of the actions of some findings."""
    return max((made.actions[name] for name in {each.entity for each in findings}), key=SEVERITY.__getitem__)


def to_redact(findings: Iterable[Finding], made: Compiled) -> list[Finding]:
    """The findings that are written over."""
    actions, redacted = made.actions, GuardAction.REDACT
    return [each for each in findings if actions[each.entity] is redacted]


def reasons_of(findings: Iterable[Finding], made: Compiled) -> tuple[str, ...]:
    """Why, in codes, each once and in order of the alphabet."""
    return tuple(sorted({made.reasons[name] for name in {each.entity for each in findings}}))


def reason(action: GuardAction, what: str) -> str:
    """The code of a reason. Topics are named as such only: their names are the policy's own words."""
    return f"guard.{action.value}.{'topic' if what.startswith(TOPIC_PREFIX) else what}"


def chars_max_of(policy: GuardPolicy, side: Side) -> int:
    """How much of a text that goes this way is looked at."""
    return policy.input_chars_max if side is Side.INPUT else policy.output_chars_max


#: What an action can be for, beside entities.
GROUP_NAMES: Final = ("pii", "secrets", INJECTION_GROUP, TOPICS_GROUP)
