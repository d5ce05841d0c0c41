"""Which requests begin alike, so that a provider that answered one has the other's beginning in its prompt cache.

Providers keep beginnings of at least 1,024 tokens (OpenAI: Prompt caching; Anthropic: Prompt caching; both read in
2025), built in the order tools, system prompt, messages, and send requests of one beginning to one machine by a
hash of about its first 256 tokens. We hash the first 1,024 bytes in the same order: a token has a byte at least, so
whatever shares a beginning that can be kept shares the hash, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, Final, cast

from evenkeel.gateway.routes.model import Dialect
from evenkeel.observe.events import jsontext

#: Of tools, system prompt and first message that decide the hash.
PREFIX_BYTES: Final = 1024
#: Values and messages looked at: documents of many that are empty are not walked to their end.
_STEPS_MAX: Final = 4096
_MESSAGES_MAX: Final = 256
_CACHE_KEY_MAX: Final = 256
_INSTRUCTIONS: Final = ("system", "developer")


def prefix_hash(document: Mapping[str, Any], dialect: Dialect) -> int:
    """64 bits of the beginning of a prompt; 0 where a request has none.

    All turns of a conversation have the same hash (what follows its first message is not looked at), and so have
    conversations that share 1,024 bytes of tools and system prompt. Marks like `cache_control`, which wander from
    turn to turn, do not count, nor whether a text is written as one or as a list of parts. OpenAI's
    `prompt_cache_key` is part of it, as it is with OpenAI.

    >>> one = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
    >>> turn = {"role": "assistant", "content": "Hi!"}
    >>> prefix_hash(one, Dialect.OPENAI) == prefix_hash({"messages": [*one["messages"], turn]}, Dialect.OPENAI)
    True
    >>> prefix_hash({"inputs": [1, 2]}, Dialect.MLFLOW)
    0
    """
    if dialect not in (Dialect.OPENAI, Dialect.ANTHROPIC):
        return 0
    hasher = blake2b(digest_size=8)
    left = PREFIX_BYTES
    pieces = _pieces(document, dialect)
    stack: list[object] = []
    for _ in range(_STEPS_MAX):
        if not stack:
            piece = next(pieces, None)
            if piece is None:
                break
            stack.append(piece)
        value = stack.pop()
        if isinstance(value, (str, int, float)):
            text = f"{value}"[:left].encode("utf-8", "surrogatepass")[: left - 1] + b"\0"
            hasher.update(text)
            left -= len(text)
            if left < 2:
                break
        elif value is not None:
            stack.extend(reversed(_within(value, left)))
    if left == PREFIX_BYTES:
        return 0
    cache_key = document.get("prompt_cache_key")
    if isinstance(cache_key, str):
        hasher.update(b"\1" + cache_key[:_CACHE_KEY_MAX].encode("utf-8", "surrogatepass"))
    return int.from_bytes(hasher.digest()) or 1


def _pieces(document: Mapping[str, Any], dialect: Dialect) -> Iterator[object]:
    """What a prompt is made of, in the provider's order, up to its first message that is no instruction."""
    for name in ("tools", "functions"):
        tools = document.get(name)
        if isinstance(tools, list):
            yield from map(_tool, islice(cast("list[object]", tools), PREFIX_BYTES))
    for name in ("system",) if dialect is Dialect.ANTHROPIC else ("instructions", "prompt"):
        if value := document.get(name):
            yield value
    for name in ("messages", "input"):
        messages = document.get(name)
        if isinstance(messages, str) and messages:
            yield messages
        elif isinstance(messages, list):
            yield from _beginning(cast("list[object]", messages))


def _tool(tool: object) -> object:
    """A tool as one text: walking through its schema would take longer."""
    if isinstance(tool, dict):
        fields = cast("dict[str, object]", tool)
        tool = {name: fields[name] for name in fields if name != "cache_control"}
    try:
        return jsontext.dump(tool).decode()
    except ValueError:  # nested too deep: no provider takes it
        return "?"


def _beginning(messages: list[object]) -> Iterator[object]:
    """Instructions and the first message after them; of what is no list of messages, the first item."""
    for message in islice(messages, _MESSAGES_MAX):
        if not isinstance(message, dict):
            yield message
            return
        said = cast("dict[str, Any]", message)
        yield from (value for name in ("role", "content") if (value := said.get(name)))
        if said.get("role") not in _INSTRUCTIONS:
            return


def _within(value: object, most: int) -> Sequence[object]:
    """What an object or a list is made of, as far as it can count."""
    if isinstance(value, list):
        return cast("list[object]", value)[:most]
    if not isinstance(value, dict):
        return ()
    fields = cast("dict[str, object]", value)
    text = fields.get("text")
    if isinstance(text, str):  # a part of a text is its text
        return (text,)
    return [each for item in islice(fields.items(), most) if item[0] != "cache_control" for each in item]
