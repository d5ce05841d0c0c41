"""A stream of events whose texts are looked at as they pass: each event goes on with what may be released of it.

Texts that are written piece by piece (deltas) have a guard each, which holds back what may still become a finding.
What it holds is said in an event like the last one, before the event that ends it. Texts that come whole are looked
at whole.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from evenkeel.gateway.guard.model import Side
from evenkeel.gateway.guard.stream import StreamGuard
from evenkeel.gateway.proxy.guarding import Guarding, as_object, drop_logprobs
from evenkeel.gateway.proxy.texts import Slot, find_texts
from evenkeel.observe.events import jsontext

#: An event that is longer is not waited for: it is treated as unreadable.
_EVENT_BYTES_MAX: Final = 1024 * 1024
_ENDS: Final = (b"\n\n", b"\r\n\r\n", b"\r\r")
#: Stands for an event that is no document: not even a text.
_UNREADABLE: Final = b"\xff"
#: Events that come in between and end nothing.
_BETWEEN: Final = frozenset(("ping", "response.in_progress", "response.created", "message_start"))

Place = tuple[str | int, ...]


class GuardedStream:
    """Of one answer. `feed` gives what may pass; `guarding.is_stopped` says when nothing more may."""

    def __init__(self, guarding: Guarding) -> None:
        self.guarding = guarding
        self._held = b""
        self._guards: dict[Place, tuple[StreamGuard, tuple[bytes, dict[str, Any], Slot]]] = {}

    def feed(self, chunk: bytes) -> bytes:
        """What may pass now."""
        data = self._held + chunk
        passes: list[bytes] = []
        while not self.guarding.is_stopped:
            end = min((data.index(mark) + len(mark) for mark in _ENDS if mark in data), default=0)
            if not end:
                break
            passes.append(self._event(data[:end]))
            data = data[end:]
        self._held = data
        if len(data) > _EVENT_BYTES_MAX and not self.guarding.is_stopped:
            passes.append(self._event(data))
            self._held = b""
        return b"".join(passes)

    def finish(self) -> bytes:
        """The rest, when nothing more comes."""
        passes = self._event(self._held) if self._held.strip() and not self.guarding.is_stopped else b""
        return passes if self.guarding.is_stopped else passes + self._flush()

    def _event(self, event: bytes) -> bytes:
        """An event with its texts looked at, after what had to be said before it."""
        before, data = split_event(event)
        if data is None:
            return event  # a comment, or only a name
        if data.strip() == b"[DONE]":
            return self._flush() + event
        try:
            document = as_object(jsontext.load(data))
        except ValueError:
            document = None
        if document is None:
            self.guarding.look_at_answer(_UNREADABLE)
            return b"" if self.guarding.is_stopped else event
        deltas = [slot for slot in find_texts(document) if is_delta(slot.path)]
        changed = drop_logprobs(document)
        for slot in deltas:
            changed |= self._pass_delta(before, document, slot)
        if self.guarding.is_stopped:
            return b""
        if not deltas:
            said = self._flush() if document.get("type") not in _BETWEEN else b""
            changed |= self.guarding.look_at(document, Side.OUTPUT)
            if self.guarding.is_stopped:
                return said
            return said + (write_event(before, document) if changed else event)
        return write_event(before, document) if changed else event

    def _pass_delta(self, before: bytes, document: dict[str, Any], slot: Slot) -> bool:
        place = (*indices_of(document), *slot.path)
        guard = self._guards[place][0] if place in self._guards else StreamGuard(self.guarding.policy)
        self._guards[place] = (guard, (before, document, slot))
        text = slot.text
        released = guard.feed(text)
        slot.put(released)
        self._note(guard)
        return released != text

    def _flush(self) -> bytes:
        """All that is still held, in events like the last ones of their kind."""
        said: list[bytes] = []
        for guard, (before, document, slot) in self._guards.values():
            left = guard.finish()
            self._note(guard)
            if left:
                slot.put(left)
                said.append(write_event(before, deepcopy(document)))
        self._guards.clear()
        return b"".join(said)

    def _note(self, guard: StreamGuard) -> None:
        new = guard.findings[:]
        guard.findings.clear()
        self.guarding.note(guard.action, guard.reasons, [finding.entity for finding in new], Side.OUTPUT)


def is_delta(path: Place) -> bool:
    """Whether a text is a piece of one: it stands under `delta`, or in a choice of the older completions."""
    return "delta" in path or (len(path) == 3 and path[0] == "choices" and path[2] == "text")


def indices_of(document: dict[str, Any]) -> Place:
    """What tells two texts of one stream apart that stand at the same place."""
    named = (document.get(name) for name in ("type", "item_id", "output_index", "content_index", "index"))
    return tuple("" if value is None else value for value in named)


def split_event(event: bytes) -> tuple[bytes, bytes | None]:
    """(the lines of an event that are no data, its data)."""
    lines = event.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    data = [line.removeprefix(b"data:").removeprefix(b" ") for line in lines if line.startswith(b"data:")]
    others = [line for line in lines if line and not line.startswith(b"data:")]
    return b"".join(line + b"\n" for line in others), b"\n".join(data) if data else None


def write_event(before: bytes, document: dict[str, Any]) -> bytes:
    """An event that says a document, after the lines that are no data."""
    return before + b"data: " + jsontext.dump(document) + b"\n\n"
