"""A door evaluates within its budget, and says of how many answers its numbers are."""

from __future__ import annotations

import pytest

from evenkeel.observe.evaluators import evaluate
from evenkeel.observe.evaluators.evaluating import (
    EVALUATED,
    FAILED,
    OVER_BUDGET,
    WINDOW_S,
    Evaluating,
    EvaluationClocks,
)
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.observe.evaluators.policy import EvaluationPolicy, EvaluationTable

EXCHANGE = Exchange("How long?", (), "Two days.")


class Bench:
    """A door whose clocks the test turns: each answer takes `cost_s` of the processor."""

    def __init__(self, table: EvaluationTable, cost_s: float = 0.0) -> None:
        self.now_s, self.cpu_s, self.cost_s = 0.0, 0.0, cost_s
        self.door = Evaluating(lambda: table, EvaluationClocks(lambda: self.now_s, self._used))

    def _used(self) -> float:
        self.cpu_s += self.cost_s  # what is between two looks
        return self.cpu_s

    def take(self, count: int, begin: int = 0) -> list[dict[str, float]]:
        ids = [b"%d" % number for number in range(begin, begin + count)]
        return [self.door.evaluate("bot", request_id, EXCHANGE) for request_id in ids]


def only_prompts(share: float = 1.0, cpu_ratio: float = 0.05) -> EvaluationTable:
    return EvaluationTable({"bot": EvaluationPolicy(("prompt",), share)}, cpu_ratio)


def test_an_answer_has_its_numbers_and_says_that_it_was_evaluated() -> None:
    (found,) = Bench(only_prompts()).take(1)
    assert found == {EVALUATED: 1, "evenkeel.prompt.characters": 9, "evenkeel.prompt.words": 2}


def test_a_prompt_without_an_answer_counts_for_none() -> None:
    bench = Bench(only_prompts())
    assert EVALUATED not in bench.door.evaluate("bot", b"1", Exchange("How long?"))
    bench.door.charge({}, 1.0)
    assert bench.door.evaluate("bot", b"2", Exchange("How long?")) == {}


def test_the_share_that_was_asked_for_is_evaluated_and_the_rest_says_so() -> None:
    bench = Bench(only_prompts(share=0.25))
    found = bench.take(2_000)
    assert sum(each[EVALUATED] for each in found) == bench.door.counts["evaluated"]
    assert bench.door.counts["evaluated"] == pytest.approx(500, abs=80)
    assert bench.door.counts["not_asked"] == 2_000 - bench.door.counts["evaluated"]
    assert {} not in found


def test_a_flood_takes_no_more_than_the_budget_of_a_window() -> None:
    bench = Bench(only_prompts(), cost_s=0.01)
    found = bench.take(1_000)
    assert bench.door.counts["evaluated"] == round(0.05 * WINDOW_S / 0.01)
    assert found[-1] == {EVALUATED: 0, OVER_BUDGET: 1}


def test_after_a_flood_a_fair_share_is_evaluated_that_fits_the_budget() -> None:
    bench = Bench(only_prompts(), cost_s=0.0005)
    before = 0
    for window in range(20):
        before = bench.door.counts["evaluated"]
        for number in range(2_000):
            bench.now_s = WINDOW_S * (window + number / 2_000)
            bench.take(1, begin=2_000 * window + number)
    assert 0.08 <= bench.door.share <= 0.12  # a tenth of a second affords 200 of 2,000
    assert bench.door.counts["evaluated"] - before <= 200


def test_of_a_service_that_is_switched_off_nothing_is_said() -> None:
    bench = Bench(EvaluationTable({"bot": EvaluationPolicy(())}))
    assert bench.take(1) == [{}]
    assert bench.door.counts == {}


def test_an_evaluator_that_fails_is_counted_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Exchange) -> dict[str, float]:
        raise ZeroDivisionError

    failed: list[str] = []
    broken = evaluate.Evaluation({}, fail)
    monkeypatch.setitem(evaluate.EVALUATORS, "answer", broken)  # pyright: ignore[reportArgumentType] a dict
    table = EvaluationTable({"bot": EvaluationPolicy(("answer", "prompt"))})
    clocks = EvaluationClocks(lambda: 0.0, lambda: 0.0)
    door = Evaluating(lambda: table, clocks, lambda name, _: failed.append(name))
    found = door.evaluate("bot", b"1", EXCHANGE)
    assert (found[FAILED], found["evenkeel.prompt.words"], failed) == (1, 2, ["answer"])


def test_who_is_chosen_at_a_share_can_be_asked_before_there_is_an_answer() -> None:
    bench = Bench(only_prompts(share=0.5))
    chosen = [bench.door.chooses("bot", b"%d" % number) for number in range(100)]
    assert [bool(each[EVALUATED]) for each in bench.take(100)] == chosen


def test_what_an_earlier_window_took_leaves_nothing_out_of_this_one() -> None:
    bench = Bench(only_prompts())
    assert bench.door.chooses("bot", b"1")
    bench.door.charge({EVALUATED: 1}, 10.0)
    assert not bench.door.left_s() > 0
    bench.now_s = 1.1 * WINDOW_S
    assert bench.door.left_s() > 0
    bench.door.charge({EVALUATED: 1}, 10.0)  # of an answer that was begun before; nothing was chosen since
    bench.now_s = 2.2 * WINDOW_S
    before = bench.door.share
    assert bench.door.left_s() > 0
    assert bench.door.share < 2 * before
