"""Chance that is the same each time: the same question of the same counts has the same answer."""

from __future__ import annotations

from typing import Final

import numpy as np

from evenkeel.kernel.stats.monte_carlo import Chance

_SEED: Final = 20_260_101


def seeded() -> Chance:
    """A generator that has drawn nothing yet.

    >>> bool((seeded().permutation(9) == seeded().permutation(9)).all())
    True
    """
    return np.random.default_rng(_SEED)
