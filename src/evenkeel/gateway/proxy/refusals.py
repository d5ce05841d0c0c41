"""Refusals in the caller's own dialect, so that its client raises the error it documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from evenkeel.gateway.routes.model import Dialect
from evenkeel.observe.events import jsontext

#: type of an OpenAI error object, by status.
_OPENAI: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
    414: "invalid_request_error",
    415: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    431: "invalid_request_error",
}
#: type of an Anthropic error object, by status.
_ANTHROPIC: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    413: "request_too_large",
    414: "invalid_request_error",
    415: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    431: "invalid_request_error",
    503: "overloaded_error",
    504: "timeout_error",
}
#: What MLflow's scoring server calls it.
_MLFLOW: Final = {400: "BAD_REQUEST", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "RESOURCE_DOES_NOT_EXIST"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer: a fact and the next step, never anybody's content."""

    status: int
    code: str  # ours, stable: kill_switch, budget_exceeded, no_route, upstream_timeout …
    message: str
    retry_after_s: float | None = None
    is_worth_retrying: bool | None = None  # None: as clients decide by themselves


def body(refusal: Refusal, dialect: Dialect) -> bytes:
    """The error object of that dialect, as JSON."""
    return jsontext.dump(_document(refusal, dialect))


def headers(refusal: Refusal, length: int) -> list[tuple[bytes, bytes]]:
    """Headers of the answer that refuses. `x-should-retry` is what the official clients obey."""
    made = [
        (b"content-type", b"application/json"),
        (b"content-length", str(length).encode()),
        (b"x-evenkeel-error", refusal.code.encode()),
    ]
    if refusal.retry_after_s is not None:
        made.append((b"retry-after", str(max(1, round(refusal.retry_after_s + 0.499))).encode()))
    if refusal.is_worth_retrying is not None:
        made.append((b"x-should-retry", b"true" if refusal.is_worth_retrying else b"false"))
    if refusal.status == 401:
        made.append((b"www-authenticate", b"Bearer"))
    return made


def stream_event(refusal: Refusal, dialect: Dialect, operation: str) -> bytes:
    """The event that ends a stream which has begun, in the form that the dialect's clients raise as an error."""
    if dialect is Dialect.ANTHROPIC:
        return b"event: error\ndata: " + body(refusal, dialect) + b"\n\n"
    if operation == "responses":
        event = {"type": "error", "code": refusal.code, "message": refusal.message, "param": None}
        return b"event: error\ndata: " + jsontext.dump(event) + b"\n\n"
    return b"data: " + body(refusal, dialect) + b"\n\n"


def _document(refusal: Refusal, dialect: Dialect) -> dict[str, object]:
    match dialect:
        case Dialect.ANTHROPIC:
            kind = _ANTHROPIC.get(refusal.status, "api_error")
            return {"type": "error", "error": {"type": kind, "message": refusal.message, "code": refusal.code}}
        case Dialect.MLFLOW:
            kind = _MLFLOW.get(refusal.status, "INTERNAL_ERROR")
            return {"error_code": kind, "message": refusal.message, "code": refusal.code}
        case Dialect.V2:
            return {"error": refusal.message, "code": refusal.code}
        case Dialect.OPENAI:
            kind = _OPENAI.get(refusal.status, "server_error")
            return {"error": {"message": refusal.message, "type": kind, "param": None, "code": refusal.code}}
