"""Whether two answers to one request say the same: the one that was kept, and the one that is given now (SPEC GW-5).

Texts are compared without white space around and between words, and by value where they are JSON, with the names of
the tools that are called; how a stream was cut does not matter. Answers of models that write no text are compared by
value, vectors by how far they are apart. Ids, times and usage say nothing.
"""

from __future__ import annotations

import base64
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from evenkeel.gateway.metering.sse import SseScanner
from evenkeel.gateway.proxy.texts import find_texts
from evenkeel.observe.events import jsontext

#: Numbers that are so near are the same: the sums of one model differ from machine to machine in their last digits.
_NEAR_RATIO: Final = 1e-3
_NEAR: Final = 1e-5
#: Vectors that are less apart than this part of their length (cosine above 0.9987) are the same: a bound of ours, as
#: providers' own vary a little from call to call.
_NEAR_VECTOR_RATIO: Final = 0.05
_VECTOR: Final = "embedding"
#: What no two answers have in common.
_OF_ONE_ANSWER: Final = frozenset(("id", "created", "usage", "system_fingerprint"))
_TOOLS: Final = ("tools",)
#: Nested deeper than this two answers are not the same.
_DEPTH_MAX: Final = 64


def says_same(kept: bytes, given: bytes, *, is_text: bool, is_stream: bool) -> bool | None:
    """Whether two whole answers of one form say the same; None where one cannot be read, or neither says anything.

    >>> one = b'{"id":"1","choices":[{"index":0,"message":{"content":"Four."}}]}'
    >>> two = b'{"choices":[{"index":0,"message":{"content":" Four.\\\\n"}}],"id":"2"}'
    >>> says_same(one, two, is_text=True, is_stream=False)
    True
    """
    try:
        documents = [_documents(body, is_stream=is_stream) for body in (kept, given)]
    except ValueError:
        return None
    if not is_text:
        one, two = (_lasting(each[0]) if each else None for each in documents)
        return None if one is None or two is None else _is_near(one, two, 0)
    said, says = (_texts(each) for each in documents)
    if not said and not says:
        return None
    return said.keys() == says.keys() and all(_is_same_text(said[place], says[place]) for place in said)


def _documents(body: bytes, *, is_stream: bool) -> list[Any]:
    if not is_stream:
        return [jsontext.load(body)]
    scanner = SseScanner()
    events = [*scanner.feed(body), *scanner.finish()]
    return [jsontext.load(event) for event in events if event.strip() not in (b"", b"[DONE]")]


def _texts(documents: Iterable[Any]) -> Mapping[tuple[str | int, ...], str]:
    """What is said at each place, the pieces of a stream one after the other; and the tools that are called."""
    found: dict[tuple[str | int, ...], list[str]] = {}
    tools: list[str] = []
    for document in documents:
        for slot in find_texts(document):
            found.setdefault(slot.path, []).append(slot.text)
        tools += _tools(document, 0)
    said = {place: "".join(pieces) for place, pieces in found.items()}
    return {**said, _TOOLS: " ".join(tools)} if tools else said


def _tools(node: object, depth: int) -> Iterator[str]:
    """Names in an answer are those of tools."""
    if depth > _DEPTH_MAX:
        return
    if isinstance(node, dict):
        members = cast("dict[str, Any]", node)
        name = members.get("name")
        if isinstance(name, str) and name:
            yield name
        for value in members.values():
            yield from _tools(value, depth + 1)
    elif isinstance(node, list):
        for value in cast("list[Any]", node):
            yield from _tools(value, depth + 1)


def _is_same_text(one: str, two: str) -> bool:
    words = one.split()
    if words == two.split():
        return True
    if not words or words[0][0] not in "{[":
        return False
    try:
        return _is_near(jsontext.load(one.encode()), jsontext.load(two.encode()), 0)
    except ValueError:
        return False


def _lasting(document: object) -> object:
    if not isinstance(document, dict):
        return document
    return {name: value for name, value in cast("dict[str, Any]", document).items() if name not in _OF_ONE_ANSWER}


def _is_near(one: object, two: object, depth: int) -> bool:
    if depth > _DEPTH_MAX or isinstance(one, bool) or isinstance(two, bool):
        return one is two
    if isinstance(one, int | float) and isinstance(two, int | float):
        return math.isclose(one, two, rel_tol=_NEAR_RATIO, abs_tol=_NEAR)
    if isinstance(one, list) and isinstance(two, list):
        ones, twos = cast("list[Any]", one), cast("list[Any]", two)
        return len(ones) == len(twos) and all(_is_near(a, b, depth + 1) for a, b in zip(ones, twos, strict=True))
    if isinstance(one, dict) and isinstance(two, dict):
        left, right = cast("dict[str, Any]", one), cast("dict[str, Any]", two)
        return left.keys() == right.keys() and all(
            _is_near_member(name, left[name], right[name], depth) for name in left
        )
    return one == two


def _is_near_member(name: str, one: object, two: object, depth: int) -> bool:
    if name == _VECTOR:
        left, right = _vector(one), _vector(two)
        if left is not None and right is not None:
            return len(left) == len(right) and math.dist(left, right) <= _NEAR_VECTOR_RATIO * math.hypot(*left)
    return _is_near(one, two, depth + 1)


def _vector(value: object) -> list[float] | None:
    """The numbers of a vector, as a list or as base64 of 32-bit numbers in the order of x86 and ARM."""
    if isinstance(value, str):
        try:
            return array("f", base64.b64decode(value, validate=True)).tolist()
        except ValueError:
            return None
    if not isinstance(value, list):
        return None
    numbers = cast("list[Any]", value)
    are_numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers)
    return [float(each) for each in numbers] if are_numbers else None
