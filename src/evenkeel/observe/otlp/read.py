"""Reading one span's attributes: one pass, each key looked up once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from evenkeel.observe.events import jsontext
from evenkeel.observe.events.attributes import JUDGE_CLAIMED
from evenkeel.observe.events.context import ATTRIBUTES_MAX, CONTENT_MAX, TEXT_MAX, TOKENS_MAX
from evenkeel.observe.otlp.dialects import (
    CONTENT,
    FIELDS,
    JUDGED,
    RANK_BITS,
    RANK_MASK,
    RESERVED,
    REST,
    VECTOR,
    NameTable,
)

_NOTHING: Final[tuple[None, ...]] = (None,) * len(FIELDS)
_UNRANKED: Final = (1 << RANK_BITS,) * len(FIELDS)
_NAME_MAX: Final = 256
#: Names that nobody outside may use.
_FINDINGS: Final = {JUDGED: JUDGE_CLAIMED, RESERVED: "reserved_name"}


class Attributes:
    """A span's attributes: `values` by field of the name table, the `rest`, the `content` and the `vectors` by name."""

    __slots__ = ("content", "findings", "rest", "values", "vectors")

    def __init__(self, attributes: Sequence[Any], names: NameTable, *, with_content: bool) -> None:
        values: list[Any] = [*_NOTHING]
        ranks = [*_UNRANKED]
        rest: dict[str, Any] = {}
        self.values, self.rest = values, rest
        self.content: dict[str, str] = {}
        self.vectors: dict[str, Any] = {}  # as they came: most of them are not read
        self.findings: list[str] = []
        place_of = names.places.get
        for attribute in attributes:
            key = attribute.key
            place = place_of(key)
            if place is None:
                place = names.learn(key)
            if place >= 0:
                field, rank = place >> RANK_BITS, place & RANK_MASK
                if rank < ranks[field]:
                    value = attribute.value
                    found = value.string_value or value.int_value or plain(value)
                    if found is not None and found != "":
                        values[field], ranks[field] = found, rank
            elif place == REST:
                value = attribute.value
                text = value.string_value
                rest[key] = text if text and len(text) <= TEXT_MAX else value.int_value or plain(value)
                if len(text) > TEXT_MAX and "text_cut" not in self.findings:
                    self.findings.append("text_cut")
            elif place == CONTENT and with_content:
                self.content[key] = content_text(attribute.value)
            elif place == VECTOR:
                self.vectors[key] = attribute.value
            elif place in _FINDINGS and _FINDINGS[place] not in self.findings:
                self.findings.append(_FINDINGS[place])
        if len(rest) > ATTRIBUTES_MAX:
            self.rest = dict(list(rest.items())[:ATTRIBUTES_MAX])
            self.findings.append("attributes_cut")

    def text(self, field: int) -> str | None:
        """As text of bounded length; of a list, its first item."""
        value = self.values[field]
        if type(value) is str and len(value) <= _NAME_MAX:
            return value
        if isinstance(value, list):
            value = value[0] if value else None  # pyright: ignore[reportUnknownVariableType] a list of JSON values
        return None if value is None else str(value)[:_NAME_MAX]  # pyright: ignore[reportUnknownArgumentType]

    def count(self, field: int, most: int = TOKENS_MAX) -> int | None:
        """As a whole number from 0 to `most`; anything else is a finding."""
        value = self.values[field]
        if value is None or (type(value) is int and 0 <= value <= most):
            return value
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            number = -1
        if 0 <= number <= most:
            return number
        self.findings.append(f"bad_{FIELDS[field]}")
        return None

    def number(self, field: int) -> float | None:
        """As a finite number; anything else is a finding."""
        value = self.values[field]
        if value is None:
            return None
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if math.isfinite(number):
            return number
        self.findings.append(f"bad_{FIELDS[field]}")
        return None


def content_text(value: Any) -> str:
    """What was said, as text of a length that is looked at: lists and objects as JSON."""
    if value.HasField("string_value"):
        return value.string_value[:CONTENT_MAX]
    return jsontext.dump(plain(value, CONTENT_MAX)).decode()[:CONTENT_MAX]


def plain(value: Any, text_max: int = TEXT_MAX) -> Any:
    """The plain Python value of an AnyValue: text cut to a bounded length, bytes as hex."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return value.string_value[:text_max]
    if kind == "array_value":
        return [plain(item, text_max) for item in value.array_value.values[:ATTRIBUTES_MAX]]
    if kind == "kvlist_value":
        return {item.key: plain(item.value, text_max) for item in value.kvlist_value.values[:ATTRIBUTES_MAX]}
    if kind == "bytes_value":
        return value.bytes_value[: TEXT_MAX // 2].hex()
    if kind == "double_value" and not math.isfinite(value.double_value):
        return str(value.double_value)  # JSON has no word for it
    return None if kind is None else getattr(value, kind)
