"""Texts that fit: cut to what a receiver takes, never within a character that people see as one.

Receivers count characters in code points or in UTF-16 units, and rarely say which; we count UTF-16 units, of which
there are never fewer, so that a limit holds either way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from evenkeel.kernel.ids import derive_id

ELLIPSIS: Final = "…"
#: How far a cut steps back to find the start of a character; beyond it, it is no writing but a flood of marks.
STEP_BACK_MAX: Final = 32
#: How far texts are shortened at last to make a body fit, in units.
BUDGET_MIN: Final = 16

_JOINER: Final = 0x200D
_HALF: Final = re.compile("[\ud800-\udfff]")
_NO_CONTROLS: Final = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
Cost = Callable[[str], int]


def mend(text: str) -> str:
    """`text` that UTF-8 can carry and JSON readers take: without half characters and control characters.

    >>> mend("a\\ud83d\\x00b\\r\\n")
    'a�b\\n'
    """
    if _HALF.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.translate(_NO_CONTROLS)


def one_line(text: str) -> str:
    """`text` on one line, mended."""
    return " ".join(mend(text).split())


def unit_cost(character: str) -> int:
    """UTF-16 units of a code point: 1 or 2."""
    return 2 if ord(character) > 0xFFFF else 1


def length(text: str, cost: Cost = unit_cost) -> int:
    """Length in UTF-16 units, or in what `cost` counts."""
    return sum(map(cost, text))


def cut(text: str, limit: int, cost: Cost = unit_cost) -> str:
    """`text` mended, at most `limit` (>= 1) long, with an ellipsis where something is missing.

    >>> cut("Availability of bot", 13)
    'Availability…'
    >>> cut("flags 🇩🇪🇫🇷", 11)
    'flags 🇩🇪…'
    """
    text = mend(text)
    room = limit - 1
    used = end = 0
    for index, character in enumerate(text):
        used += cost(character)
        if used <= room:
            end = index + 1
        if used > limit:
            return text[: _step_back(text, end)].rstrip() + ELLIPSIS
    return text


def fit_key(key: str, limit: int) -> str:
    """A key of at most `limit` characters; one too long ends in a digest of itself, as keys may not be confused."""
    key = mend(key)
    if length(key) <= limit:
        return key
    digest = derive_id(key.encode()).hex()
    return cut(key, limit - len(digest)) + digest


def fit(write: Callable[[int], bytes], bytes_max: int, budget: int) -> bytes:
    """What `write` writes with texts of at most `budget` units each, halved until it is within `bytes_max`."""
    body = write(budget)
    while len(body) > bytes_max and budget > BUDGET_MIN:
        budget = max(BUDGET_MIN, budget // 2)
        body = write(budget)
    return body


def _step_back(text: str, end: int) -> int:
    for index in range(end, max(end - STEP_BACK_MAX, 0) - 1, -1):
        if _is_boundary(text, index):
            return index
    return end


def _is_boundary(text: str, index: int) -> bool:
    """Whether a character as people see it may begin at `index` (the common part of Unicode's UAX 29)."""
    if index in (0, len(text)):
        return True
    before, after = ord(text[index - 1]), ord(text[index])
    if before == _JOINER or _extends(text[index]):
        return False
    if _is_flag_half(before) and _is_flag_half(after):
        start = index
        while start and _is_flag_half(ord(text[start - 1])):
            start -= 1
        return (index - start) % 2 == 0
    return not (0x1100 <= before <= 0x115F and (0x1100 <= after <= 0x115F or 0xAC00 <= after <= 0xD7A3))


def _extends(character: str) -> bool:
    """Whether it belongs to what stands before it: marks, joiners, skin tones, tags, vowels of Hangul."""
    code = ord(character)
    return (
        code in (_JOINER, 0x200C)
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or 0x1160 <= code <= 0x11FF
    )


def _is_flag_half(code: int) -> bool:
    return 0x1F1E6 <= code <= 0x1F1FF
