"""Vectors on spans: a few numbers are made of them, and they are dropped (SPEC D-1).

Of those that an instrumentation numbers (OpenInference: `embedding.embeddings.N.embedding.vector`), one of each trace
is taken: the pieces of one document resemble each other, a framework and the client beneath it report one call twice,
and what is counted has to be drawn one by one. Those that a sender names itself, as `evenkeel.embedding.NAME`, are
taken all. The CPU budget of evaluating does not choose among them: an export is taken as a whole.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final, cast

from xxhash import xxh3_64_intdigest

from evenkeel.kernel.embedding import LENGTH_MAX, as_attributes
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.embeddings import EMBEDDINGS_MAX, read_embeddings
from evenkeel.observe.events import jsontext
from evenkeel.observe.otlp.dialects import OWN_VECTORS

#: What the vector of a span is called that an instrumentation numbered.
NUMBERED: Final = "openinference"
#: Findings of an event: a vector that is none, and vectors that are too many for one event.
BAD: Final = "bad_embedding"
CUT: Final = "embeddings_cut"
#: Characters of a vector that was written as JSON: 25 for each number.
_TEXT_MAX: Final = 25 * LENGTH_MAX
#: An item of a list of doubles on the wire, after the bytes that say so.
_DOUBLE: Final = struct.Struct("<3xd")
_HEAD: Final = b"\x0a\x09\x21"
#: Of its own, so that this choice goes along with no other by the same id.
_SEED: Final = 0x76656374


class SpanVectors:
    """Of one export: which traces have given a vector already."""

    def __init__(self) -> None:
        self._traces: set[bytes] = set()

    def read(
        self, given: Mapping[str, Any], request_id: bytes, findings: list[str]
    ) -> tuple[dict[str, float | None], int]:
        """(the numbers of a span's vectors by the names of attributes, how many numbers were looked at for them).

        What is no vector, or one too many, is added to the findings.
        """
        own = {name: value for name, value in given.items() if name.startswith(OWN_VECTORS)}
        chosen = {name[len(OWN_VECTORS) :]: own[name] for name in list(own)[:EMBEDDINGS_MAX]}
        if len(own) > len(chosen):
            findings.append(CUT)
        numbered = [name for name in given if name not in own]
        if numbered and request_id not in self._traces:
            chosen[NUMBERED] = given[numbered[xxh3_64_intdigest(request_id, _SEED) % len(numbered)]]
            self._traces.add(request_id)
        made: dict[str, float | None] = {}
        looked_at = 0
        for name, value in chosen.items():
            numbers = read_numbers(value)
            looked_at += len(numbers)
            try:
                made |= as_attributes(read_embeddings({name: numbers}), "feature.")
            except InvalidInputError:
                findings.extend({BAD} - set(findings))
        return made, looked_at


def read_numbers(value: Any) -> list[Any]:
    """The numbers of an AnyValue, and None in place of what is none; of a text, what it says as JSON."""
    if value.string_value:
        return _from_text(value.string_value)
    items = value.array_value.values
    if len(items) > LENGTH_MAX:
        return [None]
    raw = value.array_value.SerializeToString()  # all at once: to ask each item for its number takes five times as long
    if _are_doubles(raw, len(items)):
        return [number for (number,) in _DOUBLE.iter_unpack(raw)]
    return [item.double_value or item.int_value or _zero(item) for item in items]


def _are_doubles(raw: bytes, many: int) -> bool:
    """Whether every item is a double: a tag, a length, another tag, eight bytes."""
    return len(raw) == _DOUBLE.size * many and all(
        raw[at :: _DOUBLE.size] == _HEAD[at : at + 1] * many for at in range(len(_HEAD))
    )


def _zero(item: Any) -> float | None:
    return 0.0 if item.WhichOneof("value") in ("double_value", "int_value") else None


def _from_text(text: str) -> list[Any]:
    if len(text) > _TEXT_MAX:
        return []
    try:
        found: object = jsontext.load(text.encode())
    except ValueError:
        return []
    return cast("list[Any]", found) if isinstance(found, list) else []
