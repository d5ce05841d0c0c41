"""How good the found contexts are, on the view, over the API: from judges, from citations, or unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from evenkeel.judge.model_judges.model import ModelJudge
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.observe.evaluators.evaluate import evaluate
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.org.access.model import Scope
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.upstreams.dialect import Voice
from evenkeel.testing.upstreams.openai import openai_upstream

API = "/api/v1/answers?service=production/bot&span=24h"


def answer(world: Any, *answers: str) -> None:
    """Answers with three contexts each, evaluated at the door, whose texts are stored."""
    now_us = world.clock.now_us()
    events: list[dict[str, Any]] = []
    for n, text in enumerate(answers):
        numbers = evaluate(Exchange("Why?", ("a", "b", "c"), text))
        texts = {f"retrieval.documents.{place}.document.content": name for place, name in enumerate("abc")}
        attributes = json.dumps(
            {**numbers, **texts, "prompt": "Why?", "output": text, "evenkeel.evaluation.evaluated": 1}
        )
        events.append(world.feeder.event(at=now_us - (n + 1) * US_PER_SECOND, attributes=attributes))
    world.feeder.fold(*events)
    world.judge()


def test_without_a_judge_or_a_citation_it_is_unknown(world: Any) -> None:
    answer(world, "Two days.", "Three.")
    found = world.program(Scope.READ).get(API).json["retrieval"]
    assert (found["with_contexts"], found["sources"], found["documents"]["value"]) == (2, [], 3.0)
    assert "how good they are is unknown" in found["says"]


def test_citations_are_a_weak_sign_with_an_interval_and_what_cites_nothing_is_left_out(world: Any) -> None:
    answer(world, "So [2].", "So [1].", "So [7].", "So.")
    found = world.program(Scope.READ).get(API).json["retrieval"]
    (source,) = found["sources"]
    hit = source["figures"]["hit_rate"]
    assert (hit["value"], hit["n"]) == (2 / 3, 3)
    assert hit["low"] < 2 / 3 < hit["high"]
    assert source["figures"]["mrr"]["value"] == 0.5
    assert source["figures"]["ndcg"]["n"] == 2  # of the one that cites nothing that is there, it is unknown
    assert found["cited_missing"]["value"] == 1 / 3
    assert "a weak sign" in found["says"]
    page = world.person().get("/services/production/bot?tab=quality&view=answers").text
    for words in ("Retrieved contexts", "Cited in the answer", "Recall is unknown from traffic"):
        assert words in page


def test_a_judge_of_contexts_gives_the_figures_and_failures_are_no_zeros(world: Any) -> None:
    answer(world, "Two days.", "Three.", "Four.")
    with openai_upstream(voice=Voice(text='{"reason": "", "relevant": [2]}')) as upstream:
        bot = ServiceKey("production", "bot")
        judge = ModelJudge("found", upstream.url, "m", "sk-any", "Helps it?", (bot,), 1.0, 60.0, 500, 10**6, 5.0, 2)
        world.judging.append(replace(judge, about="contexts"))
        assert world.judges.run("found", 2).passed == 2
        upstream.voice = Voice(text="what?")
        assert world.judges.run("found").failed == {"malformed": 1}
    for batch in world.emitted:
        world.feeder.fold(
            *(dict(zip(batch.columns, row, strict=True)) for row in zip(*batch.columns.values(), strict=True))
        )
    client = world.program(Scope.READ)
    found = client.get(API).json["retrieval"]
    (source,) = found["sources"]
    figures = source["figures"]
    assert (source["name"], figures["hit_rate"]["value"], figures["hit_rate"]["n"]) == ("found", 1.0, 2)
    assert figures["mrr"]["value"] == 0.5
    assert abs(figures["precision"]["value"] - 1 / 3) < 1e-9
    assert "says found" in found["says"]
    (told,) = client.get("/api/v1/judges").json["judges"]
    assert told["services"][0]["says"].startswith("Finds nothing relevant in 0 %")
