"""Evaluating at a door: of each answer the numbers, or why there are none, within the budget of one process.

Whoever asks gives the clocks. Windows are short, so that a flood takes little at a time; the share of the next window
is decided by what the last one took (`budget`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from evenkeel.observe.evaluators.budget import (
    EvaluationBudget,
    EvaluationSpent,
    decide_share,
    is_chosen,
    is_exhausted,
)
from evenkeel.observe.evaluators.evaluate import EVALUATORS, PREFIX
from evenkeel.observe.evaluators.exchange import Exchange
from evenkeel.observe.evaluators.policy import EvaluationTable

#: 1 for an answer that was evaluated, 0 for one that was here and left out: so each figure can say of how many it is.
EVALUATED: Final = f"{PREFIX}.evaluation.evaluated"
#: 1 for one that was left out to keep within the CPU budget.
OVER_BUDGET: Final = f"{PREFIX}.evaluation.over_budget"
#: How many evaluators failed on it; there is no such number where none did.
FAILED: Final = f"{PREFIX}.evaluation.failed"
#: The finding of an event that brought numbers of evaluators with texts that were looked at here.
CLAIMED: Final = "evaluation_claimed"
#: What can become of an answer, as it is counted: evaluated, left out for the budget, left out as configured; and how
#: many evaluators failed.
RESULTS: Final = ("evaluated", "over_budget", "not_asked", "failed")
#: Length of a window, seconds: at 5 % of a core a flood takes a tenth of a second at once.
WINDOW_S: Final = 2.0

_OWN: Final = tuple(f"{PREFIX}.{name}." for name in (*EVALUATORS, "evaluation"))
_SKIPPED: Final[Mapping[str, float]] = {EVALUATED: 0}
_OVER_BUDGET: Final[Mapping[str, float]] = {EVALUATED: 0, OVER_BUDGET: 1}


def put_beside(numbers: Mapping[str, float], told: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """(numbers that were made here and what an event says itself, whether something of it was left out).

    Where texts were looked at, nothing that is sent beside them speaks for an evaluator: not instead of a number, not
    where there is none. Without numbers, an event keeps what its sender made of texts that stay there.

    >>> put_beside({"evenkeel.answer.refusal": 1}, {"evenkeel.answer.refusal": 0, "evenkeel.answer.fine": 1, "a": 2})
    ({'evenkeel.answer.refusal': 1, 'a': 2}, True)
    >>> put_beside({}, {"evenkeel.answer.refusal": 0})
    ({'evenkeel.answer.refusal': 0}, False)
    """
    kept = {name: value for name, value in told.items() if not name.startswith(_OWN)} if numbers else told
    return {**numbers, **kept}, len(kept) < len(told)


@dataclass(frozen=True, slots=True)
class EvaluationClocks:
    """What time it is, and what this thread has used of the processor; both in seconds."""

    monotonic_s: Callable[[], float]
    cpu_s: Callable[[], float]


def ignore_failure(evaluator: str, error: Exception) -> None:
    """Take no note of it beyond the count."""
    del evaluator, error


class Evaluating:
    """The evaluators of one process. One thread asks; what it chose, another may `run`.

    >>> clocks = EvaluationClocks(monotonic_s=lambda: 0.0, cpu_s=lambda: 0.0)
    >>> doors = Evaluating(lambda: EvaluationTable({}), clocks)
    >>> found = doors.evaluate("bot", b"request", Exchange("How long?", (), "Two days."))
    >>> found["evenkeel.evaluation.evaluated"], found["evenkeel.answer.words"], doors.counts["evaluated"]
    (1, 2, 1)
    """

    def __init__(
        self,
        table: Callable[[], EvaluationTable],
        clocks: EvaluationClocks,
        on_failure: Callable[[str, Exception], None] = ignore_failure,
    ) -> None:
        self._table = table
        self._clocks = clocks
        self._on_failure = on_failure
        self._began_s = clocks.monotonic_s()
        self._spent_s = 0.0
        self._taken = self._cut = 0  # of those in the share: evaluated, and too many for this window
        self._share = 1.0
        self.counts = Counter[str]()  # by `RESULTS`

    @property
    def share(self) -> float:
        """Of the answers, which share the budget affords now."""
        return self._share

    def wants(self, service: str) -> bool:
        """Whether content of a service is looked at, at all."""
        return bool(self._table().of(service).evaluators)

    def chooses(self, service: str, request_id: bytes) -> bool:
        """Whether this answer is to be evaluated; what is left out is counted."""
        return not self._left_out(service, request_id)

    def evaluate(self, service: str, request_id: bytes, exchange: Exchange) -> dict[str, float]:
        """The numbers of an exchange by their full names; empty where nothing is evaluated of this service.

        An answer that is left out says so by a number. An evaluator that fails costs nobody an event.
        """
        if not self.wants(service):
            return {}
        left_out = self._left_out(service, request_id)
        if left_out:
            return {} if exchange.answer is None else dict(left_out)  # a prompt alone is no answer that is left out
        numbers, cpu_s = self.run(service, exchange)
        self.charge(numbers, cpu_s)
        return numbers

    def run(self, service: str, exchange: Exchange) -> tuple[dict[str, float], float]:
        """(numbers of an exchange that was chosen, CPU seconds they took). Changes nothing here: another thread may.

        Whoever runs it charges what it took.
        """
        began_s = self._clocks.cpu_s()
        made: dict[str, float] = {} if exchange.answer is None else {EVALUATED: 1}
        for name in self._table().of(service).evaluators:
            try:
                found = EVALUATORS[name].run(exchange)
            except Exception as error:  # noqa: BLE001 - texts are anybody's, and an event is worth more than a number
                made[FAILED] = made.get(FAILED, 0) + 1
                self._on_failure(name, error)
                continue
            made |= {f"{PREFIX}.{name}.{end}": number for end, number in found.items()}
        return made, max(0.0, self._clocks.cpu_s() - began_s)

    def cpu_s(self) -> float:
        """CPU seconds that the thread that asks has used so far."""
        return self._clocks.cpu_s()

    def charge(self, numbers: Mapping[str, float], cpu_s: float) -> None:
        """Count what was evaluated, and what that took."""
        self._spent_s += cpu_s
        self.counts["evaluated"] += int(numbers.get(EVALUATED, 0))
        self.counts["failed"] += int(numbers.get(FAILED, 0))

    def left_s(self) -> float:
        """CPU seconds that this window has left of its budget; asked again where time has passed since the choice."""
        budget = _budget(self._table().cpu_ratio)
        self._turn(budget)
        return budget.cpu_ratio * WINDOW_S - self._spent_s

    def _left_out(self, service: str, request_id: bytes) -> Mapping[str, float] | None:
        """What is said of an answer that is left out; None for one that is not."""
        table = self._table()
        budget = _budget(table.cpu_ratio)
        self._turn(budget)
        asked = table.of(service).share
        if asked < 1.0 and not is_chosen(request_id, asked):
            self.counts["not_asked"] += 1
            return _SKIPPED
        if self._share >= 1.0 or is_chosen(request_id, self._share):
            if not is_exhausted(self._spent_s, WINDOW_S, budget):
                self._taken += 1
                return None
            self._cut += 1
        self.counts["over_budget"] += 1
        return _OVER_BUDGET

    def _turn(self, budget: EvaluationBudget) -> None:
        """Begin a new window when the last one is over."""
        now_s = self._clocks.monotonic_s()
        window_s = now_s - self._began_s
        if window_s >= WINDOW_S:
            # What was cut off would have cost as much as what was not: else a flood looks like what fitted in.
            # Of a window that only ended what was begun before, nothing more is known than what it took.
            whole_s = self._spent_s * (self._taken + self._cut) / self._taken if self._taken else self._spent_s
            self._share = decide_share(EvaluationSpent(whole_s, window_s, self._share), budget)
            self._began_s, self._spent_s, self._taken, self._cut = now_s, 0.0, 0, 0


@lru_cache(maxsize=8)
def _budget(cpu_ratio: float) -> EvaluationBudget:
    """The same for each answer until another one is published."""
    return EvaluationBudget(cpu_ratio)
