"""The texts of a document: all that is said in it, wherever a provider puts it; not its names and numbers.

Every string is a text but those under keys that are known to hold none: so a field that a provider adds tomorrow is
looked at as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast

from evenkeel.kernel.facts import fact

#: What stands under these keys is no text: identities, kinds, names of things.
_NO_TEXT: Final = frozenset(
    (
        "id", "object", "type", "model", "role", "name", "status", "system_fingerprint", "service_tier", "datatype",
        "finish_reason", "stop_reason", "stop_sequence", "signature", "encrypted_content", "embedding", "file_id",
        "tool_call_id", "tool_use_id", "call_id", "item_id", "response_id", "previous_response_id", "response_format",
        "prompt_cache_key", "safety_identifier", "user", "user_id", "metadata", "tools", "tool_choice", "columns",
        "media_type", "encoding_format", "reasoning_effort", "obfuscation",
    )
)  # fmt: skip
#: What stands directly under these is a file in base64, or where one is; lists under them hold texts.
_FILES: Final = frozenset(("data", "url", "image_url", "file_data"))
#: Of a longer conversation the last turns are looked at for what tools gave back.
_TURNS_MAX: Final = 200
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
#: Nested deeper than this is no document of any provider.
_DEPTH_MAX: Final = 64


@fact
class Slot:
    """A place in a document where a text stands."""

    holder: Any  # dict or list
    key: Any
    path: tuple[str | int, ...]
    role: str  # of the message it is in; empty: in none

    @property
    def text(self) -> str:
        """What stands there."""
        return self.holder[self.key]

    def put(self, text: str) -> None:
        """Let another text stand there."""
        self.holder[self.key] = text


def find_texts(document: object) -> list[Slot]:
    """Every text of a document, in order.

    >>> asked = {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]}
    >>> [(slot.text, slot.role) for slot in find_texts(asked)]
    [('Hello', 'user')]
    """
    found: list[Slot] = []
    _gather(document, (), "", found)
    return found


def newest_user_text(document: Mapping[str, Any]) -> str:
    """What the user said last, without what tools answered; empty where nobody said anything.

    >>> newest_user_text({"messages": [{"role": "user", "content": "Hallo"}, {"role": "assistant", "content": "Hi"}]})
    'Hallo'
    >>> newest_user_text({"input": "Wie geht es?"}), newest_user_text({"prompt": ["Es war einmal"]})
    ('Wie geht es?', 'Es war einmal')
    """
    turns = document.get("messages", document.get("input", document.get("prompt")))
    if not isinstance(turns, list):
        return turns if isinstance(turns, str) else ""
    for turn in reversed(cast("list[Any]", turns)):
        text = turn if isinstance(turn, str) else ""
        if isinstance(turn, dict):
            message = cast("dict[str, Any]", turn)
            text = _said(message.get("content")) if message.get("role") == "user" else ""
        if text:
            return text
    return ""


def tool_texts(document: Mapping[str, Any]) -> list[str]:
    """What tools gave back and what documents were put beside the question, in order: what is answered from.

    >>> tool_texts({"messages": [{"role": "user", "content": "?"}, {"role": "tool", "content": "It rains."}]})
    ['It rains.']
    >>> tool_texts({"input": [{"type": "function_call_output", "output": "It rains."}]})
    ['It rains.']
    """
    turns = document.get("messages", document.get("input"))
    found: list[str] = []
    for turn in cast("list[Any]", turns)[-_TURNS_MAX:] if isinstance(turns, list) else ():
        if isinstance(turn, dict):
            message = cast("dict[str, Any]", turn)
            if message.get("role") in ("tool", "function"):
                found.append(_said(message.get("content")))
            elif message.get("type") == "function_call_output":
                found.append(_said(message.get("output")))
            else:
                found += _given(message.get("content"))
    return [text for text in found if text]


def _given(content: object) -> list[str]:
    """Results of tools and documents among the parts of a message (Anthropic's messages)."""
    found: list[str] = []
    for part in cast("list[Any]", content) if isinstance(content, list) else ():
        if isinstance(part, dict):
            block = cast("dict[str, Any]", part)
            if block.get("type") in ("tool_result", "search_result"):
                found.append(_said(block.get("content")))
            elif block.get("type") == "document":
                source = block.get("source")
                data = cast("dict[str, Any]", source) if isinstance(source, dict) else _NOTHING
                found.append(str(data.get("data", "")) if data.get("type") == "text" else _said(data.get("content")))
    return found


def _said(content: object) -> str:
    """The text of a message: whole, or in parts among images and answers of tools."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    parts = [cast("dict[str, Any]", part) for part in cast("list[Any]", content) if isinstance(part, dict)]
    texts = [part.get("text") for part in parts if part.get("type") in ("text", "input_text")]
    return "\n".join(text for text in texts if isinstance(text, str))


_Path = tuple[str | int, ...]


def _gather(node: object, path: _Path, role: str, found: list[Slot]) -> None:
    """Add the texts of a list or object to what was found. Each request and answer is walked: most of it is leaves."""
    if len(path) > _DEPTH_MAX:
        return
    if isinstance(node, dict):
        _gather_members(cast("dict[str, Any]", node), path, role, found)
    elif isinstance(node, list):
        _gather_items(cast("list[Any]", node), path, role, found)


def _gather_members(members: dict[str, Any], path: _Path, role: str, found: list[Slot]) -> None:
    own = members.get("role")
    role = own if isinstance(own, str) else role
    for name, value in members.items():
        if name in _NO_TEXT:
            continue
        if isinstance(value, str):
            if value and name not in _FILES:
                found.append(Slot(members, name, (*path, name), role))
        elif isinstance(value, (dict, list)):
            _gather(cast("object", value), (*path, name), role, found)


def _gather_items(items: list[Any], path: _Path, role: str, found: list[Slot]) -> None:
    for index, value in enumerate(items):
        if isinstance(value, str):
            if value:
                found.append(Slot(items, index, (*path, index), role))
        elif isinstance(value, (dict, list)):
            inner = cast("object", value)
            _gather(inner, (*path, _position(inner, index)), role, found)


def _position(value: object, index: int) -> int:
    """Where an item of a list belongs: what it says itself, as the choices of a stream do, or where it stands."""
    said = cast("dict[str, Any]", value).get("index") if isinstance(value, dict) else None
    return said if isinstance(said, int) else index
