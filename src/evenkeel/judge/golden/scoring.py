"""How good a run of golden queries is, and how much better than another one. Pure.

The measures are those of `judge.quality.retrieval`; two runs of the same queries are compared query by query, which
takes the difference between queries out of the interval.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.judge.golden.model import PLACES_MAX, Answers, GoldenQuery, Scored
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.retrieval import Query, Retrieval, measure_retrieval, value_of
from evenkeel.kernel.stats.tango import paired_mean

#: Names in documents, in their order.
MEASURES: Final[Mapping[str, Retrieval]] = {
    "hit_rate": Retrieval.HIT_RATE,
    "mrr": Retrieval.MRR,
    "ndcg": Retrieval.NDCG,
    "precision": Retrieval.PRECISION,
    "recall": Retrieval.RECALL,
}
Queries = Mapping[str, GoldenQuery]


class Outcome(StrEnum):
    """What a comparison says of the newer run. `unknown` is no pass."""

    PASS = "pass"  # noqa: S105 an answer, no secret
    WORSE = "worse"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Gate:
    """The answer of the gate, and why."""

    outcome: Outcome
    why: str


def score(queries: Queries, answers: Answers, k: int = PLACES_MAX) -> Scored:
    """The gains of the first `k` documents that each query of the set got, and all that is odd about the run by name.

    >>> from evenkeel.judge.golden.model import Answered
    >>> queries = {"q": GoldenQuery("q", {"a": 1.0}), "r": GoldenQuery("r", {"b": 2.0})}
    >>> found = score(queries, Answers({"q": Answered("q", ("c", "a", "a"))}))
    >>> found.gains, found.missing, found.repeated_documents
    ({'q': (0.0, 1.0, 0.0)}, ('r',), ('q',))
    """
    known = {name: each for name, each in answers.by_query.items() if name in queries}
    gains = {name: _gains(queries[name], each.retrieved[:k]) for name, each in known.items()}
    return Scored(
        gains=gains,
        missing=tuple(name for name in queries if name not in known),
        unknown=tuple(name for name in answers.by_query if name not in queries),
        repeated=tuple(answers.repeated),
        empty=tuple(name for name, each in known.items() if not each.retrieved and not each.failed),
        failed={name: each.failed for name, each in known.items() if each.failed},
        repeated_documents=tuple(
            name for name, each in known.items() if len(set(each.retrieved)) < len(each.retrieved)
        ),
    )


def _gains(query: GoldenQuery, retrieved: tuple[str, ...]) -> tuple[float, ...]:
    seen: set[str] = set()
    found: list[float] = []
    for name in retrieved:
        found.append(0.0 if name in seen else query.relevant.get(name, 0.0))
        seen.add(name)
    return tuple(found)


def measure_run(queries: Queries, scored: Scored, k: int) -> dict[str, Figure]:
    """Each measure at `k` over the queries that are in the run, with its interval."""
    asked = [_query(queries[name], gains) for name, gains in scored.gains.items()]
    return {name: measure_retrieval(asked, measure, k) for name, measure in MEASURES.items()}


def value_by_query(queries: Queries, scored: Scored, measure: str, k: int) -> tuple[float, ...]:
    """A measure at `k` of each query that is in the run, from 0 to 1.

    >>> value_by_query({"q": GoldenQuery("q", {"a": 1.0})}, Scored({"q": (0.0, 1.0)}), "mrr", 5)
    (0.5,)
    """
    return tuple(value_of(_query(queries[name], gains), MEASURES[measure], k) for name, gains in scored.gains.items())


def compare_runs(queries: Queries, scored: Scored, before: Scored, k: int) -> dict[str, Figure]:
    """By how much each measure is higher than before, over the queries that are in both runs, with its interval.

    >>> queries = {str(n): GoldenQuery(str(n), {"a": 1.0}) for n in range(100)}
    >>> found, lost = Scored({name: (1.0,) for name in queries}), Scored({name: (0.0,) for name in queries})
    >>> changed = compare_runs(queries, lost, found, 5)["hit_rate"]
    >>> changed.value, changed.high < -0.9
    (-1.0, True)
    """
    both = [name for name in scored.gains if name in before.gains]
    return {name: _compare(queries, (scored, before), both, (measure, k)) for name, measure in MEASURES.items()}


def _compare(queries: Queries, runs: tuple[Scored, Scored], names: list[str], what: tuple[Retrieval, int]) -> Figure:
    if not names:
        return Figure.absent(Reason.NO_ROWS, "paired by query")
    now, before = ([value_of(_query(queries[name], run.gains[name]), *what) for name in names] for run in runs)
    changes = Counter(one - other for one, other in zip(now, before, strict=True))
    return Figure(*paired_mean(changes), len(names), "paired by query, score (Tango 1998)")


def _query(query: GoldenQuery, gains: tuple[float, ...]) -> Query:
    return Query(gains, tuple(query.relevant.values()))


def decide_gate(change: Figure, points: float) -> Gate:
    """Whether a run is worse than the accepted one by more than `points`: only what the interval excludes is settled.

    A run whose hit rate is worse by just that much passes in at most 3.1 % of draws of 20 queries and more, one whose
    other measures are in at most 5 % (`tests/unit/kernel/stats/test_tango.py` reckons the one and simulates the other).

    >>> decide_gate(Figure(-0.01, -0.03, 0.01, 400, "paired"), 5.0).outcome
    <Outcome.PASS: 'pass'>
    """
    if change.value is None or change.low is None or change.high is None:
        return Gate(Outcome.UNKNOWN, "No query is in both runs.")
    interval = f"{100 * change.value:+.3g} points [{100 * change.low:+.3g} to {100 * change.high:+.3g}]"
    if change.low >= -points / 100.0:
        return Gate(Outcome.PASS, f"{interval}: not worse by more than {points:g} points.")
    if change.high < -points / 100.0:
        return Gate(Outcome.WORSE, f"{interval}: worse by more than {points:g} points.")
    return Gate(
        Outcome.UNKNOWN,
        f"{interval}: whether it is worse by more than {points:g} points is unknown of {change.n:,.0f} queries.",
    )
