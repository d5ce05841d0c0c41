"""The column `attributes`: what no other column holds, as JSON of bounded length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.observe.events import jsontext
from evenkeel.observe.events.context import ATTRIBUTES_TEXT_MAX

#: Names that begin so are numbers of judges, which only control writes: of an event from outside they are left out.
JUDGES: Final = ("evenkeel.judge.", "evenkeel.retrieval.judge.")
#: The finding of an event that had any.
JUDGE_CLAIMED: Final = "judge_claimed"


def dump_attributes(rest: Mapping[str, Any]) -> tuple[str, bool]:
    """(JSON, whether something was left out): as many of the attributes as fit, in their order.

    Raises ValueError for what is nested too deep.

    >>> dump_attributes({"a": 1}), len(dump_attributes({"long": "x" * 70_000, "b": 2})[0])
    (('{"a":1}', False), 7)
    """
    text = jsontext.dump(rest)
    if len(text) <= ATTRIBUTES_TEXT_MAX:
        return text.decode(), False
    kept: dict[str, Any] = {}
    size = 2
    for name, value in rest.items():
        part = len(jsontext.dump({name: value}))
        if size + part <= ATTRIBUTES_TEXT_MAX:
            kept[name] = value
            size += part
    return jsontext.dump(kept).decode(), True
