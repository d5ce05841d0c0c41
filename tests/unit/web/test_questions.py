"""What is asked most, over the API and on the view: shares with intervals, no word where no text is kept."""

from __future__ import annotations

import json
from typing import Any

from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.observe.evaluators.evaluate import evaluate
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.org.access.model import Scope

API = "/api/v1/questions?service=production/bot&span=24h"
VIEW = "/services/production/bot?tab=quality&view=answers"
REFUND = [f"Where is my refund for order {n}?" for n in range(12)]
RESET = ["How do I reset my password?", "My password, how to reset it?"] * 3
ALONE = ["Do you sell ladders in Ulm?", "May I bring seven cats?"]


def ask(world: Any, prompts: list[str], answer: str, *, keeps_texts: bool = False, people: int = 100) -> None:
    """Questions that were evaluated at the door."""
    now_us = world.clock.now_us()
    events: list[dict[str, Any]] = []
    for n, prompt in enumerate(prompts):
        numbers = evaluate(Exchange(prompt, (), answer), ["answer", "questions"])
        texts = {"prompt": prompt, "output": answer} if keeps_texts else {}
        attributes = json.dumps({**numbers, **texts, "evenkeel.evaluation.evaluated": 1})
        events.append(world.feeder.event(at=now_us - (n + 1) * US_PER_SECOND, attributes=attributes, caller=n % people))
    world.feeder.fold(*events)
    world.judge()


def test_the_largest_groups_are_told_with_how_they_were_answered_and_without_a_word(world: Any) -> None:
    ask(world, REFUND, "I don't know.")
    ask(world, [*RESET, *ALONE], "Click on reset.")
    client = world.program(Scope.READ)
    found = client.get(API).json
    assert (found["questions"], found["grouped"]) == (20, 20)
    first, second = found["groups"]
    assert (first["questions"], second["questions"]) == (12, 6)
    assert first["share"]["low"] < first["share"]["value"] == 0.6 < first["share"]["high"]
    assert (first["figures"]["dont_know"]["value"], second["figures"]["dont_know"]["value"]) == (1.0, 0.0)
    assert first["figures"]["unsupported"]["value"] is None
    assert found["in_other_groups"] == 2
    assert first["words"] == []
    page = world.person().get(VIEW).text
    for words in ("What is asked most", "Group 1", "no word of them is kept"):
        assert words in page


def test_where_texts_are_kept_a_group_is_named_by_words_that_five_people_used_and_by_no_number(world: Any) -> None:
    ask(world, [*REFUND, *RESET, *ALONE], "So.", keeps_texts=True)
    first, second = world.program(Scope.READ).get(API).json["groups"]
    assert set(first["words"]) == {"refund", "order"}
    assert set(second["words"]) >= {"reset", "password"}
    assert "refund" in world.person().get(VIEW).text


def test_what_four_people_say_over_and_over_names_no_group(world: Any) -> None:
    ask(world, REFUND, "So.", keeps_texts=True, people=4)
    (group,) = world.program(Scope.READ).get(API).json["groups"]
    assert (group["questions"], group["words"]) == (12, [])


def test_few_alike_questions_are_in_no_group(world: Any) -> None:
    ask(world, ALONE, "So.")
    found = world.program(Scope.READ).get(API).json
    assert (found["groups"], found["says"]) == ([], "Of 2 questions no 5 are alike.")
