"""What a sample tells of a stretch of time that may be over: assessed anew, from what is kept of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from evenkeel.judge.objectives.assessing import RENEW_US, Assessors, Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceState, Telemetry

#: Estimates that are remembered: a year of a hundred rates, an hour long.
_KEPT_MAX: Final = 1_200
#: Steps of a burn-down: each looks at everything before it.
STEPS: Final = 6

_Asked = tuple[str, str, str, Window]


class SampledPast:
    """Answers for months that are over, and for parts of one. Safe to use from any thread."""

    def __init__(self, telemetry: Telemetry, assessors: Callable[[], Assessors], timezone: Callable[[], str]) -> None:
        self._telemetry = telemetry
        self._assessors = assessors  # new ones each time: what they remember is not shared between threads
        self._timezone = timezone
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Asked, tuple[int, Estimate]] = OrderedDict()

    def estimate(self, state: ServiceState, objective: Objective, window: Window, now_us: int) -> Estimate | None:
        """What is known of a rate over `window`, at most as old as a verdict may be; None where nobody answers for it.

        Of predictions, up to where nearly all truths are here. What cannot be read is None as well.
        """
        asked = (str(state.key), objective.name, objective.version, window)
        with self._lock:
            held = self._kept.get(asked)
        if held is not None and 0 <= now_us - held[0] < RENEW_US:
            return held[1]
        reads = objective.definition.reads
        maker = None if reads is None else self._assessors().get(reads)
        if maker is None:
            return None
        occasion = Occasion(self._telemetry, state, now_us, self._timezone(), asked=window, only_mature=True)
        try:
            found = maker(occasion).assess(objective, WindowName.REPORT)
        except EvenkeelError:  # as for its verdict: the log says why, and the month is unknown
            return None
        with self._lock:
            self._kept[asked] = (now_us, found)
            while len(self._kept) > _KEPT_MAX:
                self._kept.popitem(last=False)
        return found


def burn_steps(counted: Window) -> list[int]:
    """The moments within `counted` that a burn-down is told at: whole days apart, at most `STEPS`, without its end.

    >>> [at // US_PER_DAY for at in burn_steps(Window(0, 20 * US_PER_DAY))]
    [4, 8, 12, 16]
    """
    step_us = max(1, -(-(counted.end_us - counted.start_us) // (STEPS * US_PER_DAY))) * US_PER_DAY
    return list(range(counted.start_us + step_us, counted.end_us, step_us))
