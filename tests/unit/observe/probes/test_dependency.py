"""Dependency probes against real ports."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from evenkeel.observe.probes.dependency import ask_dependency
from evenkeel.observe.probes.model import DependencyTarget, HttpTarget, Result
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.system import SystemClock


def ask(target: DependencyTarget) -> Result:
    return asyncio.run(ask_dependency(target, Secrets(), SystemClock(), 5.0))


def test_a_port_that_takes_connections_is_enough(deaf: int) -> None:
    found = ask(DependencyTarget("vector_database", "127.0.0.1", deaf))
    assert found.outcome == "good"
    assert found.latency_s is not None


def test_a_port_at_which_nothing_listens_is_not(closed: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        ask(DependencyTarget("vector_database", "127.0.0.1", closed))


def test_a_health_page_is_asked_as_any_other(site: Any) -> None:
    site.on("/v1/models", 401, b"")
    assert ask(DependencyTarget("llm", request=HttpTarget(f"{site.url}/v1/models"))).reason == "http_401"
    assert ask(DependencyTarget("llm", request=HttpTarget(f"{site.url}/v1/models", statuses=(401,)))).outcome == "good"
