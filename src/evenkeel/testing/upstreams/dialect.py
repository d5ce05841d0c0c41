"""What passes between a double's dialect and the server that sends it: requests, answers, events, what is said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from evenkeel.testing.upstreams.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    method: str
    target: str  # path with its query
    headers: Mapping[str, str]  # lower-case names; of one said twice the values, joined by ", "
    body: bytes
    connection: int  # its number, from 1

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def document(self) -> Any:
        """The body read as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of a stream and the tokens that it gives."""

    data: bytes
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answers: a body, or the events of a stream."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    events: Iterable[Event] | None = None
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0  # of a plain answer; those of a stream are on its events

    @property
    def is_stream(self) -> bool:
        """Whether it is sent event by event."""
        return self.events is not None


@dataclass(frozen=True, slots=True)
class Voice:
    """What a double says where no trouble is asked for. A token is a word."""

    words: int = 12  # of an answer, unless the request allows fewer; the prompt's own, again and again
    text: str | None = None  # said instead
    words_per_event: int = 1
    tokens_reasoning: int = 0  # thought before each answer, and part of what it gives
    tokens_cached: int = 0  # of the prompt, at most
    tool_calls: int = 1  # how many of the offered tools are called; 0: text all the same


class RefusedError(Exception):
    """Ends a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body.decode("utf-8", "replace"))
        self.answer = answer


class Dialect(Protocol):
    """How one provider speaks."""

    @property
    def base(self) -> str:
        """What its clients' base URL ends with: `/v1`, or nothing."""
        ...

    def answer(self, seen: Seen, voice: Voice, trouble: Trouble) -> Answer:
        """The answer to a request. Raises RefusedError."""
        ...

    def error(self, status: int, message: str) -> Answer:
        """A failure in the provider's own words."""
        ...

    def error_event(self, message: str) -> bytes:
        """A failure in the midst of a stream."""
        ...


def write_json(document: Any) -> bytes:
    """Compact JSON, as providers send it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def json_answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON."""
    return Answer(status, write_json(document), {"content-type": "application/json", **(headers or {})})


def data_event(document: Any, tokens: int = 0) -> Event:
    """A server-sent event without a name."""
    return Event(b"data: " + write_json(document) + b"\n\n", tokens)


def named_event(name: str, document: Any, tokens: int = 0) -> Event:
    """A server-sent event with its name."""
    return Event(b"event: " + name.encode() + b"\ndata: " + write_json(document) + b"\n\n", tokens)
