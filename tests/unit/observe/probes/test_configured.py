"""From the configuration to probes."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.observe.probes.configured import configured_probes, probe_table
from evenkeel.observe.probes.model import (
    DependencyTarget,
    GoldenTarget,
    HttpTarget,
    Probe,
    Timing,
    TlsTarget,
    read_table,
)
from evenkeel.org.config.model import Config

URL = "https://shop.example/"


def only(**more: Any) -> Probe:
    given = {"service": "shop", "every": "30s", "timeout": "2 s", "jitter": "1 s", **more}
    (probe,) = configured_probes(Config.model_validate({"probes": {"front": given}}))
    return probe


def test_everything_that_is_said_of_a_request_reaches_the_probe() -> None:
    expect = {"status": [200], "body_contains": "a", "body_matches": "b", "json_equals": {"c": 1}, "max_latency": "1 s"}
    http = {"url": URL, "method": "POST", "body": "{}", "headers": {"x-key": "env:K"}, "redirects": 2, "verify": False,
            "ca_file": "/ca.pem", "expect": expect}  # fmt: skip
    probe = only(http=http, environment="staging", vantage=["local", "far"])
    target = HttpTarget(URL, "POST", {"x-key": "env:K"}, "{}", (200,), "a", "b", {"c": 1}, 1.0, 2, False, "/ca.pem")
    assert probe == Probe("front", "shop", "staging", target, Timing(30, 2, 1), ("local", "far"))


def test_a_question_is_put_into_every_text_of_the_body() -> None:
    body = {"messages": [{"role": "user", "content": "Q: {question}"}], "n": 1, "{question}": True}
    target = only(golden={"url": URL, "ask": 'Say "hi"', "body": body, "answer_contains": ["hi"]}).target
    assert isinstance(target, GoldenTarget)
    assert json.loads(target.request.body) == {
        "messages": [{"role": "user", "content": 'Q: Say "hi"'}], "n": 1, "{question}": True,
    }  # fmt: skip
    assert target.request.method == "POST"


def test_certificates_and_dependencies_have_their_targets() -> None:
    assert only(tls={"host": "shop.example", "days": 21}).target == TlsTarget("shop.example", 443, 21.0)
    connect = only(dependency={"what": "vector_database", "connect": "qdrant:6333"}).target
    assert connect == DependencyTarget("vector_database", "qdrant", 6333)
    asked = only(dependency={"what": "llm", "http": {"url": URL}}).target
    assert asked == DependencyTarget("llm", request=HttpTarget(URL))


def test_the_table_is_read_as_it_was_configured() -> None:
    config = Config.model_validate(
        {"probes": {"a": {"service": "s", "http": {"url": URL}}, "b": {"service": "s", "tls": {"host": "h"}}}}
    )
    assert read_table(json.loads(json.dumps(probe_table(config)))) == configured_probes(config)
