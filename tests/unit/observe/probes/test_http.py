"""HTTP probes against a real server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from evenkeel.kernel.errors import NotFoundError
from evenkeel.observe.probes.http import ask_http
from evenkeel.observe.probes.model import HttpTarget, Result
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.system import SystemClock


def ask(target: HttpTarget, **environment: str) -> Result:
    return asyncio.run(ask_http(target, Secrets(environment), SystemClock(), 5.0))


def test_a_probe_says_how_long_the_answer_took(site: Any) -> None:
    site.on("/healthz", 200, b'{"status": "ok"}')
    found = ask(HttpTarget(f"{site.url}/healthz", json_equals={"status": "ok"}))
    assert (found.outcome, found.status_code) == ("good", 200)
    assert found.latency_s is not None
    assert 0 < found.latency_s < 5


def test_secrets_are_sent_and_appear_in_no_result(site: Any) -> None:
    site.on("/", 401, b"no")
    found = ask(HttpTarget(site.url, headers={"authorization": "Bearer env:KEY"}), KEY="s3cret")
    assert site.seen[0][2]["authorization"] == "Bearer s3cret"
    assert found.reason == "http_401"
    assert "s3cret" not in repr(found)


def test_without_its_secret_nothing_is_asked(site: Any) -> None:
    with pytest.raises(NotFoundError, match="KEY"):
        ask(HttpTarget(site.url, headers={"authorization": "Bearer env:KEY"}))
    assert site.seen == []
