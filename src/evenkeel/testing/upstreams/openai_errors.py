"""Failures in OpenAI's words: `{"error": {message, type, param, code}}`.

Source: platform.openai.com/docs/guides/error-codes.
"""

from __future__ import annotations

from typing import Any, Final

from evenkeel.testing.upstreams.dialect import Answer, RefusedError, json_answer

#: HTTP status -> (type, code).
KINDS: Final[dict[int, tuple[str, str | None]]] = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    503: ("service_unavailable_error", None),
}


def error_document(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The error object of a status."""
    kind, usual = KINDS.get(status, ("server_error", None))
    return {"error": {"message": message, "type": kind, "param": param, "code": code or usual}}


def error_answer(status: int, message: str, param: str | None = None, code: str | None = None) -> Answer:
    """The answer with it."""
    return json_answer(error_document(status, message, param, code), status)


def invalid(message: str, param: str | None, code: str | None) -> RefusedError:
    """400, to raise."""
    return RefusedError(error_answer(400, message, param, code))
