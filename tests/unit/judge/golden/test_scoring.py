"""Runs of golden queries are scored by the measures of the house, and compared query by query."""

from __future__ import annotations

import random

import pytest

from evenkeel.judge.golden.model import Answered, Answers, GoldenQuery, Scored
from evenkeel.judge.golden.scoring import MEASURES, Outcome, compare_runs, decide_gate, measure_run, score
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.retrieval import Query, measure_retrieval

QUERIES = {
    "q": GoldenQuery("q", {"a": 3.0, "b": 1.0}),
    "r": GoldenQuery("r", {"c": 1.0}),
    "s": GoldenQuery("s", {"d": 1.0}),
    "t": GoldenQuery("t", {"e": 1.0}),
}


def run(**retrieved: tuple[str, ...]) -> Answers:
    return Answers({name: Answered(name, found) for name, found in retrieved.items()})


def test_what_is_odd_about_a_run_is_named_and_nothing_is_skipped() -> None:
    answers = Answers(
        {
            "q": Answered("q", ("x", "a", "a")),
            "r": Answered("r"),
            "s": Answered("s", failed="timeout"),
            "z": Answered("z", ("a",)),
        },
        repeated=("q",),
    )
    found = score(QUERIES, answers)
    assert found.gains == {"q": (0.0, 3.0, 0.0), "r": (), "s": ()}
    assert (found.missing, found.unknown, found.repeated) == (("t",), ("z",), ("q",))
    assert (found.empty, found.failed, found.repeated_documents) == (("r",), {"s": "timeout"}, ("q",))
    assert found.is_partial
    hit = measure_run(QUERIES, found, 5)["hit_rate"]
    assert (hit.value, hit.n) == (1 / 3, 3)  # a call that failed found nothing, as its user would have


def test_the_measures_are_those_of_the_library() -> None:
    found = score(QUERIES, run(q=("b", "x", "a"), r=("c",), s=("x",), t=("x", "y", "e")))
    queries = [Query(found.gains[name], tuple(QUERIES[name].relevant.values())) for name in QUERIES]
    measured = measure_run(QUERIES, found, 2)
    assert measured == {name: measure_retrieval(queries, each, 2) for name, each in MEASURES.items()}
    assert measured["recall"].value == pytest.approx((0.5 + 1 + 0 + 0) / 4)


def test_a_run_beside_itself_differs_by_nothing_with_an_interval_around_it() -> None:
    found = score(QUERIES, run(q=("a",), r=("c",), s=("x",), t=("e",)))
    for change in compare_runs(QUERIES, found, found, 5).values():
        assert change.value == 0.0
        assert change.low is not None
        assert change.high is not None
        assert change.low < 0.0 < change.high


def test_only_queries_of_both_runs_are_compared() -> None:
    now, before = score(QUERIES, run(q=("a",), r=("x",))), score(QUERIES, run(q=("x",), s=("d",)))
    assert compare_runs(QUERIES, now, before, 5)["hit_rate"].n == 1
    assert compare_runs(QUERIES, now, score(QUERIES, run(t=("e",))), 5)["mrr"].reason is Reason.NO_ROWS


def test_intervals_of_differences_hold_the_true_one() -> None:
    """300 pairs of runs whose true difference of MRR is known: 95 % intervals hold it in at least 93 %."""
    chance, held, n = random.Random(7), 0, 120
    queries = {str(each): GoldenQuery(str(each), {"a": 1.0}) for each in range(n)}
    places = [(1.0,), (0.0, 1.0), (0.0, 0.0, 1.0), (0.0,)]
    values = [1.0, 1 / 2, 1 / 3, 0.0]
    weights = ([5, 2, 2, 1], [4, 3, 1, 2])
    true = sum(values[i] * (weights[0][i] - weights[1][i]) / 10 for i in range(4))
    for _ in range(300):
        now, before = (
            Scored(dict(zip(queries, chance.choices(places, weight, k=n), strict=True))) for weight in weights
        )
        change = compare_runs(queries, now, before, 5)["mrr"]
        assert change.low is not None
        assert change.high is not None
        held += change.low <= true <= change.high
    assert held >= 0.93 * 300


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (Figure(-0.01, -0.04, 0.02, 500, ""), Outcome.PASS),
        (Figure(-0.01, -0.06, 0.04, 50, ""), Outcome.UNKNOWN),
        (Figure(-0.2, -0.3, -0.1, 50, ""), Outcome.WORSE),
        (Figure.absent(Reason.NO_ROWS, ""), Outcome.UNKNOWN),
    ],
)
def test_only_what_the_interval_excludes_is_settled(change: Figure, outcome: Outcome) -> None:
    assert decide_gate(change, 5.0).outcome is outcome
