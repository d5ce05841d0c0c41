"""The grid on which scores from 0 to 1 are counted, the same for every model, so that counts merge by addition.

A thousandth wide from 0.01 to 0.99, and 16 buckets per doubling beyond, down to 2⁻¹⁷ of a hundredth from 0 and from 1,
where good models put most of their scores. Buckets include their upper edge. Scores with up to three decimals have a
bucket each, so ranks are exact.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Where the thousandths end, on either side.
TAIL: Final = 0.01
PER_DOUBLING: Final = 16
DOUBLINGS: Final = 17


def _grid() -> Floats:
    """Upper edges of all buckets but the last, which ends at 1; the first one holds 0 itself."""
    tail = TAIL * 2.0 ** (-np.arange(DOUBLINGS * PER_DOUBLING, 0, -1) / PER_DOUBLING)
    body = np.arange(10, 991) / 1000.0
    # In order; 1 - x is exact for what lies so near to 1.
    return np.concatenate([[0.0], tail, body, (1.0 - tail)[::-1]])


EDGES: Final = _grid()
BUCKETS: Final = EDGES.size + 1

#: Bins of the reliability picture, a tenth wide each; their edges are edges of the grid.
BINS: Final = 10
#: The least probability given to what happened, so that one wrong certainty does not make the loss infinite;
#: the precision of a double, as in scikit-learn.
LOSS_FLOOR: Final = float(np.finfo(np.float64).eps)


def bucket_of(scores: Floats) -> NDArray[np.int64]:
    """The bucket of each score from 0 to 1.

    >>> bucket_of(np.array([0.0, 0.3, 1.0])).tolist()
    [0, 563, 1526]
    """
    return np.searchsorted(EDGES, scores, side="left").astype(np.int64)


def bin_of_bucket() -> NDArray[np.int64]:
    """The tenth that each bucket lies in.

    >>> bin_of_bucket()[bucket_of(np.array([0.0, 0.1, 0.101, 1.0]))].tolist()
    [0, 0, 1, 9]
    """
    upper = np.append(EDGES, 1.0)
    # The edges of tenths are thousandths, which a product with 10 would round up.
    return np.minimum(np.maximum(np.ceil(np.round(upper * BINS, 9)).astype(np.int64) - 1, 0), BINS - 1)
