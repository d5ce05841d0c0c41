"""What an answer has said of itself so far: filled by the dialects, judged by the meter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from evenkeel.observe.events.context import TOKENS_MAX

#: Longest id, model or finish reason that is kept, in characters.
_NAME_MAX: Final = 200
#: Of a longer answer the beginning is remembered for those who evaluate it, in characters.
_ANSWER_MAX: Final = 65_536
#: Values of one answer that are looked at for text; what is behind them counts by its size as JSON would.
_VALUES_MAX: Final = 100_000


class Reading:
    """Of one answer. A figure that was not said is None."""

    __slots__ = (
        "characters", "errors", "finish", "finishes", "finishes_told", "is_done", "is_pending", "is_text", "model",
        "response_id", "text_bytes", "texts", "thinking_bytes", "tier", "tokens_cache_write", "tokens_cache_write_1h",
        "tokens_cached", "tokens_in", "tokens_out", "tokens_reasoning", "usage_at",
    )  # fmt: skip

    def __init__(self) -> None:
        self.tokens_in: int | None = None
        self.tokens_cached: int | None = None
        self.tokens_cache_write: int | None = None
        self.tokens_cache_write_1h: int | None = None
        self.tokens_out: int | None = None
        self.tokens_reasoning: int | None = None
        self.text_bytes = 0  # of what the model wrote, in UTF-8
        self.thinking_bytes = 0  # of these: what it thought
        self.is_text = False  # a model that writes answered
        self.model = ""
        self.finish = ""
        self.finishes = 0  # choices that came to their end
        self.finishes_told = 0  # of these, when usage was said last
        self.response_id = ""
        self.tier = ""
        self.errors = 0  # said within the answer
        self.is_done = False  # nothing more may change the usage
        self.is_pending = False  # it goes on after this answer, as responses in the background do
        self.texts: list[str] | None = None  # pieces of the answer; None: nobody looks at it
        self.characters = 0  # of them
        self.usage_at = ""  # where usage was said last: nowhere, "along" with a piece of the answer, or "alone"

    def keep(self, text: object) -> None:
        """Remember a piece of the answer, as far as it is looked at; nothing where nobody wants to."""
        if self.texts is not None and isinstance(text, str) and self.characters < _ANSWER_MAX:
            self.texts.append(text)
            self.characters += len(text)

    @property
    def answer(self) -> str | None:
        """What the model said; empty where it said nothing, None where it only thought or called tools.

        None as well where there is no answer (yet): it goes on in the background, or failed.
        """
        if self.texts is None or self.is_pending or self.errors or (not self.characters and self.text_bytes):
            return None
        return "".join(self.texts)

    def name_answer(self, part: Mapping[str, Any]) -> None:
        """Keep the id and the model that a part of the answer names."""
        if not self.response_id:
            self.response_id = name_of(part.get("id"))
        if not self.model:
            self.model = name_of(part.get("model"))

    def end(self, reason: object) -> None:
        """One choice ended; the first reason is kept."""
        self.finishes += 1
        if not self.finish:
            self.finish = name_of(reason) or "unknown"

    def fail(self) -> None:
        """The answer says itself that it failed."""
        self.errors += 1
        self.finish = "error"


def name_of(value: object) -> str:
    """A name, cut to what is kept; empty for anything else."""
    return value[:_NAME_MAX] if isinstance(value, str) else ""


def tokens_of(part: Mapping[str, Any], *names: str) -> int | None:
    """The first of these figures that is said and can be true; 2.0 is 2.

    >>> tokens_of({"a": -1, "b": 2.0}, "a", "b"), tokens_of({"a": True}, "a")
    (2, None)
    """
    for name in names:
        value = part.get(name)
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is int and 0 <= value <= TOKENS_MAX:
            return value
    return None


def object_of(value: object) -> Mapping[str, Any]:
    """An object, or an empty one for anything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else _NOTHING


def list_of(value: object) -> list[Any]:
    """A list, or an empty one for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


_NOTHING: Final[Mapping[str, Any]] = {}


def bytes_of(value: object) -> int:
    """How long a text is in UTF-8; of lists and objects, about how long they are as JSON.

    >>> bytes_of("é"), bytes_of(None), bytes_of({"city": "Bern"})
    (2, 0, 13)
    """
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if value is None:
        return 0
    size = 0
    open_values: list[Any] = [value]
    for _ in range(_VALUES_MAX):
        if not open_values:
            return size
        one = open_values.pop()
        if isinstance(one, str):
            size += bytes_of(one) + 2
        elif isinstance(one, dict):
            pairs = cast("dict[str, Any]", one)
            size += sum(bytes_of(key) + 3 for key in pairs)
            open_values.extend(pairs.values())
        elif isinstance(one, list):
            items = cast("list[Any]", one)
            size += 2 + len(items)
            open_values.extend(items)
        else:
            size += 24  # no number or word is longer
    return size + 24 * len(open_values)
