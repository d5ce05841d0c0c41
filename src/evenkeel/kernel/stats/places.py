"""How good a ranking is, from which of its places hold something relevant: hit, reciprocal rank, nDCG, precision.

With yes-or-no relevance. Where only what was found is judged, nobody knows what else was relevant: nDCG then tells the
order of what was found, and there is no recall.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def measure_places(is_relevant: Sequence[bool], k: int) -> dict[str, float]:
    """Measures from 0 to 1 of the first `k` places; none of nothing found, and no nDCG where nothing is relevant.

    nDCG discounts by the logarithm of the place (Järvelin and Kekäläinen 2002, TOIS 20:4) and compares with the best
    order of the same results; `mrr` is 1 over the place of the first relevant one (Voorhees 1999, TREC-8).

    >>> found = measure_places([False, True, True], k=5)
    >>> {name: round(value, 3) for name, value in found.items()}
    {'hit': 1.0, 'mrr': 0.5, 'precision': 0.667, 'ndcg': 0.693}
    >>> measure_places([False], k=5), measure_places([], k=5)
    ({'hit': 0.0, 'mrr': 0.0, 'precision': 0.0}, {})
    """
    shown = is_relevant[:k]
    if not shown:
        return {}
    hits = [place for place, is_hit in enumerate(shown, 1) if is_hit]
    made = {
        "hit": float(bool(hits)),
        "mrr": 1.0 / hits[0] if hits else 0.0,
        "precision": len(hits) / len(shown),
    }
    relevant = sum(is_relevant)
    if relevant:
        best = _discounted(range(1, min(relevant, k) + 1))
        made["ndcg"] = min(1.0, _discounted(hits) / best)
    return made


def _discounted(places: Sequence[int]) -> float:
    return math.fsum(1.0 / math.log2(place + 1) for place in places)
