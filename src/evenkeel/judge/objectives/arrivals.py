"""When the truth of predictions is here: where windows end, and why the labels of one decide nothing.

A truth comes hours or weeks after its prediction. From how truths came so far it is learned after how long nearly all
are here, and windows end there: younger predictions are left out, because the truths that come early are seldom a fair
sample. Where that is not known, or fewer truths are here than should be, no bound decides: the verdict is `partial`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final

from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.trials import windows_until
from evenkeel.judge.quality.maturity import State
from evenkeel.judge.quality.windows import mature_after, mature_window
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, floor_hour
from evenkeel.store.telemetry.series import LabelAge

#: How truths come is learned from so many days: those that take longer are not known to come at all.
LEARNED_US: Final = 14 * US_PER_DAY
#: Truths must have been seen to stop coming in a history of at least so many hours.
HISTORY_HOURS: Final = 24
#: … or, of a month that is asked about, at least so many days.
PAST_DAYS: Final = 14
#: With this part of the truths that should be here, they are not overdue.
HERE_RATIO: Final = 0.9


class Arrivals:
    """How truths come to the predictions whose ages `read` tells of a window, in steps of so many microseconds."""

    def __init__(self, occasion: Occasion, read: Callable[[Window, int], Sequence[LabelAge]]) -> None:
        self._occasion = occasion
        self._read = read

    def windows(self, objective: Objective, name: WindowName) -> list[Window]:
        """The windows tried in turn, which end where nearly all truths are here."""
        asked, now_us = self._occasion.asked, self._occasion.now_us
        if asked is not None:
            found = windows_until(objective, name, self._occasion, now_us)
            return [self._mature_part(each) for each in found] if self._is_cut else found
        end_us = floor_hour(now_us) - (self._after or 0) * US_PER_HOUR
        return windows_until(objective, name, self._occasion, end_us)

    def doubts(self, window: Window) -> tuple[str, ...]:
        """Why the labels of a window decide nothing."""
        if self._occasion.asked is not None:
            return self._doubts_of_past(window)
        if self._after is None:
            return ("label_arrival_unknown",)
        if window.end_us <= window.start_us:
            return ("immature_labels",)
        steps = max(1, round(window.seconds / 3_600))
        found = mature_window(self._ages, steps, skip=self._after - 1)
        is_late = found.state is State.OVERDUE and (found.arrived_ratio or 0.0) < HERE_RATIO
        return ("labels_overdue",) if is_late else ()

    def _mature_part(self, window: Window) -> Window:
        """Up to the day to whose predictions nearly all truths that will come are here; the past is told by the day."""
        mature_us = (self._occasion.now_us // US_PER_DAY - (self._after_days or 0)) * US_PER_DAY
        return Window(window.start_us, max(window.start_us, min(window.end_us, mature_us)))

    def _doubts_of_past(self, window: Window) -> tuple[str, ...]:
        """The same of a time that may be long over, by the day: truths may have come since it ended."""
        days = max(1, round((window.end_us - window.start_us) / US_PER_DAY))
        since = max(0, (self._occasion.now_us - window.end_us) // US_PER_DAY)
        ages = self._read(Window(window.start_us, window.end_us + since * US_PER_DAY), US_PER_DAY)
        after = self._after_days if self._is_cut else mature_after(ages, min(days, PAST_DAYS))
        if after is None:
            return ("label_arrival_unknown",)
        if since < after:
            return ("immature_labels",)
        found = mature_window(ages, days, skip=since - 1)
        is_late = found.state is State.OVERDUE and (found.arrived_ratio or 0.0) < HERE_RATIO
        return ("labels_overdue",) if is_late else ()

    @property
    def _is_cut(self) -> bool:
        """Whether truths of what is asked about may still be to come, and only what is before that is wanted."""
        asked = self._occasion.asked
        return asked is not None and self._occasion.only_mature and asked.end_us > self._occasion.now_us - LEARNED_US

    @property
    def _after_days(self) -> int | None:
        """The same as `_after` in whole days."""
        return None if self._after is None else self._after * US_PER_HOUR // US_PER_DAY + 1

    @cached_property
    def _after(self) -> int | None:
        """How many hours old predictions are when nearly all truths that ever come are here."""
        return mature_after(self._ages, HISTORY_HOURS)

    @cached_property
    def _ages(self) -> Sequence[LabelAge]:
        end_us = floor_hour(self._occasion.now_us)
        return self._read(Window(end_us - LEARNED_US, end_us), US_PER_HOUR)


def class_arrivals(occasion: Occasion) -> Arrivals:
    """Of predictions that say a class."""
    telemetry, key = occasion.telemetry, occasion.state.key
    return Arrivals(occasion, lambda window, step_us: telemetry.label_ages(key, window, step_us=step_us))


def number_arrivals(occasion: Occasion) -> Arrivals:
    """Of predictions that say a number."""
    telemetry, key = occasion.telemetry, occasion.state.key
    return Arrivals(occasion, lambda window, step_us: telemetry.number_ages(key, window, step_us=step_us))
