"""The texts of what is held, as a person reads and edits them: of a stream, its pieces joined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.gateway.holds.model import Content
from evenkeel.gateway.proxy.guarded_stream import Place, indices_of, is_delta, split_event, write_event
from evenkeel.gateway.proxy.guarding import as_object
from evenkeel.gateway.proxy.texts import find_texts
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.events import jsontext

_END: Final = b"\n\n"


def texts_of(content: Content) -> list[str]:
    """All texts, in order; of what is no document, all of it.

    >>> texts_of(Content([], b'{"choices": [{"message": {"content": "Hello"}}]}'))
    ['Hello']
    """
    if not _is_stream(content):
        try:
            document: Any = jsontext.load(content.body)
        except ValueError:
            return [content.body.decode("utf-8", "replace")]
        return [slot.text for slot in find_texts({"": document})]
    joined: dict[Place, str] = {}
    for _, document in _events(content.body):
        for slot in find_texts(document or {}):
            if is_delta(slot.path):
                place = (*indices_of(document or {}), *slot.path)
                joined[place] = joined.get(place, "") + slot.text
    return list(joined.values())


def with_texts(content: Content, edits: Mapping[int, str]) -> Content:
    """The same with other texts at some places. Raises InvalidInputError for a place that there is not.

    Of a stream, the first piece says the whole new text, and the others nothing.
    """
    count = len(texts_of(content))
    wrong = [number for number in edits if not 0 <= number < count]
    if wrong:
        raise InvalidInputError(f"There is no text {wrong[0]}.", hint=f"They are numbered from 0 to {count - 1}.")
    if not _is_stream(content):
        try:
            document: Any = jsontext.load(content.body)
        except ValueError:
            return _of(content, edits[0].encode())
        for number, slot in enumerate(find_texts({"": document})):
            if number in edits:
                slot.put(edits[number])
        return _of(content, jsontext.dump(document))
    return _of(content, _edited_stream(content.body, edits))


def _edited_stream(body: bytes, edits: Mapping[int, str]) -> bytes:
    numbers: dict[Place, int] = {}
    said: list[bytes] = []
    for event, document in _events(body):
        changed = False
        for slot in find_texts(document or {}):
            place = (*indices_of(document or {}), *slot.path)
            if not is_delta(slot.path):
                continue
            is_first = place not in numbers
            number = numbers.setdefault(place, len(numbers))
            if number in edits:
                slot.put(edits[number] if is_first else "")
                changed = True
        said.append(write_event(split_event(event)[0], document) if changed and document is not None else event)
    return b"".join(said)


def _events(body: bytes) -> list[tuple[bytes, dict[str, Any] | None]]:
    """(event with its end, its document) of a stream."""
    found: list[tuple[bytes, dict[str, Any] | None]] = []
    for part in body.replace(b"\r\n", b"\n").split(_END):
        if not part.strip():
            continue
        event = part + _END
        data = split_event(event)[1]
        try:
            document = None if data is None else as_object(jsontext.load(data))
        except ValueError:
            document = None
        found.append((event, document))
    return found


def _is_stream(content: Content) -> bool:
    return any(name == "content-type" and value.startswith("text/event-stream") for name, value in content.headers)


def _of(content: Content, body: bytes) -> Content:
    return Content(content.headers, body, content.status, content.query)
