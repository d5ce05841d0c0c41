"""Regular expressions that people write: whether they are some, and whether one could be tried for hours."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Final

#: Escapes and sets, for one character each; what opens a group; what repeats, with `?` or `+` behind it; the rest.
_PARTS: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P?<\w+>|P=|#|<?[=!]|[\w-]*:?)|(?:[*+?]|\{(?=[\d,])\d*,?\d*\})[?+]?|.",
    re.DOTALL,
)
_REPEATS: Final = re.compile(r"[*+?]|\{[\d,]")
_EXACTLY: Final = re.compile(r"\{\d+\}[?+]?")
_VERBOSE: Final = re.compile(r"\(\?[a-z]*x")
#: Characters that sets are compared by, with those of the expression itself: all of Latin.
_LATIN: Final = frozenset(map(chr, range(0x250)))


@dataclass(slots=True)
class _Group:
    """What is open: its single characters with how often each stands there, and whether there is more to it."""

    characters: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    varies: bool = False
    has_more: bool = False  # groups in it, or alternatives


def find_flaw(expression: str) -> str:
    """Why an expression cannot be used, in words that follow it; empty when it can.

    >>> find_flaw("bot-.*|shop-.*"), find_flaw("(")
    ('', 'is no regular expression: missing ), unterminated subpattern at position 0')
    >>> find_flaw("(a+)+b")
    'repeats what varies itself: on some texts it would be tried for hours'
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what may mean something else in a Python to come
            re.compile(expression)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression: {error}"
    return "repeats what varies itself: on some texts it would be tried for hours" if _grows(expression) else ""


def _grows(expression: str) -> bool:
    """Whether a group that varies is repeated: then the ways to fit nothing double with each character.

    >>> [_grows(each) for each in (r"(\\w+-?)+prod", "(a|b)*", "(?:ab)+", r"\\d+(\\.\\d+)*", r"[(a+)+]")]
    [True, True, False, False, False]
    """
    parts: list[str] = _PARTS.findall(expression)
    if _VERBOSE.search(expression):
        parts = [part for part in parts if not part.isspace()]
    known = _LATIN | set(expression)
    open_ = [_Group()]
    for part, following in zip(parts, [*parts, ""][1:], strict=True):
        repeat = following if _REPEATS.match(following) else ""
        if part.startswith("("):
            open_.append(_Group())
        elif part == ")" and len(open_) > 1:
            group = open_.pop()
            if group.varies and repeat and not repeat.startswith("?") and not _is_told_apart(group, known):
                return True
            open_[-1].varies |= group.varies or _varies(repeat)
            open_[-1].has_more = True
        elif part == "|":
            open_[-1].varies = open_[-1].has_more = True
        elif not _REPEATS.match(part):
            open_[-1].varies |= _varies(repeat)
            open_[-1].characters.append((part, repeat))
    return False


def _varies(repeat: str) -> bool:
    return bool(repeat) and not _EXACTLY.fullmatch(repeat)


def _is_told_apart(group: _Group, known: frozenset[str]) -> bool:
    r"""Whether a repeated group fits in one way only: one thing in it varies, and its edge is nothing else in it.

    So the ends of each repetition are known, as in `(\.\d+)*`.
    """
    if group.has_more or sum(_varies(repeat) for _, repeat in group.characters) > 1:
        return False
    fitting = [_fitting(part, known) for part, _ in group.characters]
    if any(each is None for each in fitting):
        return False
    for edge in (0, len(fitting) - 1):
        mark, others = fitting[edge] or frozenset[str](), fitting[:edge] + fitting[edge + 1 :]
        if mark and not group.characters[edge][1] and all(mark.isdisjoint(each or ()) for each in others):
            return True
    return False


def _fitting(part: str, known: frozenset[str]) -> frozenset[str] | None:
    r"""The characters that a part fits, or None where it is more than one character (`\x41`, `\1`)."""
    try:
        single = re.compile(part, re.IGNORECASE | re.DOTALL)
    except re.error:
        return None
    return frozenset(filter(single.fullmatch, known))
