"""Answers are divided, enough of each part are drawn at random, and dealt to whoever asks."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from evenkeel.judge.evaluations.drawing import (
    OTHERS,
    STRATA_MAX,
    Wish,
    choose_next,
    divide,
    draw_items,
    expected_half_width,
    list_strata,
    plan_draw,
)
from evenkeel.judge.evaluations.model import Candidate, Dimension, Item, Lease, Rating
from evenkeel.kernel.errors import InvalidInputError


def test_parts_too_small_to_stand_alone_are_put_together_but_verdicts_never() -> None:
    candidates = [
        Candidate(f"{version} {n}", 0, version=str(version), verdict="flagged" if n % 2 else "passed")
        for version in range(40)
        for n in range(4 if version else 100)
    ]
    parts = divide(candidates, [Dimension.VERSION, Dimension.JUDGE])
    assert set(parts.values()) == {f"{verdict} · {part}" for verdict in ("flagged", "passed")
                                   for part in ("version 0", OTHERS)}  # fmt: skip
    assert len(set(divide(candidates, [Dimension.VERSION]).values())) <= STRATA_MAX


def test_days_divide_by_date_and_nothing_at_all_is_one_part() -> None:
    candidates = [Candidate("a", 0), Candidate("b", 86_400_000_000)]
    assert divide(candidates, [Dimension.DAY]) == {"a": "1970-01-01", "b": "1970-01-02"}
    assert divide(candidates, []) == {"a": "all", "b": "all"}


def test_the_plan_gives_the_interval_asked_for_or_says_that_all_do_not() -> None:
    plan = plan_draw({"a": 1_000, "b": 3_000}, Wish(half_width=0.05, expected_bad=0.1))
    assert plan.half_width <= 0.0515
    assert not plan.is_all
    fewer = {name: n - 10 for name, n in plan.answers.items()}
    assert expected_half_width(fewer, plan.there, 0.1) > plan.half_width
    small = plan_draw({"a": 30}, Wish(half_width=0.05))
    assert (small.total, small.is_all) == (30, True)
    assert plan_draw({"a": 30}, Wish(answers=500)).total == 30


def test_nothing_to_draw_from_and_too_much_to_rate_are_errors() -> None:
    with pytest.raises(InvalidInputError, match="no answer to draw from"):
        plan_draw({}, Wish())
    with pytest.raises(InvalidInputError, match="Allow a wider interval"):
        plan_draw({"a": 10_000_000}, Wish(half_width=0.005))
    with pytest.raises(InvalidInputError, match="Ask for 1 to"):
        plan_draw({"a": 10}, Wish(answers=0))


def test_every_answer_of_a_part_has_the_same_chance_and_the_order_tells_nothing() -> None:
    candidates = [Candidate(str(n), 0, version="old" if n < 10 else "new") for n in range(40)]
    parts = divide(candidates, [Dimension.VERSION])
    plan = plan_draw(Counter(parts.values()), Wish(answers=25))
    drawn, first = Counter[str](), Counter[str]()
    for seed in range(2_000):
        items = draw_items(candidates, parts, plan, Random(seed), twice=0.2)
        assert [item.position for item in items] == list(range(25))
        assert sum(item.raters == 2 for item in items) == 5
        drawn.update(item.id for item in items)
        first[items[0].stratum] += 1
    new = [drawn[str(n)] for n in range(10, 40)]
    assert max(new) - min(new) < 250  # of about 1,000 each, five standard deviations either side
    strata = {each.name: each for each in list_strata(candidates, parts, plan)}
    share = strata["version old"].drawn / 25
    assert abs(first["version old"] / 2_000 - share) < 0.06


def test_what_somebody_skipped_goes_to_one_other_and_then_to_nobody() -> None:
    item = Item("a", 0, "all", 1)
    skips = [Rating("1", "a", "jo", 1, reason="x")]
    assert choose_next([item], skips, [], "jo", 2) is None
    assert choose_next([item], skips, [], "bo", 2) == item
    assert choose_next([item], [*skips, Rating("2", "a", "bo", 2, reason="x")], [], "cy", 3) is None


def test_an_answer_before_somebody_is_not_dealt_again_unless_it_takes_two() -> None:
    lease = Lease("a", "jo", 10)
    assert choose_next([Item("a", 0, "all", 1)], [], [lease], "bo", 9) is None
    assert choose_next([Item("a", 0, "all", 2)], [], [lease], "bo", 9) is not None
    assert choose_next([Item("a", 0, "all", 1)], [], [lease], "bo", 10) is not None


def test_a_skip_that_was_corrected_by_a_rating_is_none() -> None:
    item = Item("a", 0, "all", 1)
    said = [Rating("1", "a", "jo", 1, reason="x"), Rating("2", "a", "jo", 2, {"q": 1.0}, corrects="1")]
    assert choose_next([item], said, [], "bo", 3) is None
    twice = [Rating("1", "a", "jo", 1, reason="x"), Rating("2", "a", "jo", 2, reason="y", corrects="1")]
    assert choose_next([item], twice, [], "bo", 3) == item  # one person skipped it, who changed the reason


def test_a_part_has_a_verdict_only_where_answers_are_divided_by_it() -> None:
    some = [Candidate(f"de{n}", 0, language="de", verdict="passed") for n in range(12)]
    some += [Candidate(f"en{n}", 0, language="en", verdict="flagged" if n % 2 else "passed") for n in range(40)]
    for by, verdicts in (([Dimension.LANGUAGE], {""}), ([Dimension.JUDGE], {"flagged", "passed"})):
        parts = divide(some, by)
        plan = plan_draw(Counter(parts.values()), Wish(answers=25))
        assert {each.verdict for each in list_strata(some, parts, plan)} == verdicts
