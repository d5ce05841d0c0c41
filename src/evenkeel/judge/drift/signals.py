"""What differs, by name. Nothing is named that is not beyond chance."""

from __future__ import annotations

from typing import Final

import numpy as np

from evenkeel.judge.drift.model import FALSE_ALARMS_MAX, Comparison, Signal
from evenkeel.judge.drift.vectors import Vectors
from evenkeel.kernel.profile.model import Counts

#: Of the rows with something in them, the share of another type from which the column itself has another type.
_OTHER_TYPE_MIN: Final = 0.5

_OF_VALUES: Final = frozenset({Signal.LOCATION, Signal.SPREAD, Signal.SHAPE, Signal.RANGE, Signal.NEW_LEVELS})


def name_signals(comparison: Comparison, both: Vectors, reference: Counts, window: Counts) -> tuple[Signal, ...]:
    """The signals of a feature that was detected, the strongest first; what moved or widened leaves its range, too.

    A feature that held one value (or none) and comes alive has not moved, widened and left its range: it went live.
    Likewise one that became constant, or whose type changed.

    >>> from evenkeel.judge.drift.compare import compare_feature
    >>> from evenkeel.judge.drift.vectors import align
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile([0.0] * 1_000)
    >>> window = count_values([float(i) for i in range(100)], profile.grid)
    >>> both = align(profile.grid, profile.counts, window)
    >>> name_signals(compare_feature(profile.grid, both, None), both, profile.counts, window)
    (<Signal.WENT_LIVE: 'went_live'>,)
    """
    parts = sorted(comparison.parts, key=lambda part: (part.signal is Signal.RANGE, part.weighted))
    named = [part.signal for part in parts if part.weighted <= FALSE_ALARMS_MAX]
    first: list[Signal] = []
    if _other_type(window) >= _OTHER_TYPE_MIN > _other_type(reference):
        first.append(Signal.TYPE_CHANGED)
        named = [signal for signal in named if signal is not Signal.MISSINGNESS]
    if window.n and window.apart.missing == window.n and reference.present and Signal.MISSINGNESS in named:
        return (Signal.VANISHED,)
    filled_before, filled_after = np.flatnonzero(both.reference), np.flatnonzero(both.window)
    if filled_before.size <= 1 and np.setdiff1d(filled_after, filled_before).size:
        first.append(Signal.WENT_LIVE)
        named = [signal for signal in named if signal not in _OF_VALUES]
    elif filled_after.size == 1 and filled_before.size > 1 and int(both.window.sum()) > 1:
        first.append(Signal.BECAME_CONSTANT)
        named = [signal for signal in named if signal not in _OF_VALUES]
    return (*first, *named)


def _other_type(counts: Counts) -> float:
    given = counts.n - counts.apart.missing - counts.apart.nan
    return counts.apart.mistyped / given if given else 0.0
