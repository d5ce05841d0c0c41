"""Regular expressions that people write: whether they are some, and whether one could be tried for hours."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from itertools import pairwise
from math import factorial, prod
from typing import Final

#: Escapes and sets, for one character each; what opens a group; what repeats, with `?` or `+` behind it; the rest.
_PARTS: Final = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P?<\w+>|P=|#|<?[=!]|[\w-]*:?)|(?:[*+?]|\{(?=[\d,])\d*,?\d*\})[?+]?|.",
    re.DOTALL,
)
_REPEATS: Final = re.compile(r"[*+?]|\{[\d,]")
_EXACTLY: Final = re.compile(r"\{\d+\}[?+]?")
_VERBOSE: Final = re.compile(r"\(\?[a-z]*x")
_LINES: Final = re.compile(r"\(\?[a-z]*m")
#: Characters that sets are compared by, with those of the expression itself: all of Latin.
_LATIN: Final = frozenset(map(chr, range(0x250)))
#: Steps that are too many unless said otherwise: half a minute, at two hundred million a second.
STEPS_MAX: Final = 5e9
#: What is at least such a part of a text is as long as a text.
_LONG_SHARE: Final = 64
#: A group that is there so many times is written out; more of them, as one that is there however often.
_WRITTEN_OUT_MAX: Final = 8


@dataclass(slots=True)
class _Group:
    """What is open: its single characters with how often each stands there, and whether there is more to it."""

    characters: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    varies: bool = False
    has_more: bool = False  # groups in it, or alternatives


def find_flaw(expression: str, *, characters: int = 4_000, anywhere: bool = False, steps_max: float = STEPS_MAX) -> str:
    """Why an expression cannot be used on so many characters, in words that follow it; empty when it can.

    With `anywhere` it is looked for at each place, else it has to fit the whole. A text that fits it nearly decides how
    long that takes, and others write the texts: the worst of them has to be tried within `steps_max`.

    >>> find_flaw("bot-.*|shop-.*"), find_flaw("(")
    ('', 'is no regular expression: missing ), unterminated subpattern at position 0')
    >>> find_flaw("(a+)+b")
    'repeats what varies itself: on some texts it would be tried for hours'
    >>> find_flaw(r"\\w+\\w+\\w+!")
    'repeats the same characters side by side: on some texts it would be tried for minutes, or hours'
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what may mean something else in a Python to come
            re.compile(expression)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression: {error}"
    parts: list[str] = _PARTS.findall(expression)
    if _VERBOSE.search(expression):
        parts = [part for part in parts if not part.isspace()]
    known = _LATIN | set(expression)
    if _grows(parts, known):
        return "repeats what varies itself: on some texts it would be tried for hours"
    is_anchored = parts[:1] in (["^"], [r"\A"]) and "|" not in parts and not _LINES.search(expression)
    if _steps(_pieces(parts, known), characters, anywhere=anywhere, is_anchored=is_anchored) <= steps_max:
        return ""
    return "repeats the same characters side by side: on some texts it would be tried for minutes, or hours"


