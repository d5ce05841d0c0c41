"""What people said as trials: the rate is the corrected one, and its lower bound holds while people still rate."""

from __future__ import annotations

import random

import pytest

from evenkeel.judge.evaluations.model import FLAGGED, PASSED, USUAL, Evaluation, Item, Rating, Stratum
from evenkeel.judge.evaluations.weighing import rate_by_people
from evenkeel.kernel.stats.clusters import TIME_HITS_MIN, lower_share

GROUNDED = next(each for each in USUAL if each.name == "grounded")


def asked(*strata: Stratum) -> Evaluation:
    return Evaluation("e", "production", "bot", "t", (GROUNDED,), strata, 0, 1, 1, "jo", found=2_000, seed=1)


def said(item: Item, value: float, rater: str = "jo") -> Rating:
    return Rating(f"{item.id} {rater}", item.id, rater, 1, {"grounded": value})


def test_an_answer_weighs_as_many_as_it_stands_for_and_one_that_two_disagree_on_is_half_bad() -> None:
    evaluation = asked(Stratum(FLAGGED, 200, 20, FLAGGED), Stratum(PASSED, 1_800, 30, PASSED), Stratum("none", 50, 5))
    items = [
        Item(f"{part}{n}", n, part, 1)
        for part, drawn in ((FLAGGED, 20), (PASSED, 30), ("none", 5))
        for n in range(drawn)
    ]
    ratings = [said(item, float(item.stratum == PASSED)) for item in items]
    ratings.append(said(items[0], 1.0, "bo"))
    found = rate_by_people(evaluation, GROUNDED, items, ratings)
    assert found.missing == 0
    assert found.answers == 2_000
    assert found.trials.rows == 50
    assert sum(found.trials.bad) / sum(found.trials.total) == pytest.approx(0.1 * 19.5 / 20)
    assert found.figure.value == pytest.approx(0.1 * 19.5 / 20)


def test_without_a_judge_ten_labels_and_one_of_each_part_must_be_there() -> None:
    items = [Item(str(n), n, "en", 1) for n in range(12)]
    evaluation = asked(Stratum("en", 100, 12), Stratum("de", 5, 5))
    assert rate_by_people(evaluation, GROUNDED, items, []).missing == 10
    assert rate_by_people(evaluation, GROUNDED, items, [said(each, 1.0) for each in items]).missing == 1


def test_the_lower_bound_is_beyond_the_truth_no_more_often_than_it_may_however_often_one_looks() -> None:
    """Labels of marked answers are eight times as dense as of others; looked at after each ten of them."""
    chance, wrong, runs = random.Random(7), 0, 200
    evaluation = asked(Stratum(FLAGGED, 200, 80, FLAGGED), Stratum(PASSED, 1_800, 90, PASSED))
    truth = 0.1 * 0.5 + 0.9 * 0.04
    for _ in range(runs):
        items = [Item(f"{part}{n}", 0, part, 1) for part, drawn in ((FLAGGED, 80), (PASSED, 90)) for n in range(drawn)]
        chance.shuffle(items)
        ratings = [said(item, float(chance.random() >= (0.5 if item.stratum == FLAGGED else 0.04))) for item in items]
        for n in range(40, 171, 10):
            found = rate_by_people(evaluation, GROUNDED, items, ratings[:n]).trials
            if lower_share(found.total, found.bad, 0.05, hits_min=TIME_HITS_MIN) > truth:
                wrong += 1
                break
    assert wrong / runs <= 0.05
