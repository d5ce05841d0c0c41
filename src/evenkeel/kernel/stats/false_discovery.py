"""Many tests at once: which findings stand if at most a share q of them may be chance.

Benjamini and Hochberg 1995 (J. R. Stat. Soc. B 57). Where nothing is true, the chance of any finding at all is at most
q for independent tests and for positively dependent ones (Benjamini and Yekutieli 2001).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def adjusted_p(p_values: Sequence[float]) -> list[float]:
    """The smallest q at which each finding stands.

    >>> [round(q, 3) for q in adjusted_p([0.01, 0.04, 0.03, 0.5])]
    [0.04, 0.053, 0.053, 0.5]
    """
    p = np.asarray(p_values, dtype=float)
    if p.size == 0:
        return []
    order = np.argsort(p, kind="stable")
    scaled = p[order] * p.size / np.arange(1, p.size + 1)
    lowest = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    found = np.empty(p.size)
    found[order] = lowest
    return found.tolist()