def _grows(parts: list[str], known: frozenset[str]) -> bool:
    """Whether a group that varies is repeated: then the ways to fit nothing double with each character.

    >>> every = (r"(\\w+-?)+prod", "(a|b)*", "(?:ab)+", r"\\d+(\\.\\d+)*", r"[(a+)+]")
    >>> [_grows(_PARTS.findall(each), _LATIN) for each in every]
    [True, True, False, False, False]
    """
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            single = re.compile(part, re.IGNORECASE | re.DOTALL)
    except re.error:
        return None
    return frozenset(filter(single.fullmatch, known))


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters that stand there one after the other, and how often."""

    fitting: frozenset[str] | None  # None: any, or more than one at a time; none at all: a place, as `$`
    least: int = 1
    most: int | None = 1  # None: as many as there are

    @property
    def varies(self) -> bool:
        """Whether there are several ways to fit it."""
        return self.most != self.least

    def is_apart(self, other: _Piece) -> bool:
        """Whether no character fits both."""
        return self.fitting is not None and other.fitting is not None and self.fitting.isdisjoint(other.fitting)


def _pieces(parts: list[str], known: frozenset[str]) -> list[_Piece]:
    """An expression as pieces in a row; of alternatives the one that varies most."""
    open_: list[list[list[_Piece]]] = [[[]]]
    for part, following in pairwise([*parts, ""]):
        least, most = _counts(following if _REPEATS.match(following) else "")
        if part.startswith("("):
            open_.append([[]])
        elif part == ")" and len(open_) > 1:
            branches = open_.pop()
            open_[-1][-1].extend(_repeated(branches, least, most))
        elif part == "|":
            open_[-1].append([])
        elif not _REPEATS.match(part):
            open_[-1][-1].append(_Piece(_fitting(part, known), least, most))
    return _worst(open_[0])


def _counts(repeat: str) -> tuple[int, int | None]:
    """How often something stands there, at least and at most."""
    if not repeat.startswith("{"):
        return {"": (1, 1), "*": (0, None), "+": (1, None), "?": (0, 1)}[repeat[:1]]
    least, comma, most = repeat[1 : repeat.index("}")].partition(",")
    return int(least or 0), (int(most) if most else None) if comma else int(least)


def _repeated(branches: list[list[_Piece]], least: int, most: int | None) -> list[_Piece]:
    inside = _worst(branches)
    if least == most and least <= _WRITTEN_OUT_MAX:
        return inside * least
    if most == 1:
        return [_Piece(piece.fitting, 0, piece.most) for piece in inside]
    fitting = [piece.fitting for branch in branches for piece in branch]
    known = [each for each in fitting if each is not None]
    return [_Piece(frozenset[str]().union(*known) if len(known) == len(fitting) else None, min(least, 1), None)]


def _worst(branches: list[list[_Piece]]) -> list[_Piece]:
    return max(branches, key=lambda branch: sum(piece.varies for piece in branch))


def _steps(pieces: list[_Piece], characters: int, *, anywhere: bool, is_anchored: bool) -> float:
    r"""How many steps it takes, about and at most, to find that a text of so many characters does not fit.

    Where a piece ends that varies is tried at each place, unless the next one says where: `\w+-\w+` has one way.

    >>> every = ("a+!", "-a+a+!", "a+a+!", "a+-a+-a+!")
    >>> [_steps(_pieces(list(each), _LATIN), 100, anywhere=True, is_anchored=False) for each in every]
    [5000.0, 5000.0, 166666.66666666666, 5000.0]
    """
    runs = _runs(pieces)
    cuts = _starts(runs[0], characters) if anywhere and not is_anchored else []
    most = 0.0
    for run in runs:
        cuts += _cuts(run, characters)
        can_fail = run is not runs[-1] or not anywhere or not run[-1].varies
        if can_fail:
            every = [*cuts, max((_extent(piece, characters) for piece in run), default=1.0)]
            in_order = sum(cut * _LONG_SHARE >= characters for cut in every)  # the second of two lies behind the first
            most = max(most, prod(every) / factorial(in_order))
    return most


def _runs(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Cut before each piece that has to be there and fits nothing of what varies before it."""
    runs: list[list[_Piece]] = [[]]
    for piece in pieces:
        varying = [each for each in runs[-1] if each.varies]
        if varying and piece.least and piece.fitting and all(map(piece.is_apart, varying)):
            runs.append([])
        runs[-1].append(piece)
    return runs


def _starts(run: list[_Piece], characters: int) -> list[float]:
    """The places where a search begins anew, unless what comes first is nowhere in what follows."""
    first = next((at for at, piece in enumerate(run) if piece.varies), len(run))
    varying = [piece for piece in run if piece.varies]
    if any(piece.fitting and all(map(piece.is_apart, varying)) for piece in run[:first]):
        return []
    return [characters / max(1, _length(run[:first]))]


def _cuts(run: list[_Piece], characters: int) -> list[float]:
    """How many ends are tried of each piece that varies, while one behind it can take what it leaves."""
    at = [number for number, piece in enumerate(run) if piece.varies]
    cuts: list[float] = []
    for number, following in pairwise(at):
        behind = [run[other] for other in at if other > number and not run[number].is_apart(run[other])]
        if behind:
            left = 1 + sum(_extent(piece, characters) for piece in behind)
            ends = characters / (1 + _length(run[number + 1 : following]))
            cuts.append(min(ends, left, _extent(run[number], characters)))
    return cuts


def _extent(piece: _Piece, characters: int) -> float:
    return characters if piece.most is None else min(characters, piece.most - piece.least + 1)


def _length(pieces: list[_Piece]) -> int:
    return sum(piece.least for piece in pieces if piece.fitting is None or piece.fitting)
