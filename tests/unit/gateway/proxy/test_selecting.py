"""Simple requests go to a cheaper model; the record says what was asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.proxy import selecting
from evenkeel.gateway.proxy.asking import Ask, read_ask
from evenkeel.gateway.proxy.operations import find_operation
from evenkeel.gateway.proxy.selecting import AskedFacts
from evenkeel.gateway.routes.model import ModelRule, Route
from evenkeel.gateway.routes.select import select_model
from evenkeel.testing.upstreams import Voice, openai_upstream

SHORT = ModelRule("short", "gpt-4o-mini", characters_max=20, has_tools=False)
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "one two three"}]}


def test_the_cheaper_model_answers_and_both_names_are_recorded(gateway: Any) -> None:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url), models=(SHORT,))
        headers = gateway.ask(document=ASKED)[1]
        gateway.ask(document={**ASKED, "tools": [{"type": "function", "function": {"name": "f"}}]})
        models = [seen.document["model"] for seen in double.tally.requests]
        first, second = gateway.ledger.rows("request", 2)
    assert models == ["gpt-4o-mini", "gpt-4o"]
    assert headers["x-evenkeel-model-rule"] == "short"
    assert '"evenkeel.model_asked":"gpt-4o"' in first["attributes"]
    assert '"evenkeel.model_rule":"short"' in first["attributes"]
    assert "evenkeel.model_rule" not in second["attributes"]
    assert (first["model"], second["model"]) == ("gpt-4o-mini", "gpt-4o")


def asked(document: dict[str, Any]) -> Ask:
    operation = find_operation("POST", "/v1/chat/completions")
    assert operation is not None
    return read_ask(operation, {}, json.dumps(document).encode())


@pytest.mark.parametrize(("zone", "minute"), [("UTC", 540), ("Asia/Tokyo", 1_080)])
def test_times_are_those_of_the_organisation(zone: str, minute: int) -> None:
    facts = AskedFacts(asked(ASKED), 540 * 60_000_000, zone, None, None)
    assert facts.minute_of_day == minute


def test_the_language_is_that_of_the_newest_text_of_the_user() -> None:
    turns = [
        {"role": "system", "content": "You are a helpful assistant of this shop."},
        {"role": "user", "content": "What do you have in stock for the winter?"},
        {"role": "assistant", "content": "We have boots and coats, and they are all very warm."},
        {"role": "user", "content": [{"type": "text", "text": "Und was kosten die Stiefel bei euch?"}]},
        {"role": "tool", "content": "The price is 80 for all of them, and there are 4 left."},
    ]
    assert AskedFacts(asked({"model": "m", "messages": turns}), 0, "UTC", None, None).language == "de"
    assert AskedFacts(asked({"model": "m", "messages": turns[:1]}), 0, "UTC", None, None).language is None


def test_nothing_is_looked_up_that_no_rule_comes_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(selecting, "detect_language", looked.append)
    route = Route("production", "bot", (), models=(ModelRule("r", "small", has_tools=True, languages=frozenset("en")),))
    assert select_model(route, AskedFacts(asked(ASKED), 0, "nowhere", None, None)) is None
    assert looked == []


def test_a_rule_goes_by_the_language_and_what_the_key_may_ask_for(gateway: Any) -> None:
    gateway.allow("narrow", service="bot", models=frozenset({"gpt-4o"}))
    german = {**ASKED, "messages": [{"role": "user", "content": "Wie kann ich meine Rechnung herunterladen?"}]}
    rule = ModelRule("german", "gpt-4o-mini", languages=frozenset({"de"}))
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url), models=(rule,))
        gateway.ask(document=german)
        gateway.ask(document=ASKED)
        gateway.ask(document=german, authorization="Bearer narrow")
        models = [seen.document["model"] for seen in double.tally.requests]
    assert models == ["gpt-4o-mini", "gpt-4o", "gpt-4o"]


def test_a_rule_goes_by_what_is_left_of_the_tightest_budget(gateway: Any) -> None:
    rule = ModelRule("saving", "own-model", budget_left_max_ratio=0.6)
    long = {"model": "own-dear", "messages": ASKED["messages"], "max_tokens": 500}
    with openai_upstream(voice=Voice(words=500)) as double:
        gateway.route(gateway.upstream("u", double.url, provider=""), models=(rule,))
        gateway.ask(document=long)  # under no limit of money
        caps = {"tight": (Holder.KEY, 20_000_000), "wide": (Holder.SERVICE, 10**12)}
        gateway.limit(
            *(Limit(name, who, "*", Measure.MONEY, Period.EVER, cap, "USD") for name, (who, cap) in caps.items())
        )
        answers = [gateway.ask(document=long) for _ in range(2)]
        models = [seen.document["model"] for seen in double.tally.requests]
        assert [answer[0] for answer in answers] == [200, 200], answers
        rows = gateway.ledger.rows("attempt", 3)
    assert models == ["own-dear", "own-dear", "own-model"]
    used = 3 * 1_000 + 500 * 2_000
    assert [row["cost_nano"] for row in rows] == [10 * used, 10 * used, used]
    assert [json.loads(row["attributes"]).get("evenkeel.asked_cost_nano") for row in rows] == [None, None, 10 * used]


def test_an_upstream_that_names_its_model_itself_saves_nothing(gateway: Any) -> None:
    with openai_upstream() as double:
        upstream = gateway.upstream("u", double.url, provider="", model="own-model")
        gateway.route(upstream, models=(ModelRule("r", "own-model"),))
        gateway.ask(document={**ASKED, "model": "own-dear"})
        (row,) = gateway.ledger.rows("attempt")
    told = json.loads(row["attributes"])
    assert (told["evenkeel.model_rule"], told["evenkeel.asked_cost_nano"]) == ("r", row["cost_nano"])


def test_a_key_for_some_models_gets_no_other_by_naming_two(gateway: Any) -> None:
    gateway.allow("narrow", service="bot", models=frozenset({"gpt-4o"}))
    body = b'{"model": "gpt-5", "model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}'
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        assert gateway.ask(document=body, authorization="Bearer narrow")[0] == 200
        assert double.tally.requests[0].body.count(b"model") == 1
