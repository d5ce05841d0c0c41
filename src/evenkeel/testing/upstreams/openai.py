"""A double of OpenAI's API. Source: platform.openai.com/docs/api-reference.

Example:
    >>> with openai_upstream() as up:
    ...     up.url.startswith("http://127.0.0.1:") and up.url.endswith("/v1")
    True
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Final, cast

from evenkeel.testing.upstreams.dialect import Answer, RefusedError, Seen, Voice, data_event, json_answer
from evenkeel.testing.upstreams.openai_chat import CREATED_S, answer_chat, answer_completion
from evenkeel.testing.upstreams.openai_embeddings import answer_embeddings
from evenkeel.testing.upstreams.openai_errors import error_answer, error_document, invalid
from evenkeel.testing.upstreams.openai_responses import answer_response
from evenkeel.testing.upstreams.server import Certificate, Upstream
from evenkeel.testing.upstreams.trouble import Trouble

MODELS: Final = ("gpt-4o", "gpt-4o-mini", "gpt-5-mini", "text-embedding-3-small")


class OpenAI:
    """The dialect. With `models` no other model is known; with `key` no other key is good."""

    def __init__(self, models: tuple[str, ...] | None = None, key: str | None = None) -> None:
        self.base = "/v1"
        self._models = models
        self._key = key
        self._numbers = itertools.count(1)
        self._operations = {
            "/v1/chat/completions": answer_chat,
            "/v1/completions": answer_completion,
            "/v1/embeddings": answer_embeddings,
            "/v1/responses": answer_response,
        }

    def answer(self, seen: Seen, voice: Voice, trouble: Trouble) -> Answer:
        """The answer to a request. Raises RefusedError."""
        self._check_key(seen.headers.get("authorization", ""))
        if seen.path == "/v1/models" or seen.path.startswith("/v1/models/"):
            return self._answer_models(seen)
        operation = self._operations.get(seen.path)
        if operation is None:
            raise RefusedError(error_answer(404, f"Invalid URL ({seen.method} {seen.path})", code="unknown_url"))
        if seen.method != "POST":
            raise RefusedError(error_answer(405, f"Not allowed to {seen.method} on {seen.path}."))
        return operation(self._read(seen), voice, trouble, next(self._numbers))

    def error(self, status: int, message: str) -> Answer:
        """A failure in OpenAI's words."""
        return error_answer(status, message)

    def error_event(self, message: str) -> bytes:
        """A failure in the midst of a stream."""
        return data_event(error_document(500, message)).data

    def _check_key(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        if scheme != "Bearer" or not key:
            raise RefusedError(error_answer(401, "You didn't provide an API key."))
        if self._key is not None and key != self._key:
            raise RefusedError(error_answer(401, "Incorrect API key provided."))

    def _read(self, seen: Seen) -> Mapping[str, Any]:
        document = seen.document
        if not isinstance(document, dict):
            raise invalid("We could not parse the JSON body of your request.", None, None)
        known = cast("dict[str, Any]", document)
        model = known.get("model")
        if not isinstance(model, str) or not model:
            raise invalid("you must provide a model parameter", None, None)
        self._check_model(model)
        return known

    def _check_model(self, model: str) -> None:
        if self._models is not None and model not in self._models:
            raise RefusedError(
                error_answer(404, f"The model `{model}` does not exist or you do not have access to it.")
            )

    def _answer_models(self, seen: Seen) -> Answer:
        models = [{"id": name, "object": "model", "created": CREATED_S, "owned_by": "openai"}
                  for name in self._models or MODELS]  # fmt: skip
        name = seen.path.removeprefix("/v1/models").strip("/")
        if not name:
            return json_answer({"object": "list", "data": models})
        found = next((model for model in models if model["id"] == name), None)
        if found is None:
            raise RefusedError(error_answer(404, f"The model '{name}' does not exist", "model"))
        return json_answer(found)


def openai_upstream(
    *,
    voice: Voice | None = None,
    models: tuple[str, ...] | None = None,
    key: str | None = None,
    certificate: Certificate | None = None,
) -> Upstream:
    """A double of OpenAI, started; a context manager that stops it."""
    return Upstream(OpenAI(models, key), voice, certificate)
