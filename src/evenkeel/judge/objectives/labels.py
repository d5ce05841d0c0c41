"""The assessor of labelled predictions: how good they were, and how much worse than before.

A truth comes hours or weeks after its prediction. From how truths came so far it is learned after how long nearly all
are here, and windows end there: younger predictions are left out, because the truths that come early are seldom a fair
sample. Where that is not known, or fewer truths are here than should be, no bound decides: the verdict is `partial`.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.indicators.trials import estimate_drop, estimate_trials, trials_to_compare, trials_to_say
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.trials import SEEN_US, wanted_of, windows_until
from evenkeel.judge.quality.maturity import State
from evenkeel.judge.quality.trials import Figure, as_trials
from evenkeel.judge.quality.windows import mature_after, mature_window
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, floor_hour
from evenkeel.store.telemetry.series import LabelAge
from evenkeel.store.telemetry.trial_port import LabelTrials, Trials

#: How truths come is learned from so many days: those that take longer are not known to come at all.
LEARNED_US: Final = 14 * US_PER_DAY
#: Truths must have been seen to stop coming in a history of at least so many hours.
HISTORY_HOURS: Final = 24
#: With this part of the truths that should be here, they are not overdue.
HERE_RATIO: Final = 0.9
#: Accuracy is compared with that of so long a time before.
BASELINE_US: Final = 28 * US_PER_DAY
#: Fewer labelled predictions are no baseline.
BASELINE_MIN: Final = 100


class LabelAssessor:
    """Answers for predictions whose truth is known."""

    def __init__(self, occasion: Occasion) -> None:
        self._occasion = occasion
        self._read: dict[Window, LabelTrials] = {}

    def has_evidence(self, objective: Objective) -> bool:
        """Whether any prediction of the last month has a truth; for a comparison, whether there is a baseline."""
        now_us = self._occasion.now_us
        if objective.definition.reads is Reads.HISTORY:
            window = self._windows(objective, WindowName.VERDICT)[0]
            return self._accuracy(_before(window)).effective >= BASELINE_MIN
        return self._labels(Window(now_us - SEEN_US, now_us)).rows > 0

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """How good predictions were, or how much worse than before."""
        windows, wanted = self._windows(objective, name), wanted_of(objective)
        is_history = objective.definition.reads is Reads.HISTORY
        figure = Figure.ACCURACY if is_history else Figure(objective.definition.source)
        needed = trials_to_compare(objective.limits) if is_history else trials_to_say(wanted)
        counted = ((each, as_trials(self._labels(each), figure)) for each in windows)
        window, trials = next(
            ((each, found) for each, found in counted if found.effective >= needed or each == windows[-1])
        )
        given = self._occasion.circumstances(objective, name, window, self._doubts(window))
        if is_history:
            return estimate_drop(trials, self._accuracy(_before(window)), wanted, given)
        return estimate_trials(trials, wanted, given)

    def _windows(self, objective: Objective, name: WindowName) -> list[Window]:
        end_us = floor_hour(self._occasion.now_us) - (self._after or 0) * US_PER_HOUR
        return windows_until(objective, name, self._occasion, end_us)

    def _doubts(self, window: Window) -> tuple[str, ...]:
        """Why the labels of a window decide nothing."""
        if self._after is None:
            return ("label_arrival_unknown",)
        if window.end_us <= window.start_us:
            return ("immature_labels",)
        steps = max(1, round(window.seconds / 3_600))
        found = mature_window(self._ages, steps, skip=self._after - 1)
        is_late = found.state is State.OVERDUE and (found.arrived_ratio or 0.0) < HERE_RATIO
        return ("labels_overdue",) if is_late else ()

    @cached_property
    def _after(self) -> int | None:
        """How many hours old predictions are when nearly all truths that ever come are here."""
        return mature_after(self._ages, HISTORY_HOURS)

    @cached_property
    def _ages(self) -> list[LabelAge]:
        end_us = floor_hour(self._occasion.now_us)
        learned = Window(end_us - LEARNED_US, end_us)
        return list(self._occasion.telemetry.label_ages(self._occasion.state.key, learned, step_us=US_PER_HOUR))

    def _accuracy(self, window: Window) -> Trials:
        return as_trials(self._labels(window), Figure.ACCURACY)

    def _labels(self, window: Window) -> LabelTrials:
        if window not in self._read:
            self._read[window] = self._occasion.telemetry.label_trials(self._occasion.state.key, window)
        return self._read[window]


def _before(window: Window) -> Window:
    return Window(window.start_us - BASELINE_US, window.start_us)
