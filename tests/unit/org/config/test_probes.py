"""Probes as people configure them: what cannot be meant is refused, with the reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from evenkeel.observe.probes import expectations
from evenkeel.org.config import probes
from evenkeel.org.config.model import Config

FRONT: dict[str, Any] = {"service": "shop", "every": "30s", "http": {"url": "https://shop.example/healthz"}}
DAY = date(2026, 1, 1)  # as YAML reads 2026-01-01
ASK: dict[str, Any] = {"url": "https://shop.example/ask", "ask": "May I return shoes?"}


def read(**more: Any) -> Config:
    return Config.model_validate({"probes": {"front": FRONT | more}})


def test_a_probe_needs_no_more_than_a_service_and_an_address() -> None:
    probe = Config.model_validate({"probes": {"front": {"service": "shop", "http": FRONT["http"]}}}).probes["front"]
    assert (probe.environment, probe.every, probe.timeout, probe.vantage) == ("production", 30, 5.0, ("local",))
    assert probe.jitter_s == 3.0
    assert probe.is_of_availability


@pytest.mark.parametrize(
    ("every", "timeout", "jitter_s"), [("30s", "5 s", 3.0), ("5s", "4900 ms", 0.0), ("10s", "9500 ms", 0.3)]
)
def test_jitter_takes_a_tenth_as_far_as_there_is_room(every: str, timeout: str, jitter_s: float) -> None:
    assert read(every=every, timeout=timeout).probes["front"].jitter_s == pytest.approx(jitter_s)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"timeout": "30 s"}, "must be shorter than every"),
        ({"timeout": "31 s"}, "must be shorter than every"),
        ({"timeout": "20 s", "jitter": "11 s"}, "must fit into every"),
        ({"timeout": "50 %"}, "is no time; write e.g. 2 s or 500 ms"),
        ({"jitter": "10 %"}, "is no time; write e.g. 2 s or 500 ms"),
        ({"http": {"url": "https://shop.example", "expect": {"max_latency": "50 %"}}}, "is no time; write e.g. 2 s"),
        ({"http": None, "golden": ASK | {"answer_contains": ["a"], "max_latency": "5 %"}}, "is no time; write e.g. 2"),
        ({"every": "2d"}, "less than or equal to 86400"),
        ({"http": None}, "here is none"),
        ({"tls": {"host": "shop.example"}}, "here is http and tls"),
        ({"vantage": []}, "at least 1 item"),
        ({"vantage": ["two words"]}, "should match pattern"),
        ({"http": {"url": "ftp://shop.example"}}, "is no address"),
        ({"http": {"url": "https://"}}, "is no address"),
        ({"http": {"url": "https://shop.example/a b"}}, "is no address"),
        ({"http": {"url": "https://shop.example:99999/"}}, "is no address"),
        ({"http": {"url": "https://jo:secret@shop.example/"}}, "an address holds no password"),
        ({"http": {"url": "https://shop.example", "body": "{}"}}, "a GET sends no body"),
        ({"http": {"url": "https://shop.example", "method": "DELETE"}}, "should match pattern"),
        ({"http": {"url": "https://shop.example", "expect": {"body_matches": "("}}}, "is no regular expression"),
        (
            {"http": {"url": "https://shop.example", "expect": {"body_matches": "a{99999999999}"}}},
            "no regular exp",
        ),
        ({"http": {"url": "https://shop.example", "expect": {"body_matches": "(a+)+b"}}}, "would be tried for hours"),
        ({"http": {"url": "https://shop.example", "expect": {"body_matches": r"\w+\w+!"}}}, "side by side"),
        ({"http": {"url": "https://shop.example", "expect": {"json_equals": {"a": [DAY]}}}}, "is no JSON"),
        ({"http": {"url": "https://shop.example", "expect": {"json_equals": {"a": float("nan")}}}}, "is no JSON"),
        ({"http": None, "golden": ASK | {"body": {"day": DAY}, "answer_contains": ["a"]}}, "is no JSON"),
        ({"http": {"url": "https://shop.example", "method": "HEAD", "expect": {"body_contains": "a"}}}, "has no body"),
        ({"http": {"url": "https://a..example/"}}, "is no address"),
        ({"http": {"url": "https://./"}}, "is no address"),
        ({"http": {"url": "https://a.../"}}, "is no address"),
        ({"http": {"url": f"https://{'a' * 64}.example/"}}, "is no address"),
        ({"http": {"url": "https://[1]/"}}, "is no address"),
        ({"http": {"url": "https://a\0b/"}}, "is no address"),
        ({"http": {"url": "https://shop.example", "expect": {"status": [99]}}}, "greater than or equal to 100"),
        ({"http": {"url": "https://shop.example", "headers": {"Authorization": "Bearer abc"}}}, "is a secret"),
        ({"http": {"url": "https://shop.example", "headers": {"x-api-key": "abc"}}}, "is a secret"),
        ({"http": {"url": "https://shop.example", "headers": {"a: b": "c"}}}, "is no header"),
        ({"http": {"url": "https://shop.example", "headers": {"a": "b\r\nc: d"}}}, "is no header"),
        ({"http": None, "tls": {"host": "https://shop.example"}}, "should match pattern"),
        ({"http": None, "golden": ASK}, "name what must be found"),
        ({"http": None, "golden": ASK | {"documents": ["a"]}}, "documents need documents_path"),
        ({"http": None, "dependency": {"what": "llm"}}, "write either connect or http"),
        ({"http": None, "tls": {"host": "a..example"}}, "names no machine"),
        ({"http": None, "dependency": {"connect": "db:99999"}}, "names no port"),
        ({"http": None, "dependency": {"connect": "a..example:5432"}}, "names no machine"),
        ({"http": None, "dependency": {"connect": "db:5432", "http": FRONT["http"]}}, "write either connect or http"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused_with_the_reason(more: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        read(**more)


def test_secrets_are_named_by_variable_or_file_and_other_headers_are_plain() -> None:
    headers = {"Authorization": "Bearer env:SHOP_KEY", "X-Api-Key": "file:/run/secrets/key", "Accept": "text/plain"}
    found = read(http={"url": "https://shop.example", "headers": headers}).probes["front"].http
    assert found is not None
    assert found.headers == headers


def test_a_name_is_one_word() -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        Config.model_validate({"probes": {"two words": FRONT}})


@pytest.mark.parametrize(
    "kind",
    [
        {"tls": {"host": "shop.example"}},
        {"golden": ASK | {"answer_contains": ["14 days"]}},
        {"dependency": {"connect": "qdrant:6333"}},
    ],
    ids=str,
)
def test_certificates_answers_and_dependencies_are_no_availability(kind: dict[str, Any]) -> None:
    assert not read(http=None, **kind).probes["front"].is_of_availability


def test_as_much_of_a_body_is_searched_as_expressions_are_judged_for() -> None:
    assert probes.MATCHED_CHARACTERS_MAX == expectations.MATCHED_CHARACTERS_MAX
