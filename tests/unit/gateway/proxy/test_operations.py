"""Paths, and what they ask for."""

from __future__ import annotations

import pytest

from evenkeel.gateway.proxy.operations import find_operation, split_service, target_url
from evenkeel.gateway.routes.model import Dialect


@pytest.mark.parametrize(
    ("method", "path", "name", "dialect"),
    [
        ("POST", "/v1/chat/completions", "chat", Dialect.OPENAI),
        ("POST", "/v1/completions", "text_completion", Dialect.OPENAI),
        ("POST", "/v1/embeddings", "embeddings", Dialect.OPENAI),
        ("POST", "/v1/responses", "responses", Dialect.OPENAI),
        ("POST", "/v1/messages", "messages", Dialect.ANTHROPIC),
        ("POST", "/v1/messages/count_tokens", "count_tokens", Dialect.ANTHROPIC),
        ("POST", "/invocations", "invocations", Dialect.MLFLOW),
        ("GET", "/ping", "metadata", Dialect.MLFLOW),
        ("GET", "/v1/models", "metadata", Dialect.OPENAI),
        ("GET", "/v1/models/meta/llama-3.1", "metadata", Dialect.OPENAI),
        ("GET", "/v2", "metadata", Dialect.V2),
        ("GET", "/v2/health/ready", "metadata", Dialect.V2),
        ("GET", "/v2/models/churn/versions/3", "metadata", Dialect.V2),
        ("GET", "/v2/models/churn/ready", "metadata", Dialect.V2),
        ("POST", "/v2/models/churn/infer", "infer", Dialect.V2),
        ("POST", "/v2/models/churn/versions/3/infer", "infer", Dialect.V2),
    ],
)
def test_every_path_is_found_also_behind_a_service(method: str, path: str, name: str, dialect: Dialect) -> None:
    for service, before in (("", ""), ("support bot", "/services/support%20bot")):
        found = find_operation(method, before + path)
        assert found is not None
        assert (found.name, found.dialect, found.path, found.service) == (name, dialect, path, service)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/chat/completions"),
        ("POST", "/v1/models"),
        ("DELETE", "/v1/models/x"),
        ("POST", "/v2/models/churn"),
        ("GET", "/v2/models/churn/infer"),
        ("POST", "/v1/files"),
        ("GET", "/v1/models/../files"),
        ("GET", "/v1/models/%2E%2e/files"),
        ("GET", "/v2/models/./ready"),
        ("GET", "/services/bot"),
        ("GET", "/"),
    ],
)
def test_anything_else_is_nothing(method: str, path: str) -> None:
    assert find_operation(method, path) is None


def test_models_of_anthropic_are_told_by_the_header() -> None:
    found = find_operation("GET", "/v1/models", speaks_anthropic=True)
    assert found is not None
    assert found.dialect is Dialect.ANTHROPIC


def test_what_is_metered_and_what_can_stream() -> None:
    chat, models = find_operation("POST", "/v1/chat/completions"), find_operation("GET", "/v1/models")
    assert chat is not None
    assert models is not None
    assert (chat.is_inference, chat.can_stream) == (True, True)
    assert (models.is_inference, models.can_stream) == (False, False)


def test_a_service_is_unquoted_and_the_rest_is_not() -> None:
    assert split_service("/services/a%2Fb/v2/models/c%2Fd/ready") == ("a/b", "/v2/models/c%2Fd/ready")


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        ("http://a/v1", "/v1/models", "http://a/v1/models"),
        ("http://a", "/v1/models", "http://a/v1/models"),
        ("http://a/openai/v1", "/v1/models", "http://a/openai/v1/models"),
        ("http://a/v2", "/v2", "http://a/v2"),
        ("http://a/v1", "/invocations", "http://a/v1/invocations"),
    ],
)
def test_an_upstream_is_found_with_and_without_its_version_in_the_base(base: str, path: str, url: str) -> None:
    assert target_url(base, path, "") == url
    assert target_url(base, path, "a=1") == f"{url}?a=1"
