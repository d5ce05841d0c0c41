"""The name table of the dialects (SPEC OBS-1)."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from evenkeel.observe.otlp import dialects
from evenkeel.observe.otlp.dialects import (
    CONTENT,
    FIELDS,
    PERSONAL,
    RANK_BITS,
    RANK_MASK,
    REST,
    NameTable,
    load_names,
)

TABLE: dict[str, Any] = tomllib.loads(
    files("evenkeel.observe.otlp").joinpath("dialects.toml").read_text(encoding="utf-8")
)


def fresh() -> NameTable:
    load_names.cache_clear()
    return load_names()


def test_every_field_of_the_table_is_read_and_every_field_read_is_in_the_table() -> None:
    assert set(TABLE["fields"]) == set(FIELDS)


def test_no_attribute_means_two_things() -> None:
    names = [name for names in TABLE["fields"].values() for name in names]
    names += TABLE["content"]["names"] + TABLE["personal"]["names"]
    assert len(names) == len(set(names))


def test_places_keep_the_order_of_trust_and_fit_their_bits() -> None:
    names = fresh()
    for field, attributes in TABLE["fields"].items():
        assert len(attributes) <= RANK_MASK + 1, "more names than a rank can tell apart"
        found = [names.places[attribute] for attribute in attributes]
        assert [place & RANK_MASK for place in found] == list(range(len(attributes)))
        assert {FIELDS[place >> RANK_BITS] for place in found} == {field}


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("input.value", CONTENT),
        ("gen_ai.input.messages", CONTENT),
        ("llm.input_messages.3.message.content", CONTENT),
        ("user.email", PERSONAL),
        ("app.tenant", REST),
        ("", REST),
    ],
)
def test_other_keys_are_content_personal_or_the_rest(key: str, place: int) -> None:
    names = fresh()
    assert (names.places[key] if key in names.places else names.learn(key)) == place


def test_what_is_learned_is_bounded_in_number_and_length(monkeypatch: pytest.MonkeyPatch) -> None:
    names = fresh()
    monkeypatch.setattr(dialects, "_LEARNED_MAX", len(names.places) + 10)
    known = len(names.places)
    for number in range(100):
        assert names.learn(f"app.{number}") == REST
    assert names.learn("x" * 1_000_000) == REST
    assert len(names.places) == known + 10
    assert max(map(len, names.places)) < 300
    load_names.cache_clear()


@pytest.mark.parametrize(
    ("scope", "dialect"),
    [
        ("openinference.instrumentation.openai", "openinference"),
        ("litellm", "litellm"),
        ("pydantic-ai", "pydantic-ai"),
        ("openlit.otel.tracing", "openlit"),
        ("evenkeel.gateway", "evenkeel"),
        ("anything.else", "otel-genai"),
        ("", "otel-genai"),
    ],
)
def test_a_scope_speaks_one_dialect(scope: str, dialect: str) -> None:
    assert load_names().dialect_of(scope).name == dialect


def test_a_gateway_is_believed_before_a_client_and_a_client_before_a_framework() -> None:
    ranks = {dialect.name: dialect.rank for _, dialect in load_names().scopes}
    assert ranks["evenkeel"] <= ranks["litellm"] < ranks["otel-genai"] < ranks["pydantic-ai"]
