"""Findings written over by what they are: `[EMAIL]`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from evenkeel.gateway.guard.model import Finding


@lru_cache(maxsize=1024)
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
    for entity, first, last, _ in joined(findings):
        if last <= at or first >= end:
            continue
        if first > at:
            pieces.append(text[at - start : first - start])
        pieces.append(placeholder(entity))
        at = last
    pieces.append(text[at - start :])
    return "".join(pieces)


def joined(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of which none overlap: those that do are one, with the name of the first and the highest score."""
    found: list[Finding] = []
    end = -1
    for each in sorted(findings, key=_place):
        _, first, last, score = each
        if first >= end:
            found.append(each)
            end = last
        else:
            before = found[-1]
            end = max(end, last)
            found[-1] = Finding(before.entity, before.start, end, max(before.score, score))
    return found


def _place(finding: Finding) -> tuple[int, int]:
    return finding[1], -finding[2]
