"""What the doubles say: decided by the request alone, so that a test knows every token of it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.testing.upstreams.dialect import Voice
from evenkeel.testing.upstreams.trouble import Trouble

_PIECE: Final = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call."""

    name: str
    schema: Mapping[str, Any]  # JSON schema of its arguments


@dataclass(frozen=True, slots=True)
class Ask:
    """What an answer depends on."""

    prompt: str  # what the user said last
    tokens_in: int
    tokens_max: int | None = None
    tools: tuple[Tool, ...] = ()  # those that may be called now


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool: its arguments in pieces of one token."""

    name: str
    pieces: tuple[str, ...]

    @property
    def arguments(self) -> str:
        """JSON, unless the answer was cut in its midst."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: text or calls, in pieces of one token."""

    pieces: Sequence[str]
    calls: tuple[Call, ...] = ()
    tokens_reasoning: int = 0
    is_cut: bool = False  # by the tokens that were allowed

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(self.pieces)

    @property
    def tokens(self) -> int:
        """Everything that was generated: a call's name is a token too."""
        return self.tokens_reasoning + len(self.pieces) + sum(1 + len(call.pieces) for call in self.calls)


def count_words(*texts: str) -> int:
    """Tokens of texts.

    Example:
        >>> count_words("two words", "and three more")
        5
    """
    return sum(len(text.split()) for text in texts)


def split_words(text: str) -> list[str]:
    """A text in pieces of one token; together they are the text without its leading space.

    Example:
        >>> split_words("Hello,  you ")
        ['Hello,  ', 'you ']
    """
    return _PIECE.findall(text)


def repeat_words(prompt: str, count: int) -> list[str]:
    """So many pieces of the prompt's words, from its first again when they run out.

    Example:
        >>> "".join(repeat_words("red green", 3))
        'red green red'
    """
    words = prompt.split() or ["nothing"]
    pieces = [f"{words[index % len(words)]} " for index in range(count)]
    if pieces:
        pieces[-1] = pieces[-1].rstrip()
    return pieces


def grouped(pieces: Sequence[str], count: int) -> Iterator[tuple[str, int]]:
    """Pieces taken together by `count`, each with its tokens.

    Example:
        >>> list(grouped(["a ", "b ", "c"], 2))
        [('a b ', 2), ('c', 1)]
    """
    for start in range(0, len(pieces), count):
        group = pieces[start : start + count]
        yield "".join(group), len(group)


def speak(ask: Ask, voice: Voice, trouble: Trouble) -> Said:
    """The answer to a request, as long as the voice has it, the request allows and the trouble makes it."""
    room = None if ask.tokens_max is None else max(ask.tokens_max - voice.tokens_reasoning, 0)
    reasoning = voice.tokens_reasoning if room is None else min(voice.tokens_reasoning, ask.tokens_max or 0)
    if ask.tools and voice.tool_calls:
        calls = tuple(make_call(tool) for tool in ask.tools[: voice.tool_calls])
        said = Said((), calls, reasoning)
        return said if room is None or said.tokens - reasoning <= room else _cut_calls(said, room)
    source = repeat_words(ask.prompt, voice.words) if voice.text is None else split_words(voice.text)
    count = trouble.words if trouble.words is not None else len(source)
    if trouble.overrun > 1:
        count, is_cut = (count if room is None else min(count, room)) * trouble.overrun, False
    else:
        count, is_cut = (count, False) if room is None or count <= room else (room, True)
    if voice.text is None or count > len(source):
        source = repeat_words(ask.prompt if voice.text is None else voice.text, count)
    return Said(source[:count], (), reasoning, is_cut)


def make_call(tool: Tool) -> Call:
    """A call with an argument for each property of the tool's schema."""
    return Call(tool.name, tuple(split_words(json.dumps(fill(tool.schema)))))


def fill(schema: Mapping[str, Any]) -> Any:
    """A value that is as a JSON schema asks, always the same.

    Example:
        >>> fill({"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}})
        {'city': 'city', 'days': 1}
    """
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        properties: dict[str, dict[str, Any]] = schema.get("properties") or {}
        return {name: fill({"title": name, **each}) for name, each in properties.items()}
    if kind == "array":
        return [fill(schema.get("items") or {"type": "string"})]
    return {"string": schema.get("title", "word"), "integer": 1, "number": 1.5, "boolean": True}.get(str(kind))


def embed(text: str, dimensions: int) -> list[float]:
    """A vector of length 1 that only the text decides, with values that a float of 32 bits holds.

    Example:
        >>> embed("a", 3) == embed("a", 3) != embed("b", 3)
        True
    """
    raw = b"".join(hashlib.sha256(f"{block}:{text}".encode()).digest() for block in range(math.ceil(dimensions / 32)))[
        :dimensions
    ]
    values = [byte - 127.5 for byte in raw]
    length = math.sqrt(sum(value * value for value in values))
    return [round(value / length * 2**20) / 2**20 for value in values]


def _cut_calls(said: Said, room: int) -> Said:
    kept: list[Call] = []
    for call in said.calls:
        if room <= 0:
            break
        kept.append(Call(call.name, call.pieces[: room - 1]))
        room -= 1 + len(kept[-1].pieces)
    return Said((), tuple(kept), said.tokens_reasoning, is_cut=True)
