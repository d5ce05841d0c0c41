"""What is told, and what came of it: messages, deliveries, receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Event(StrEnum):
    """What a message does to the thread of its `dedup_key`."""

    TRIGGER = "trigger"  # opens it, or says more of what is open
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    CHANGE = "change"  # something changed that may explain an alert; opens nothing
    TEST = "test"


class Level(StrEnum):
    """How bad it is, in the words that receivers share."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell. Messages of one `dedup_key` belong together, and are delivered in order."""

    event: Event
    dedup_key: str  # at most 255 characters
    level: Level
    title: str  # one line
    text: str  # sentences
    environment: str
    service: str
    at_us: int
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # (words, URL or path on this site), the alert's own page first
    labels: Mapping[str, str] = field(default_factory=dict[str, str])  # what routes match
    beside: tuple[Mapping[str, str], ...] = ()  # the labels of what began with it: routes match each of them


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request to a receiver. Address and headers may be secrets, so that only the method is shown."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    method: str = "POST"


class Security(StrEnum):
    """How a mail server is spoken to."""

    STARTTLS = "starttls"  # port 587; refused where the server does not offer it
    TLS = "tls"  # port 465
    PLAIN = "plain"  # a relay on this machine


@dataclass(frozen=True, slots=True)
class SmtpRequest(Request):
    """A mail to hand to a mail server: `method` is SMTP, `url` smtp://host:port, `body` an RFC 5322 message."""

    security: Security = Security.STARTTLS
    sender: str = ""
    recipients: tuple[str, ...] = ()
    user: str = ""  # none: without signing in
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What a receiver answered; `status` 0 means that it could not be reached, and `body` says why."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])  # lower-case names


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one attempt.

    `thread` is what the receiver's next message of the same key needs to know, whether this one was delivered or not;
    None leaves what is known as it is, an empty one starts anew.
    """

    delivered: bool
    retry: bool  # worth another attempt; never when delivered
    detail: str  # for people: the provider's id, or what was wrong; no secret
    retry_after_s: float | None = None
    thread: Mapping[str, Any] | None = None


class Adapter(Protocol):
    """How one kind of receiver is spoken to. Pure: `Sender` does the sending."""

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        """The requests that deliver `message`, in order; none where there is nothing to say to this receiver."""
        ...

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        """What the answers to these requests (up to the first that failed) mean."""
        ...
