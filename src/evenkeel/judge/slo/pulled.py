"""SLIs that are counted at a source outside: from the minutes that were pulled to what is judged.

What the source does not tell is a hole. It stays unknown, whatever the service's own telemetry says of that time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from evenkeel.judge.slo.model import SourceSli
from evenkeel.judge.slo.stream import Buckets
from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.observe.sources.model import SourceMinute
from evenkeel.store.telemetry.port import ServiceKey, ServiceState

#: The known minutes of an SLI that begin in a window, in order.
Pulled = Callable[[SourceSli, Window], Sequence[SourceMinute]]


def nothing_pulled(sli: SourceSli, window: Window) -> Sequence[SourceMinute]:
    """Where nobody pulls."""
    del sli, window
    return ()


def count_pulled(minutes: Sequence[SourceMinute]) -> Buckets:
    """The minutes in which anything was counted."""
    held = [minute for minute in minutes if minute.total > 0]
    return Buckets(
        np.array([minute.at_us for minute in held], np.int64),
        np.array([minute.total for minute in held], np.float64),
        np.array([minute.bad for minute in held], np.float64),
    )


def told_of(key: ServiceKey, counted: Sequence[Buckets]) -> ServiceState | None:
    """What is known of a service that is told of by a source only; None before the source has told anything."""
    moments = [int(at) for buckets in counted if buckets.at.size for at in (buckets.at[0], buckets.at[-1])]
    if not moments:
        return None
    first_us, last_us = min(moments), max(moments)
    return ServiceState(key, first_us, last_us, last_us, None, None, 0, frozenset())


def holes_of_pulled(minutes: Sequence[SourceMinute], window: Window) -> tuple[Window, ...]:
    """The parts of a window that the source told nothing of. A minute in which nothing happened is told.

    >>> holes_of_pulled([SourceMinute(0, 0.0, 0.0), SourceMinute(3 * US_PER_MINUTE, 5.0, 1.0)],
    ...                 Window(0, 4 * US_PER_MINUTE))
    (Window(start_us=60000000, end_us=180000000),)
    """
    holes: list[Window] = []
    told_us = window.start_us
    for minute in minutes:
        if minute.at_us > told_us:
            holes.append(Window(told_us, min(minute.at_us, window.end_us)))
        told_us = max(told_us, minute.at_us + US_PER_MINUTE)
    if told_us < window.end_us:
        holes.append(Window(told_us, window.end_us))
    return tuple(holes)
