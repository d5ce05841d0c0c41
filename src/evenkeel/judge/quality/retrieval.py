"""How good the found contexts are: by query, from what people (or golden queries) hold for relevant.

Each measure is one number from 0 to 1 per query, and the mean over queries has its interval by query: passages of one
query are found well or badly together, so they are no evidence of their own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.bounded_mean import mean_of_counts


class Retrieval(StrEnum):
    """A measure of what was found, each over the first k results of a query."""

    HIT_RATE = "hit rate"  # something relevant is among them
    MRR = "MRR"  # 1 over the place of the first relevant one (Voorhees 1999, TREC-8)
    NDCG = "nDCG"  # gains, discounted by place, over the best order's (Järvelin and Kekäläinen 2002, TOIS 20:4)
    PRECISION = "context precision"  # the share of them that is relevant
    RECALL = "context recall"  # the share of what is relevant that is among them


@dataclass(frozen=True, slots=True)
class Query:
    """The gains of the results of one query, best ranked first, and the gains of all that is relevant to it.

    A gain is 0 for what is irrelevant, 1 for what is relevant, or a grade above 0. `relevant` holds the gains above 0
    of all passages that are known to matter, found or not. Raises InvalidInputError for a negative or infinite gain, or
    for a result that is not among the relevant ones.

    >>> Query(gains=(0, 1, 0), relevant=(1, 1)).gains
    (0, 1, 0)
    """

    gains: tuple[float, ...]
    relevant: tuple[float, ...]

    def __post_init__(self) -> None:
        for gain in (*self.gains, *self.relevant):
            if not 0.0 <= gain < math.inf:
                raise InvalidInputError(f"A gain of {gain} is none.", hint="Give 0 for irrelevant, and grades from 1.")
        if Counter(gain for gain in self.gains if gain > 0) - Counter(self.relevant):
            raise InvalidInputError(
                f"Results have gains {self.gains} that the relevant passages {self.relevant} do not have.",
                hint="List the gains of all relevant passages, those that were found too, and each result once.",
            )


def measure_retrieval(queries: Sequence[Query], measure: Retrieval, k: int) -> Figure:
    """The mean of a measure at `k` over queries, with its 95 % interval; queries without anything relevant say nothing.

    nDCG has linear gains over the logarithm of the place, as scikit-learn's `ndcg_score`. Fewer results than `k` count
    as they are: the precision of two found passages is a share of two, and of none it is 0.

    >>> queries = [Query((0, 1, 0), (1, 1)), Query((1, 0, 0), (1,)), Query((0, 0, 0), (1,))]
    >>> round(measure_retrieval(queries, Retrieval.MRR, k=3).value, 4)
    0.5
    """
    if k < 1:
        raise InvalidInputError(f"Of the first {k} results there is none.", hint="Give k from 1.", k=k)
    method = "mean over queries, Wilson at its effective number"
    told = [query for query in queries if any(gain > 0 for gain in query.relevant)]
    if not told:
        return Figure.absent(Reason.NO_LABELS if queries else Reason.NO_ROWS, method)
    values = [value_of(query, measure, k) for query in told]
    if measure is Retrieval.HIT_RATE:
        return share(sum(values), len(values), Reason.NO_ROWS)
    return Figure(*mean_of_counts(Counter(values)), len(values), method)


def value_of(query: Query, measure: Retrieval, k: int) -> float:
    """A measure of one query, from 0 to 1.

    >>> value_of(Query((3, 2, 0, 1), (3, 2, 2, 1)), Retrieval.NDCG, k=3) == (3 + 2 / math.log2(3)) / (
    ...     3 + 2 / math.log2(3) + 2 / math.log2(4))
    True
    """
    found = query.gains[:k]
    hits = sum(gain > 0 for gain in found)
    match measure:
        case Retrieval.HIT_RATE:
            return float(hits > 0)
        case Retrieval.MRR:
            return next((1.0 / place for place, gain in enumerate(found, 1) if gain > 0), 0.0)
        case Retrieval.NDCG:
            return min(1.0, _discounted(found) / _discounted(sorted(query.relevant, reverse=True)[:k]))
        case Retrieval.PRECISION:
            return hits / len(found) if found else 0.0
        case Retrieval.RECALL:
            return hits / sum(gain > 0 for gain in query.relevant)


def _discounted(gains: Sequence[float]) -> float:
    return math.fsum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))
