"""What can be asked of the gateway, by method and path (SPEC GW-1).

A service is named by its key, by the header `x-evenkeel-service`, or in front of any of these paths:
`/services/NAME/v1/chat/completions`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from evenkeel.gateway.routes.model import Dialect
from evenkeel.kernel.facts import fact

_SERVICE: Final = re.compile(r"/services/([^/]+)(/.*)")
_V2: Final = re.compile(r"/v2(?:/health/(?:live|ready)|/models/[^/]+(?:/versions/[^/]+)?(/ready|/infer)?)?")
_MODEL: Final = re.compile(r"/v1/models(?:/[^/]+){0,4}")
#: URLs that are remembered: callers name parts of them, so there may be any number.
_URLS_MAX: Final = 256
#: Segments that a server takes for a way up: they would lead out of what may be asked.
_UPWARDS: Final = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


@fact
class Operation:
    """One thing that can be asked."""

    name: str  # chat, text_completion, embeddings, responses, messages, count_tokens, invocations, infer, metadata
    dialect: Dialect
    method: str
    path: str  # at the upstream, from its base on
    service: str = ""  # named in the path

    @property
    def is_inference(self) -> bool:
        """Whether a model answers: what is metered, limited and judged."""
        return self.name not in ("metadata", "count_tokens")

    @property
    def can_stream(self) -> bool:
        """Whether text is written: its length is not known before, and it may come as a stream."""
        return self.name in ("chat", "text_completion", "responses", "messages")


_POSTS: Final = {
    "/v1/chat/completions": ("chat", Dialect.OPENAI),
    "/v1/completions": ("text_completion", Dialect.OPENAI),
    "/v1/embeddings": ("embeddings", Dialect.OPENAI),
    "/v1/responses": ("responses", Dialect.OPENAI),
    "/v1/messages": ("messages", Dialect.ANTHROPIC),
    "/v1/messages/count_tokens": ("count_tokens", Dialect.ANTHROPIC),
    "/invocations": ("invocations", Dialect.MLFLOW),
}
_GETS: Final = {"/ping": Dialect.MLFLOW, "/health": Dialect.MLFLOW, "/version": Dialect.MLFLOW}
#: What an error names when nothing is at a path.
KNOWN: Final = (*_POSTS, "/v1/models", "/v2/models/MODEL/infer")


def split_service(path: str) -> tuple[str, str]:
    """(service named in front of a path, the rest of the path).

    >>> split_service("/services/support%20bot/v1/models")
    ('support bot', '/v1/models')
    >>> split_service("/v1/models")
    ('', '/v1/models')
    """
    found = _SERVICE.fullmatch(path)
    return (unquote(found[1]), found[2]) if found else ("", path)


@lru_cache(maxsize=_URLS_MAX)
def find_operation(method: str, path: str, *, speaks_anthropic: bool = False) -> Operation | None:
    """What `method` and `path`, as it was sent, ask for; None when there is no such thing.

    `speaks_anthropic` decides the paths that two dialects share.

    >>> find_operation("POST", "/services/bot/v1/chat/completions").service
    'bot'
    >>> find_operation("GET", "/v2/models/churn/ready").name
    'metadata'
    >>> find_operation("GET", "/v1/chat/completions"), find_operation("GET", "/v1/models/%2e./files")
    (None, None)
    """
    service, path = split_service(path)
    if _UPWARDS.search(path):
        return None
    if method == "POST":
        if path in _POSTS:
            name, dialect = _POSTS[path]
            return Operation(name, dialect, method, path, service)
        found = _V2.fullmatch(path)
        if found and found[1] == "/infer":
            return Operation("infer", Dialect.V2, method, path, service)
        return None
    if method != "GET":
        return None
    if path in _GETS:
        return Operation("metadata", _GETS[path], method, path, service)
    if _MODEL.fullmatch(path):
        return Operation("metadata", Dialect.ANTHROPIC if speaks_anthropic else Dialect.OPENAI, method, path, service)
    found = _V2.fullmatch(path)
    if found and found[1] != "/infer":
        return Operation("metadata", Dialect.V2, method, path, service)
    return None


@lru_cache(maxsize=_URLS_MAX)
def target_url(base: str, path: str, query: str) -> str:
    """Where an upstream with that base takes a path. A part that both name is not doubled.

    >>> target_url("https://api.openai.com/v1", "/v1/chat/completions", "")
    'https://api.openai.com/v1/chat/completions'
    >>> target_url("https://api.anthropic.com", "/v1/messages", "beta=true")
    'https://api.anthropic.com/v1/messages?beta=true'
    >>> target_url("https://ml.example.org/churn/invocations", "/invocations", "")
    'https://ml.example.org/churn/invocations'
    """
    for shared in ("/v1", "/v2", "/invocations"):
        if base.endswith(shared) and (path == shared or path.startswith(shared + "/")):
            base = base[: -len(shared)]
            break
    return f"{base}{path}?{query}" if query else f"{base}{path}"
