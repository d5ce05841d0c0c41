"""What a request asks, read from its body and headers: facts to decide by, and the document to send on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, cast

from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.routes.model import Dialect, Upstream
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.events import jsontext

#: Ids of users and sessions are kept no longer than that; more is an abuse of the field.
_ID_MAX: Final = 512
_TAGS_MAX: Final = 32
#: Callers name parts of them, so there may be any number.
_OPERATIONS_MAX: Final = 256
#: Where each operation says how many tokens may be written, the preferred name first.
_OUTPUT_MAX: Final = {
    "chat": ("max_completion_tokens", "max_tokens"),
    "text_completion": ("max_tokens",),
    "responses": ("max_output_tokens",),
    "messages": ("max_tokens",),
}


@dataclass(slots=True)
class Ask:
    """One request, as far as decisions need to know it."""

    operation: Operation
    body: bytes
    headers: Mapping[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    document: dict[str, Any] = field(default_factory=dict[str, Any])  # empty where nothing is asked of a model
    model: str = ""  # to be asked
    model_named: str = ""  # by the caller, where a rule of the route chose another one
    model_rule: str = ""  # that rule
    is_streaming: bool = False
    output_max: int | None = None  # tokens the caller lets be written, of each choice
    choices: int = 1  # answers written at once
    user: str = ""
    session: str = ""
    version: str = ""
    tags: frozenset[str] = frozenset()


@lru_cache(maxsize=_OPERATIONS_MAX)
def unread(operation: Operation) -> Ask:
    """What is known of a request before its body is here."""
    return Ask(operation, b"")


def read_ask(operation: Operation, headers: Mapping[bytes, bytes], body: bytes) -> Ask:
    """What is asked. Raises InvalidInputError that names what cannot be used."""
    ask = Ask(operation, body, headers, version=_header(headers, b"x-evenkeel-version"))
    ask.user = _header(headers, b"x-evenkeel-user")
    ask.session = _header(headers, b"x-evenkeel-session")
    tags = _header(headers, b"x-evenkeel-tags")
    if tags:
        ask.tags = frozenset(tag.strip() for tag in tags.split(",")[:_TAGS_MAX] if tag.strip())
    if operation.method != "POST":
        return ask
    encoding = headers.get(b"content-encoding")
    if encoding is not None and encoding.strip().lower() not in (b"", b"identity"):
        raise InvalidInputError("The body is compressed; it has to be read here.", hint="Send it uncompressed.")
    ask.document = _document(body)
    ask.model = _text(ask.document, "model")
    if operation.dialect in (Dialect.OPENAI, Dialect.ANTHROPIC) and not ask.model:
        raise InvalidInputError("The request names no `model`.", hint="Name one, as the provider calls it.")
    if operation.can_stream:
        stream = ask.document.get("stream")
        if stream is not None and not isinstance(stream, bool):
            raise InvalidInputError(f"`stream` is {_short(stream)}.", hint="It is true or false.")
        ask.is_streaming = bool(stream)
        ask.output_max = _output_max(operation.name, ask.document)
        ask.choices = _choices(ask.document)
    ask.user = ask.user or _user(operation.dialect, ask.document)
    return ask


def outgoing(
    ask: Ask, upstream: Upstream, output_cap: int | None = None, *, as_read: bool = False
) -> tuple[bytes, bool]:
    """(body for an upstream, whether its stream has to be freed of a usage event that the caller did not ask for).

    The caller's own bytes go on unless something has to be changed: the model, a lower limit of the output, or
    the request for the provider's own usage on a stream, without which there is but a count of ours. `as_read`, and any
    `output_cap`, sends what we read and no more: a name that is said twice could be read otherwise by the upstream than
    by our cache, by the key that may ask for some models only, or by the limit of what may be written.
    """
    changes: dict[str, Any] = {}
    if upstream.model and upstream.model != ask.model and "model" in ask.document:
        changes["model"] = upstream.model
    if output_cap is not None:
        changes |= _capped(ask, output_cap, upstream)
    asks_for_usage = False
    if ask.is_streaming and ask.operation.name in ("chat", "text_completion"):
        options = ask.document.get("stream_options")
        given = cast("dict[str, Any]", options) if isinstance(options, dict) else {}
        if given.get("include_usage") is not True:
            changes["stream_options"] = {**given, "include_usage": True}
            asks_for_usage = True
    if not changes and not ((as_read or output_cap is not None) and ask.document):
        return ask.body, False
    return jsontext.dump({**ask.document, **changes}), asks_for_usage


def _capped(ask: Ask, output_cap: int, upstream: Upstream) -> dict[str, Any]:
    """The limit of the output, lowered to `output_cap` tokens for all choices together."""
    names = _OUTPUT_MAX.get(ask.operation.name)
    each = max(1, output_cap // ask.choices)
    if names is None or (ask.output_max is not None and ask.output_max <= each):
        return {}
    given = [name for name in names if ask.document.get(name) is not None]
    if given:
        return dict.fromkeys(given, each)
    # The newer name is known to those who invented it; everybody else knows the older one.
    return {names[0] if upstream.provider in ("openai", "azure") else names[-1]: each}


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = jsontext.load(body)
    except ValueError as error:
        raise InvalidInputError(f"The body is not JSON: {error}.", hint="Send one JSON object in UTF-8.") from None
    if not isinstance(document, dict):
        raise InvalidInputError(f"The body is {_short(document)}.", hint="Send one JSON object.")
    return cast("dict[str, Any]", document)


def _output_max(operation: str, document: Mapping[str, Any]) -> int | None:
    limits: list[int] = []
    for name in _OUTPUT_MAX[operation]:
        value = document.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise InvalidInputError(f"`{name}` is {_short(value)}.", hint="It is a whole number of tokens.")
        limits.append(value)
    return min(limits, default=None)


def _choices(document: Mapping[str, Any]) -> int:
    """How many answers are written at once: each may be as long as the limit says."""
    n, best_of = document.get("n"), document.get("best_of")
    if n is None and best_of is None:
        return 1
    return max((1, *(value for value in (n, best_of) if isinstance(value, int))))


def _user(dialect: Dialect, document: Mapping[str, Any]) -> str:
    if dialect is Dialect.ANTHROPIC:
        metadata = document.get("metadata")
        return _text(cast("dict[str, Any]", metadata), "user_id") if isinstance(metadata, dict) else ""
    return _text(document, "safety_identifier") or _text(document, "user")


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value[:_ID_MAX] if isinstance(value, str) else ""


def _header(headers: Mapping[bytes, bytes], name: bytes) -> str:
    value = headers.get(name)
    return "" if value is None else value.decode("utf-8", "replace").strip()[:_ID_MAX]


def _short(value: object) -> str:
    """What kind of thing a value is; never what it says, which may be somebody's text."""
    if value is None or isinstance(value, (bool, int, float)):
        return f"{value}"[:40]
    return {"str": "a text", "list": "a list", "dict": "an object"}.get(type(value).__name__, "something else")
