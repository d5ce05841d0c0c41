"""A double of Anthropic's API.

Source: platform.claude.com/docs/en/api: messages, errors, versioning, migration-2026-10-21.

Example:
    >>> with anthropic_upstream() as up:
    ...     up.url.startswith("http://127.0.0.1:") and not up.url.endswith("/v1")
    True
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Final, cast

from evenkeel.testing.upstreams.anthropic_messages import answer_messages, blocks_of, read_messages
from evenkeel.testing.upstreams.dialect import Answer, RefusedError, Seen, Voice, json_answer, named_event
from evenkeel.testing.upstreams.server import Certificate, Upstream
from evenkeel.testing.upstreams.trouble import Trouble

VERSIONS: Final = ("2023-01-01", "2023-06-01", "2026-10-21")
#: From this version on, nobody may say how it is sampled, nor send documents in the assistant's messages (migration
#: guide of that version). It is also since then that the official clients send their key as a bearer's.
SAMPLING_GONE_SINCE: Final = "2026-10-21"
#: HTTP status -> type of the error.
KINDS: Final[dict[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class Anthropic:
    """The dialect. With `models` no other model is known; with `key` no other key is good."""

    def __init__(self, models: tuple[str, ...] | None = None, key: str | None = None) -> None:
        self.base = ""
        self._models = models
        self._key = key
        self._numbers = itertools.count(1)

    def answer(self, seen: Seen, voice: Voice, trouble: Trouble) -> Answer:
        """The answer to a request. Raises RefusedError."""
        self._check_headers(seen.headers)
        if seen.path not in ("/v1/messages", "/v1/messages/count_tokens"):
            raise self._refused(404, f"Not found: {seen.path}")
        if seen.method != "POST":
            raise self._refused(405, "Method Not Allowed")
        document = self._read(seen)
        if seen.path == "/v1/messages/count_tokens":
            return json_answer({"input_tokens": read_messages(document).tokens_in})
        limit = document.get("max_tokens")
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise self._refused(400, "max_tokens: Field required" if limit is None else "max_tokens: no number above 0")
        return answer_messages(document, voice, trouble, next(self._numbers))

    def error(self, status: int, message: str) -> Answer:
        """A failure in Anthropic's words."""
        document = {"type": "error", "error": {"type": KINDS.get(status, "api_error"), "message": message}}
        return json_answer({**document, "request_id": "req_double"}, status, {"request-id": "req_double"})

    def error_event(self, message: str) -> bytes:
        """A failure in the midst of a stream."""
        document = {"type": "error", "error": {"type": "overloaded_error", "message": message}}
        return named_event("error", document).data

    def _refused(self, status: int, message: str) -> RefusedError:
        return RefusedError(self.error(status, message))

    def _check_headers(self, headers: Mapping[str, str]) -> None:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        key = headers.get("x-api-key") or (bearer if scheme == "Bearer" else "")  # the official client sends this
        if not key:
            raise self._refused(401, "x-api-key header is required")
        if self._key is not None and key != self._key:
            raise self._refused(401, "invalid x-api-key")
        version = headers.get("anthropic-version")
        if version is None:
            raise self._refused(400, "anthropic-version: header is required")
        if version not in VERSIONS:
            raise self._refused(400, f"anthropic-version: {version!r} is not a valid version")

    def _read(self, seen: Seen) -> Mapping[str, Any]:
        if not isinstance(seen.document, dict):
            raise self._refused(400, "The request body is not valid JSON")
        document = cast("dict[str, Any]", seen.document)
        model, messages = document.get("model"), document.get("messages")
        if not isinstance(model, str) or not model:
            raise self._refused(400, "model: Field required")
        if self._models is not None and model not in self._models:
            raise self._refused(404, f"model: {model}")
        if not isinstance(messages, list) or not messages:
            raise self._refused(400, "messages: Field required")
        if seen.headers["anthropic-version"] >= SAMPLING_GONE_SINCE:
            self._check_newer(document)
        return document

    def _check_newer(self, document: Mapping[str, Any]) -> None:
        for name in ("temperature", "top_p", "top_k"):
            if name in document:
                raise self._refused(400, f"{name}: Extra inputs are not permitted")
        for message in cast("list[dict[str, Any]]", document["messages"]):
            kinds = [block.get("type") for block in blocks_of(message.get("content"))]
            if message.get("role") == "assistant" and "document" in kinds:
                raise self._refused(400, "messages: document blocks are not permitted in assistant messages")


def anthropic_upstream(
    *,
    voice: Voice | None = None,
    models: tuple[str, ...] | None = None,
    key: str | None = None,
    certificate: Certificate | None = None,
) -> Upstream:
    """A double of Anthropic, started; a context manager that stops it."""
    return Upstream(Anthropic(models, key), voice, certificate)
