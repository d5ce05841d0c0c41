"""The shape of a configuration: every key known, every value as people write it, the schema says the same."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from evenkeel.org.config.fields import Section
from evenkeel.org.config.model import Config, json_schema
from evenkeel.store.telemetry.upkeep import KEEP_DAYS

INDICATORS = ("error_rate", "latency_p95")
GOOD: list[dict[str, Any]] = [
    {},
    {"services": {"bot": {}}},
    {"services": {"bot": {"kind": "rag", "content": "on", "heartbeat_every": "1m", "judged": True}}},
    {"services": {"bot": {"capacity": {"requests_per_minute": 600}}}},
    {"services": {"bot": {"objectives": {"error_rate": {"target": "0.1 %", "alert": 0.005, "page": "5m"}}}}},
    {"prices": {"own": {"input": 0, "output": 0.4, "since": "2026-01-01"}}},
    {"retention": {"events": 60}},
    {"org": {"timezone": "Europe/Berlin", "fiscal_year_start": 4}},
    {"admission": {"environments": ["production", "beta"], "require_ai": False}},
    {
        "probes": {
            "front": {"service": "shop", "every": "30s", "timeout": "5 s", "http": {"url": "https://shop.example/"}}
        }
    },
    {"sources": {"prometheus": {"url": "http://localhost:9090", "token": "env:TOKEN", "every": "1m"}}},
]
BAD: list[dict[str, Any]] = [
    {"service": {}},
    {"services": {"bot": {"knd": "rag"}}},
    {"services": {"bot": {"kind": "spam"}}},
    {"services": {"bot": {"capacity": {"requests_per_minute": 0}}}},
    {"services": {"bot": {"heartbeat_every": "often"}}},
    {"services": {"bot": {"objectives": {"error_rate": {"target": "much"}}}}},
    {"services": {"bot": {"objectives": {"error_rate": {"target": -1}}}}},
    {"prices": {"own": {"input": -1, "output": 1}}},
    {"prices": {"own": {"input": 1, "output": 1, "currency": "usd"}}},
    {"prices": {"own": {"input": 1, "output": 1, "since": "January"}}},
    {"retention": {"events": 0}},
    {"retention": {"events": 36_501}},
    {"org": {"fiscal_year_start": 13}},
    {"probes": {"front": {"service": "shop", "htp": {"url": "https://shop.example/"}}}},
    {"probes": {"front": {"service": "shop", "tls": {"host": "shop.example", "port": 0}}}},
    {"sources": {"prometheus": {"url": "http://localhost:9090", "token": "s3cret"}}},
]

#: What a key cannot be given without, beside those that are always required.
GO_WITH: dict[tuple[str, str], dict[str, Any]] = {
    ("SourceSliConfig", "name"): {"raw": "up"},
    ("SourceSliConfig", "raw_is"): {"raw": "up"},
    ("SourceSliConfig", "good"): {"total": "all"},
    ("SourceSliConfig", "bad"): {"total": "all"},
    ("SourceSliConfig", "total"): {"bad": "some"},
    **{("ChannelConfig", key): {"type": "pagerduty", "routing_key": "env:K"} for key in ("routing_key", "base_url")},
    ("ChannelConfig", "type"): {"type": "slack", "url": "env:U"},
    ("ChannelConfig", "api_key"): {"type": "opsgenie"},
    **{("ChannelConfig", key): {"type": "slack", "token": "env:T", "channel": "C1"} for key in ("token", "channel")},
    **{("ChannelConfig", key): {"type": "webhook", "url": "https://hooks.example"} for key in ("url", "secret")},
    **{
        ("ChannelConfig", key): {"type": "email", "to": ["a@b.example"], "sender": "c@b.example", "host": "mx.example"}
        for key in ("to", "sender", "host", "port", "tls", "username", "password")
    },
}


@pytest.mark.parametrize("document", GOOD, ids=str)
def test_what_is_right_is_read_and_the_schema_agrees(document: dict[str, Any]) -> None:
    Config.model_validate(document)
    jsonschema.validate(document, json_schema(INDICATORS))


@pytest.mark.parametrize("document", BAD, ids=str)
def test_what_is_wrong_is_refused_and_the_schema_agrees(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema(INDICATORS))


def test_the_schema_is_one_and_knows_the_indicators() -> None:
    schema = json_schema(INDICATORS)
    jsonschema.Draft202012Validator.check_schema(schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"services": {"bot": {"objectives": {"latncy_p95": {}}}}}, schema)


def test_every_key_is_described() -> None:
    for name, section in {"Config": json_schema(()), **json_schema(())["$defs"]}.items():
        for key, value in section["properties"].items():
            assert value.get("description") or "$ref" in value, f"{name}.{key}"


def test_an_unknown_time_zone_is_refused_with_an_example() -> None:
    with pytest.raises(ValidationError, match=r"is no time zone; write one of the IANA names, e\.g\. Europe/Berlin"):
        Config.model_validate({"org": {"timezone": "Mars/Olympus"}})


@pytest.mark.parametrize(("name", "longest"), [("page", "2d"), ("verdict", "8d")])
@pytest.mark.parametrize("length", ["59s", 30, "longest"])
def test_a_window_that_cannot_be_judged_is_refused(name: str, longest: str, length: object) -> None:
    document = {"services": {"bot": {"objectives": {"error_rate": {name: longest if length == "longest" else length}}}}}
    with pytest.raises(ValidationError, match=r"is no window .* write 1m to 1d"):
        Config.model_validate(document)
    for allowed in ("1m", "60s", "24h", "1d"):
        document["services"]["bot"]["objectives"]["error_rate"][name] = allowed
        Config.model_validate(document)


def test_retention_defaults_are_those_of_the_store() -> None:
    kept = Config().retention.model_dump()
    assert kept.pop("uploaded_texts") == 30  # of records, not of telemetry
    assert kept == dict(KEEP_DAYS)


def test_a_configuration_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Config().org.timezone = "Europe/Berlin"  # type: ignore[misc]


#: What must stand beside any one key, in sections whose keys depend on each other.
TOGETHER: dict[str, dict[str, Any]] = {
    "ProbeConfig": {"tls": {"host": "shop.example"}},
    "HttpProbeConfig": {"method": "POST"},
    "GoldenProbeConfig": {"answer_contains": ["14 days"], "documents_path": "sources.*.id"},
    "DependencyProbeConfig": {"connect": "qdrant.internal:6333"},
    "LimitConfig": {"currency": "EUR"},
}


def all_sections(section: type[Section]) -> list[type[Section]]:
    return [section, *(below for child in section.__subclasses__() for below in all_sections(child))]


@pytest.mark.parametrize("name", ["Config", *json_schema(())["$defs"]])
def test_every_key_but_those_of_sections_shows_examples_that_are_valid(name: str) -> None:
    section = next(section for section in all_sections(Section) if section.__name__ == name)
    needed = {key: field.examples[0] for key, field in section.model_fields.items() if field.is_required()}
    for key, field in section.model_fields.items():
        assert field.examples or "Config" in str(field.annotation), f"{name}.{key} shows no example"
        for example in field.examples or ():
            section.model_validate(
                needed | TOGETHER.get(name, {}) | GO_WITH.get((name, key), {}) | {field.alias or key: example}
            )
