"""The assessor of labelled predictions: how good they were, and how much worse than before.

Windows end where nearly all truths are here (`arrivals`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import groupby
from typing import Final

from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.indicators.trials import estimate_drop, estimate_trials, trials_to_compare, trials_to_say
from evenkeel.judge.objectives.arrivals import class_arrivals
from evenkeel.judge.objectives.assessing import Assessor, Occasion
from evenkeel.judge.objectives.hourly import HourlySums
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.seen import tell_seen
from evenkeel.judge.objectives.trials import SEEN_US, wanted_of
from evenkeel.judge.quality.trials import Figure, as_trials
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, floor_hour
from evenkeel.store.telemetry.predictions import LabelStep, Scoring
from evenkeel.store.telemetry.trial_port import Labelled, LabelTrials, Trials

#: Accuracy is compared with that of so long a time before.
BASELINE_US: Final = 28 * US_PER_DAY
#: Fewer labelled predictions are no baseline.
BASELINE_MIN: Final = 100

_SUMMED: Final = ("right", "wrong", "right_squares", "wrong_squares", "unlabelled")


def label_assessor() -> Callable[[Occasion], Assessor]:
    """What makes assessors of labels, which share what they have read of the weeks before."""
    before = HourlySums[LabelStep](_read_steps)

    def make(occasion: Occasion) -> Assessor:
        return LabelAssessor(before, occasion)

    return make


class LabelAssessor:
    """Answers for predictions whose truth is known."""

    def __init__(self, before: HourlySums[LabelStep], occasion: Occasion) -> None:
        self._before = before
        self._occasion = occasion
        self._arrivals = class_arrivals(occasion)
        self._read: dict[Window, LabelTrials] = {}
        self._days_read: dict[Window, Collection[int]] = {}

    def has_evidence(self, objective: Objective) -> bool:
        """Whether any prediction of the last month has a truth; for a comparison, whether there is a baseline."""
        now_us = self._occasion.now_us
        if objective.definition.reads is Reads.HISTORY:
            window = self._arrivals.windows(objective, WindowName.VERDICT)[0]
            return self._baseline(window).effective >= BASELINE_MIN
        return self._labels(Window(now_us - SEEN_US, now_us)).rows > 0

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """How good predictions were, or how much worse than before."""
        windows, wanted = self._arrivals.windows(objective, name), wanted_of(objective)
        is_history = objective.definition.reads is Reads.HISTORY
        figure = Figure.ACCURACY if is_history else Figure(objective.definition.source)
        needed = trials_to_compare(objective.limits) if is_history else trials_to_say(wanted)
        counted = ((each, as_trials(self._labels(each), figure)) for each in windows)
        window, trials = next(
            ((each, found) for each, found in counted if found.effective >= needed or each == windows[-1])
        )
        given = self._occasion.circumstances(objective, name, window, self._arrivals.doubts(window))
        if is_history:
            found = estimate_drop(trials, self._baseline(window), wanted, given)
        else:
            found = estimate_trials(trials, wanted, given)
        return tell_seen(found, objective, self._occasion, self._days) if name is WindowName.REPORT else found

    def _baseline(self, window: Window) -> Trials:
        """The four weeks before a window, by the hour."""
        start_us = floor_hour(window.start_us)
        steps = [each for _, each in self._before.within(self._occasion, Window(start_us - BASELINE_US, start_us))]
        total = [each.right + each.wrong for each in steps]
        n, squares = sum(total), sum(each.right_squares + each.wrong_squares for each in steps)
        rows = max(1, round(n * n / squares)) if squares > 0 else 0
        return Trials("hour", total, [each.wrong for each in steps], rows, squares)

    def _days(self, window: Window) -> Collection[int]:
        if window not in self._days_read:
            key = self._occasion.state.key
            self._days_read[window] = self._occasion.telemetry.days_with(key, window, Labelled.LABELS)
        return self._days_read[window]

    def _labels(self, window: Window) -> LabelTrials:
        if window not in self._read:
            self._read[window] = self._occasion.telemetry.label_trials(self._occasion.state.key, window)
        return self._read[window]


def _read_steps(occasion: Occasion, window: Window) -> Iterator[tuple[int, LabelStep]]:
    """The hours of a window, all versions together."""
    rows = occasion.telemetry.label_steps(occasion.state.key, window, Scoring(), step_us=US_PER_HOUR)
    for at, of_hour in groupby(rows, key=lambda row: row.at):
        each = list(of_hour)
        sums = (sum(getattr(row, name) for row in each) for name in _SUMMED)
        yield at, LabelStep(at, "", *sums)
