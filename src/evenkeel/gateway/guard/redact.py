"""Findings written over by what they are: `[EMAIL]`."""

from __future__ import annotations

from collections.abc import Iterable

from evenkeel.gateway.guard.model import Finding


def placeholder(entity: str) -> str:
    """What stands for a finding.

    >>> placeholder("topic:weapons")
    '[TOPIC:WEAPONS]'
    """
    return f"[{entity.upper()}]"


def redact(text: str, findings: Iterable[Finding], *, start: int = 0) -> str:
    """The text without what was found in it; `start` is where it begins in the whole that findings count in.

    Findings that overlap become one placeholder, named by the first of them. What lies before the text is done.

    >>> redact("Write to ada@example.org.", [Finding("email", 9, 24)])
    'Write to [EMAIL].'
    """
    pieces: list[str] = []
    at = start
    end = start + len(text)
    for finding in joined(findings):
        if finding.end <= at or finding.start >= end:
            continue
        pieces += (text[at - start : max(at, finding.start) - start], placeholder(finding.entity))
        at = finding.end
    pieces.append(text[at - start :])
    return "".join(pieces)


def joined(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of which none overlap: those that do are one, with the name of the first and the highest score."""
    found: list[Finding] = []
    for each in sorted(findings, key=lambda each: (each.start, -each.end)):
        if found and each.start < found[-1].end:
            last = found[-1]
            found[-1] = Finding(last.entity, last.start, max(last.end, each.end), max(last.score, each.score))
        else:
            found.append(each)
    return found
