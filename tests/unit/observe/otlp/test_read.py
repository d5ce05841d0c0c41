"""Reading one span's attributes: bounded, whatever is in them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from evenkeel.observe.events.context import ATTRIBUTES_MAX, CONTENT_MAX, TEXT_MAX, TOKENS_MAX
from evenkeel.observe.otlp import dialects as of
from evenkeel.observe.otlp.dialects import load_names
from evenkeel.observe.otlp.read import Attributes, plain

Make = Callable[[str, Any], KeyValue]


def read(*attributes: KeyValue, with_content: bool = False) -> Attributes:
    return Attributes(attributes, load_names(), with_content=with_content)


def test_the_most_trustworthy_name_wins_in_any_order(make_attribute: Make) -> None:
    new = make_attribute("gen_ai.usage.input_tokens", 7)
    old = make_attribute("gen_ai.usage.prompt_tokens", 5)
    assert read(new, old).count(of.TOKENS_IN) == read(old, new).count(of.TOKENS_IN) == 7


def test_an_empty_value_leaves_the_field_to_a_less_trusted_name(make_attribute: Make) -> None:
    found = read(make_attribute("gen_ai.provider.name", ""), make_attribute("gen_ai.system", "openai"))
    assert found.text(of.PROVIDER) == "openai"


def test_zero_is_a_value(make_attribute: Make) -> None:
    assert read(make_attribute("gen_ai.usage.input_tokens", 0)).count(of.TOKENS_IN) == 0


@pytest.mark.parametrize(("value", "count"), [("12", 12), (3.0, 3), (True, 1), (TOKENS_MAX, TOKENS_MAX), ("0", 0)])
def test_counts_are_read_from_what_means_a_count(make_attribute: Make, value: Any, count: int) -> None:
    found = read(make_attribute("gen_ai.usage.input_tokens", value))
    assert (found.count(of.TOKENS_IN), found.findings) == (count, [])


@pytest.mark.parametrize("value", [-1, TOKENS_MAX + 1, math.nan, math.inf, "many", "9" * 5_000, ["x", "y"], 1e300])
def test_counts_that_cannot_be_are_findings(make_attribute: Make, value: Any) -> None:
    found = read(make_attribute("gen_ai.usage.input_tokens", value))
    assert (found.count(of.TOKENS_IN), found.findings) == (None, ["bad_tokens_in"])


@pytest.mark.parametrize("value", [math.nan, -math.inf, "fast", ["x"]])
def test_numbers_that_cannot_be_are_findings(make_attribute: Make, value: Any) -> None:
    found = read(make_attribute("gen_ai.server.ttft", value))
    assert (found.number(of.TTFT_S), found.findings) == (None, ["bad_ttft_s"])


def test_texts_are_bounded_and_of_a_list_the_first_counts(make_attribute: Make) -> None:
    assert read(make_attribute("gen_ai.request.model", "m" * 1_000)).text(of.MODEL) == "m" * 256
    assert read(make_attribute("gen_ai.response.finish_reasons", ["length", "stop"])).text(of.FINISH) == "length"
    assert read(make_attribute("gen_ai.response.finish_reasons", [])).text(of.FINISH) is None
    assert read(make_attribute("gen_ai.request.model", 7)).text(of.MODEL) == "7"


def test_a_long_text_is_cut_with_a_finding(make_attribute: Make) -> None:
    found = read(make_attribute("app.note", "x" * 10_000), make_attribute("app.more", "y" * 10_000))
    assert (found.rest["app.note"], found.findings) == ("x" * TEXT_MAX, ["text_cut"])


def test_content_is_read_only_where_somebody_looks_at_it(make_attribute: Make) -> None:
    question = make_attribute("input.value", "q" * (CONTENT_MAX + 1))
    assert read(question).content == {}
    assert read(question, with_content=True).content == {"input.value": "q" * CONTENT_MAX}
    assert read(question).rest == {}


def test_content_in_lists_is_read_as_json(make_attribute: Make) -> None:
    parts = make_attribute("gen_ai.input.tags", ["a", "b"])
    assert read(parts, with_content=True).content == {"gen_ai.input.tags": '["a","b"]'}


def test_more_attributes_than_are_kept_are_cut_with_a_finding(make_attribute: Make) -> None:
    found = read(*(make_attribute(f"a{n}", n) for n in range(10_000)))
    assert (len(found.rest), found.findings) == (ATTRIBUTES_MAX, ["attributes_cut"])


def test_every_kind_of_value_has_a_plain_one() -> None:
    deep = AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key="a", value=AnyValue(bool_value=True))]))
    many = AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=n) for n in range(1_000)]))
    assert plain(AnyValue()) is None
    assert plain(deep) == {"a": True}
    assert plain(many) == list(range(ATTRIBUTES_MAX))
    assert plain(AnyValue(bytes_value=b"\x00\xff")) == "00ff"
    assert len(plain(AnyValue(bytes_value=bytes(1_000_000)))) == TEXT_MAX
    assert [plain(AnyValue(double_value=x)) for x in (math.nan, math.inf, -math.inf)] == ["nan", "inf", "-inf"]


def test_content_in_lists_and_objects_is_as_long_as_content_in_text_and_what_is_kept_is_not(
    make_attribute: Make,
) -> None:
    said = KeyValueList(values=[KeyValue(key="content", value=AnyValue(string_value="x" * 10_000))])
    message = AnyValue(array_value=ArrayValue(values=[AnyValue(kvlist_value=said)]))
    found = read(KeyValue(key="gen_ai.output.messages", value=message), with_content=True)
    assert found.content["gen_ai.output.messages"].count("x") == 10_000
    other = read(KeyValue(key="app.messages", value=message))
    assert str(other.rest["app.messages"]).count("x") <= TEXT_MAX
    assert read(make_attribute("app.text", "x" * 10_000)).rest["app.text"] == "x" * TEXT_MAX


def test_nobody_from_outside_speaks_for_a_judge(make_attribute: Make) -> None:
    claimed = [make_attribute(f"evenkeel.retrieval.judge.found.{name}", 1) for name in ("hit", "mrr")]
    found = read(*claimed, make_attribute("evenkeel.judge.found.flagged", 0), make_attribute("team", "a"))
    assert (found.rest, found.findings) == ({"team": "a"}, ["judge_claimed"])


def test_a_name_that_only_embeddings_make_is_left_out_and_said(make_attribute: Make) -> None:
    found = read(make_attribute("feature.embedding:q/norm", 1.0), make_attribute("feature.age", 3))
    assert (found.rest, found.findings) == ({"feature.age": 3}, ["reserved_name"])
