"""A stream that is looked at as it passes: what may still become a finding waits, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from evenkeel.gateway.guard.decide import (
    FAILED,
    FINDINGS_MAX,
    SEVERITY,
    TOO_LONG,
    chars_max_of,
    compile_policy,
    log_failure,
    reason,
    reasons_of,
    strictest,
    to_redact,
)
from evenkeel.gateway.guard.model import Finding, GuardAction, GuardPolicy, Side
from evenkeel.gateway.guard.redact import joined, redact
from evenkeel.gateway.guard.scan import Part, Scanner

#: Kept of a stream that is held: four times the longest answers of today's models.
UNRELEASED_CHARS_MAX: Final = 2_000_000
_STOPS = (GuardAction.HOLD, GuardAction.BLOCK)


class StreamGuard:
    """The guard of one stream of text.

    However the text is cut into chunks, all that is released together is the same. Injection is not looked for:
    its signs count together, and what a model wrote is judged when it is read.

    >>> guard = StreamGuard(GuardPolicy(actions=(("pii", GuardAction.REDACT),)))
    >>> [guard.feed(chunk) for chunk in ("Write to ada@exam", "ple.org", " or to Bob.")], guard.finish()
    (['Write to ', '', '[EMAIL] or to '], 'Bob.')
    """

    __slots__ = (
        "_made",
        "_open",
        "_scanner",
        "_seen_chars",
        "_side",
        "_unreleased",
        "_unreleased_chars",
        "action",
        "findings",
        "reasons",
    )

    def __init__(self, policy: GuardPolicy, side: Side = Side.OUTPUT) -> None:
        self._made = compile_policy(policy)
        self._side = side
        self._scanner = Scanner(self._made.selection, policy.hold_back_chars)
        self._open = side not in policy.sides  # not looked at, or no longer
        self._seen_chars = 0
        self._unreleased: list[str] = []
        self._unreleased_chars = 0
        self.action: GuardAction | None = None  # the strictest so far; None: nothing was found
        self.reasons: tuple[str, ...] = ()
        self.findings: list[Finding] = []  # positions in the text as it came; the first FINDINGS_MAX

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more is released: the stream is held or blocked, and its source can be closed."""
        return self.action in _STOPS

    @property
    def unreleased(self) -> str:
        """What was kept of a stream that is held, for a person to decide on: from the finding on."""
        return "".join(self._unreleased)

    def feed(self, text: str) -> str:
        """What can be released now that this arrived; empty when all of it has to wait, or the stream is stopped."""
        if self._open:
            return text
        if self.is_stopped:
            self._keep(text)
            return ""
        left = chars_max_of(self._made.policy, self._side) - self._seen_chars
        self._seen_chars += len(text)
        if len(text) <= left:
            return self._looked_at(text, "", is_last=False)
        beyond = text[left:]
        released = self._looked_at(text[:left], beyond, is_last=True)
        if self.is_stopped:
            return released
        if self._made.policy.is_fail_open:
            self._open = True
            return released + beyond
        self._act(GuardAction.BLOCK, (reason(GuardAction.BLOCK, TOO_LONG),))
        return released

    def finish(self) -> str:
        """The rest, when nothing more comes."""
        if self._open or self.is_stopped:
            return ""
        released = self._looked_at("", "", is_last=True)
        self._open = not self.is_stopped
        return released

    def _looked_at(self, text: str, beyond: str, *, is_last: bool) -> str:
        """What can be released; if the guard itself breaks nothing, or all that is kept where the policy fails open."""
        try:
            return self._released(self._scanner.advance(text, is_last=is_last), beyond)
        except Exception as error:  # noqa: BLE001  as in `decide_text`
            log_failure(error)
        if not self._made.policy.is_fail_open:
            self._act(GuardAction.BLOCK, (reason(GuardAction.BLOCK, FAILED),))
            return ""
        self._open = True
        self._act(GuardAction.LOG, (reason(GuardAction.LOG, FAILED),))
        return self._scanner.kept

    def _released(self, parts: list[Part], beyond: str) -> str:
        pieces: list[str] = []
        for index, part in enumerate(parts):
            if not part.findings:
                pieces.append(part.text)
                continue
            redacted = to_redact(part.findings, self._made)
            if strictest(part.findings, self._made) not in _STOPS:
                self._note(part.findings)
                pieces.append(redact(part.text, redacted, start=part.start))
                continue
            stop = self._stop(part)
            self._note(each for each in part.findings if each.start < stop.end)
            cut = max(0, stop.start - part.start)
            before = [each for each in redacted if each.start < stop.start]
            pieces.append(redact(part.text[:cut], before, start=part.start))
            for kept in (part.text[cut:], *(each.text for each in parts[index + 1 :]), self._scanner.kept, beyond):
                self._keep(kept)
            break
        return "".join(pieces)

    def _stop(self, part: Part) -> Finding:
        """The first finding of a part that stops the stream, joined with what overlaps it."""
        acting = [each for each in part.findings if self._made.actions[each.entity] is not GuardAction.LOG]
        first = min(each.start for each in acting if self._made.actions[each.entity] in _STOPS)
        return next(each for each in joined(acting) if first < each.end)

    def _note(self, findings: Iterable[Finding]) -> None:
        noted = tuple(findings)
        self.findings += noted[: FINDINGS_MAX - len(self.findings)]
        self._act(strictest(noted, self._made), reasons_of(noted, self._made))

    def _act(self, action: GuardAction, reasons: tuple[str, ...]) -> None:
        self.reasons = tuple(sorted({*self.reasons, *reasons}))
        if self.action is None or SEVERITY[action] > SEVERITY[self.action]:
            self.action = action

    def _keep(self, text: str) -> None:
        """For the person who decides. What is too long to be kept is blocked: half a text is nothing to decide on."""
        if self.action is not GuardAction.HOLD:
            return
        self._unreleased.append(text)
        self._unreleased_chars += len(text)
        if self._unreleased_chars > UNRELEASED_CHARS_MAX:
            self._unreleased.clear()
            self._act(GuardAction.BLOCK, (reason(GuardAction.BLOCK, TOO_LONG),))
