"""Takes the usage event out of a stream whose caller did not ask for it: it would be a chunk without a choice.

Everything else passes as it came. Only the end of a chunk that is no whole event waits for its rest, as an event
that is split over two chunks could be the one.
"""

from __future__ import annotations

from typing import Any, Final, cast

from evenkeel.observe.events import jsontext

#: An event that is longer is none of usage: it passes in pieces.
_HELD_MAX: Final = 16_384
_ENDS: Final = (b"\n\n", b"\r\n\r\n", b"\r\r")


class UsageEventFilter:
    """Of one stream."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What may pass now."""
        data = self._held + chunk if self._held else chunk
        end = max(data.rfind(mark) + len(mark) if mark in data else 0 for mark in _ENDS)
        whole, self._held = data[:end], data[end:]
        if len(self._held) > _HELD_MAX:
            whole, self._held = data, b""
        if b'"usage"' not in whole:
            return whole
        return b"".join(event for event in _events(whole) if not _is_usage_alone(event))

    def finish(self) -> bytes:
        """What is left."""
        left, self._held = self._held, b""
        return b"" if _is_usage_alone(left) else left


def _events(data: bytes) -> list[bytes]:
    """The events of a text, each with its end."""
    found: list[bytes] = []
    while data:
        ends = [data.index(mark) + len(mark) for mark in _ENDS if mark in data]
        end = min(ends, default=len(data))
        found.append(data[:end])
        data = data[end:]
    return found


def _is_usage_alone(event: bytes) -> bool:
    """Whether an event tells the usage, and nothing of the answer."""
    text = event.strip()
    if not text.startswith(b"data:") or b'"usage"' not in text:
        return False
    try:
        document = jsontext.load(text.removeprefix(b"data:"))
    except ValueError:
        return False
    if not isinstance(document, dict):
        return False
    said = cast("dict[str, Any]", document)
    return said.get("choices") == [] and isinstance(said.get("usage"), dict)
