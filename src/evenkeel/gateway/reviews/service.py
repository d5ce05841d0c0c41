"""The use cases of people who decide on what the guard holds (SPEC GW-9).

The files are what workers go by, the records what there ever was. A ruling is written as a file before the
transaction ends: what control left half done when it died is taken over from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.gateway.guard.decide import compile_policy
from evenkeel.gateway.guard.injection import find_injection
from evenkeel.gateway.guard.model import Finding, Side
from evenkeel.gateway.guard.redact import joined
from evenkeel.gateway.guard.scan import scan
from evenkeel.gateway.guard.table import parse_guards
from evenkeel.gateway.holds.files import HoldFiles
from evenkeel.gateway.holds.model import KIND, Content, Hold, Ruling
from evenkeel.gateway.reviews.texts import texts_of, with_texts
from evenkeel.kernel.errors import ConflictError, InvalidInputError
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.org.approvals.model import DECISIONS, Approval, Decision, State, Tally
from evenkeel.org.approvals.service import LISTED_MAX, NOBODY, Approvals, Then
from evenkeel.store.telemetry.port import ServiceKey

REASON_LENGTH_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Review:
    """What a person decides on. Without its texts once they are erased, and for those who may not read them."""

    approval: Approval
    texts: tuple[str, ...] = ()
    findings: tuple[tuple[Finding, ...], ...] = ()  # of each text


class Reviews:
    """All that was ever held in a home."""

    def __init__(
        self, approvals: Approvals, files: HoldFiles, clock: Clock, tell: Callable[[ServiceKey], None] = lambda _: None
    ) -> None:
        self._approvals = approvals
        self._files = files
        self._clock = clock
        self._tell = tell  # of a service of which something waits now, or does not any more
        self._known: set[str] = set()
        self.stepped_at_us: int | None = None  # until when what workers held is taken in; None: not since the start

    def step(self) -> None:
        """Take in what workers put there, expire what nobody decided, erase what is over."""
        there = self._files.ids()
        for hold_id in there:
            hold = None if hold_id in self._known else self._files.load(hold_id)
            if hold is not None:
                self._approvals.ask(approval_of(hold))
                self._known.add(hold_id)
                self._tell(ServiceKey(hold.environment, hold.service))
        self._known &= set(there)
        now_us = self._clock.now_us()
        for approval in self._approvals.list(State.WAITING, LISTED_MAX):
            ruling = self._files.ruling(approval.id) if approval.kind == KIND else None
            if ruling is not None:
                self._settle(approval.id, Decision(State(ruling.state), ruling.by, ruling.at_us, ruling.reason))
            elif approval.kind == KIND and now_us >= approval.expires_at_us:
                self._settle(approval.id, Decision(State.EXPIRED, NOBODY, now_us))
        self._files.tend(now_us)
        self.stepped_at_us = now_us

    def tally(self, within_us: int = US_PER_DAY) -> Tally:
        """What waits, and how much nobody decided in time, of late."""
        return self._approvals.tally(KIND, within_us)

    def list(self, state: State | None = State.WAITING, limit: int = 100) -> Sequence[Approval]:
        """What waits, the oldest first; else the newest first."""
        return [each for each in self._approvals.list(state, limit) if each.kind == KIND]

    def get(self, review_id: str, *, with_content: bool = False) -> Review:
        """One. Raises NotFoundError."""
        approval = self._approvals.get(review_id)
        content = self._files.content(review_id) if with_content else None
        hold = self._files.load(review_id)
        if content is None or hold is None:
            return Review(approval)
        texts = tuple(texts_of(content))
        return Review(approval, texts, tuple(_findings(text, hold.policy, hold.side) for text in texts))

    def decide(
        self, review_id: str, state: State, actor: str, reason: str = "", edits: Mapping[int, str] | None = None
    ) -> Approval:
        """Decide; workers obey at their next look. Raises NotFoundError, ConflictError and InvalidInputError."""
        reason = reason.strip()
        if state not in DECISIONS:
            raise InvalidInputError(f"{state.value!r} is no decision.", hint="Approve, edit or reject.")
        if state is State.REJECTED and not reason:
            raise InvalidInputError("A rejection has no reason.", hint="Say it: the caller is told.")
        if (state is State.EDITED) != bool(edits):
            raise InvalidInputError("Only an edited review has other texts.", hint="Name them by their numbers.")
        if len(reason) > REASON_LENGTH_MAX:
            raise InvalidInputError(f"The reason is longer than {REASON_LENGTH_MAX} characters.", hint="Shorten it.")
        decision = Decision(state, actor, self._clock.now_us(), reason)
        return self._settle(review_id, decision, lambda _: self._rule(review_id, decision, edits or {}))

    def _settle(self, review_id: str, decision: Decision, then: Then | None = None) -> Approval:
        decided = self._approvals.decide(review_id, decision, then)
        self._tell(ServiceKey(decided.environment, decided.service))
        return decided

    def _rule(self, review_id: str, decision: Decision, edits: Mapping[int, str]) -> None:
        content = self._files.content(review_id)
        if content is None and decision.state is not State.REJECTED:
            fact = f"What review {review_id} says is not here any more."
            raise ConflictError(fact, hint="Its worker died while keeping it, or it comes from a backup. Reject it.")
        edited: Content | None = None if content is None or not edits else with_texts(content, edits)
        ruling = Ruling(decision.state.value, decision.by, decision.at_us, decision.reason)
        self._files.rule(review_id, ruling, edited)
        if decision.state is State.REJECTED:
            self._files.erase(review_id)


def approval_of(hold: Hold) -> Approval:
    """A hold as what waits; facts only."""
    payload: dict[str, Any] = {
        "side": hold.side,
        "version": hold.version,
        "operation": hold.operation,
        "key": hold.key_id,
        "request_id": hold.request_id,
        "reasons": list(hold.reasons),
        "entities": dict(hold.found),
        "bytes": hold.size_bytes,
        "sha256": hold.sha256,
    }
    about = (hold.id, KIND, hold.environment, hold.service)
    return Approval(*about, payload, hold.asked_at_us, hold.expires_at_us)


def _findings(text: str, policy: Mapping[str, Any], side: str) -> tuple[Finding, ...]:
    """What the guard finds in a text, by the policy it was held by; an attempt at injection may hold others."""
    (parsed,) = parse_guards(policy).values()
    made = compile_policy(parsed)
    found = joined(scan(text, made.selection))
    injection = find_injection(text) if made.finds_injection and side == Side.INPUT else None
    return tuple(sorted([*found, injection], key=_place) if injection is not None else found)


def _place(finding: Finding) -> tuple[int, int]:
    """In order of the text, what holds others before them."""
    return finding.start, -finding.end
