r"""What may still become a match: expressions derived from expressions, so that streams cannot be forgotten.

For a pattern, `derive_prefixes` gives an expression of everything that a match of it can begin with. Anchored at
the end of what has arrived, it finds the leftmost place from which a match may still complete: what stands
before it can be released, whatever comes (`stream.py`). Only the few constructs that our patterns use are
understood; what is not is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PARTS: Final = re.compile(
    r"(?P<one>\\x\{[0-9A-Fa-f]+\}|\\[pP](?:\w|\{\w+\})|\\[dDwWsStnr]|\\[^\w\s]|\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<zero>\\[bB])|(?P<open>\((?:\?[is]*:)?)|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<repeat>[*+?]|\{\d+(?:,\d*)?\})|(?P<plain>[^\\^$])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _One:
    """One character."""

    source: str


@dataclass(frozen=True, slots=True)
class _Zero:
    r"""A place between characters: `\b`."""

    source: str


@dataclass(frozen=True, slots=True)
class _Repeat:
    node: _Node
    least: int
    most: int | None

    @property
    def suffix(self) -> str:
        return f"{{{self.least},{'' if self.most is None else self.most}}}"


@dataclass(frozen=True, slots=True)
class _Group:
    """Alternatives, each of parts in order; `opening` holds flags."""

    opening: str
    branches: tuple[tuple[_Node, ...], ...]


_Node = _One | _Zero | _Repeat | _Group


def derive_prefixes(pattern: str) -> str:
    r"""An RE2 expression of all that a match of `pattern` can begin with, the empty text and the whole included.

    Raises ValueError for what it does not understand.

    >>> derive_prefixes(r"\bab{2,3}")
    '(?:\\b(?:a(?:b{0,3})?)?)?'
    """
    return _prefixes(_parse(pattern).branches)


def longest_chars(pattern: str) -> int | None:
    """How many characters a match has at most, or None where there is no end to it.

    >>> longest_chars("sk-[a-z]{2,20}x?"), longest_chars("a+")
    (24, None)
    """
    return _longest(_parse(pattern))


def _parse(pattern: str) -> _Group:
    open_: list[tuple[str, list[list[_Node]]]] = [("(?:", [[]])]
    at = 0
    while at < len(pattern):
        part = _PARTS.match(pattern, at)
        if part is None:
            raise ValueError(f"{pattern!r}: {pattern[at : at + 2]!r} at {at} is nothing that prefixes are known of")
        at = part.end()
        kind, text = part.lastgroup, part.group()
        branch = open_[-1][1][-1]
        if kind == "open":
            open_.append(("(?:" if text == "(" else text, [[]]))
        elif kind == "close" and len(open_) > 1:
            opening, branches = open_.pop()
            open_[-1][1][-1].append(_Group(opening, tuple(map(tuple, branches))))
        elif kind == "bar":
            open_[-1][1].append([])
        elif kind == "repeat" and branch:
            branch.append(_repeated(branch.pop(), text))
        elif kind == "zero":
            branch.append(_Zero(text))
        elif kind in {"one", "plain"}:
            branch.append(_One(text))
        else:
            raise ValueError(f"{pattern!r}: {text!r} at {part.start()} has nothing before it")
    if len(open_) > 1:
        raise ValueError(f"{pattern!r}: a group is not closed")
    opening, branches = open_[0]
    return _Group(opening, tuple(map(tuple, branches)))


def _repeated(node: _Node, text: str) -> _Repeat:
    if text in "*+?":
        return _Repeat(node, int(text == "+"), 1 if text == "?" else None)
    least, comma, most = text[1:-1].partition(",")
    return _Repeat(node, int(least), (int(most) if most else None) if comma else int(least))


def _source(node: _Node) -> str:
    if isinstance(node, (_One, _Zero)):
        return node.source
    if isinstance(node, _Repeat):
        return f"{_source(node.node)}{node.suffix}"
    return f"{node.opening}{'|'.join(''.join(map(_source, branch)) for branch in node.branches)})"


def _prefixes(branches: tuple[tuple[_Node, ...], ...], opening: str = "(?:") -> str:
    return f"{opening}{'|'.join(map(_of_branch, branches))})?"


def _of_branch(branch: tuple[_Node, ...]) -> str:
    """Of parts in order: the first whole and prefixes of the rest, or prefixes of the first."""
    if not branch:
        return ""
    first, rest = branch[0], branch[1:]
    following = f"(?:{_of_branch(rest)})?" if rest else ""
    whole = _source(first) + following
    if isinstance(first, (_One, _Zero)):
        return whole
    if isinstance(first, _Repeat) and isinstance(first.node, (_One, _Zero)):
        shorter = f"{_source(first.node)}{{0,{'' if first.most is None else first.most}}}"
        return f"{whole}|{shorter}" if rest and first.least else shorter + following
    if isinstance(first, _Repeat):
        some = "*" if first.most is None else f"{{0,{first.most - 1}}}"
        return f"{whole}|{_source(first.node)}{some}{_prefixes(((first.node,),))}"
    return f"{whole}|{_prefixes(first.branches, first.opening)}"


def _longest(node: _Node) -> int | None:
    if isinstance(node, (_One, _Zero)):
        return int(isinstance(node, _One))
    if isinstance(node, _Repeat):
        once = _longest(node.node)
        return None if once is None or node.most is None else once * node.most
    sums: list[int] = []
    for branch in node.branches:
        lengths = [_longest(each) for each in branch]
        known = [length for length in lengths if length is not None]
        if len(known) < len(lengths):
            return None
        sums.append(sum(known))
    return max(sums)
