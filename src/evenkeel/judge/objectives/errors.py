"""The assessor of predicted numbers: how large their errors are, against what is normal.

What is normal the configuration declares (`baseline`, in the unit of what is predicted). Else it is learned from the
oldest four weeks of predictions that are kept, and at least one: while these are the service's first, it stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from evenkeel.judge.indicators.bounded import estimate_bounded
from evenkeel.judge.indicators.errors import ErrorFigure, compare_errors, measure_errors
from evenkeel.judge.objectives.arrivals import number_arrivals
from evenkeel.judge.objectives.assessing import Assessor, Occasion
from evenkeel.judge.objectives.hourly import HourlySums
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.seen import tell_seen
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.stats.batches import BatchMean
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window, floor_hour
from evenkeel.store.telemetry.predictions import NumberStep

#: So long a time is the baseline, at most and at least; and so far back it is looked for.
BASELINE_US: Final = 28 * US_PER_DAY
BASELINE_MIN_US: Final = 7 * US_PER_DAY
KEPT_US: Final = 90 * US_PER_DAY
#: Hours with labels that a window is grown for.
_HOURS_MIN: Final = 24


def error_assessor() -> Callable[[Occasion], Assessor]:
    """What makes assessors of errors, which share what they have read of the weeks before."""
    before = HourlySums[NumberStep](_read_steps)

    def make(occasion: Occasion) -> Assessor:
        return ErrorAssessor(before, occasion)

    return make


class ErrorAssessor:
    """Answers for predicted numbers whose true ones are known."""

    def __init__(self, before: HourlySums[NumberStep], occasion: Occasion) -> None:
        self._before = before
        self._occasion = occasion
        self._arrivals = number_arrivals(occasion)
        self._read: dict[Window, Sequence[NumberStep]] = {}

    def has_evidence(self, objective: Objective) -> bool:
        """Whether any number of the longest window of a verdict has a true one."""
        return bool(self._steps(self._arrivals.windows(objective, WindowName.VERDICT)[-1]))

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """The error as a multiple of the baseline."""
        windows = self._arrivals.windows(objective, name)
        window = next((each for each in windows if len(_usable(self._steps(each))) >= _HOURS_MIN), windows[-1])
        figure = ErrorFigure(objective.definition.source)
        before = objective.baseline if objective.baseline is not None else self._baseline(window, figure)
        doubts = self._arrivals.doubts(window)
        reasons = doubts if before is not None else (*doubts, "no_reference")
        given = self._occasion.circumstances(objective, name, window, reasons)
        found = estimate_bounded(
            compare_errors(_usable(self._steps(window)), before, figure, given), objective.unit, objective.limits, given
        )
        if name is WindowName.REPORT:
            found = tell_seen(found, objective, self._occasion, self._days)
        unusable = sum(each.unusable for each in self._steps(window))
        if not unusable:
            return found
        # How wrong they are nobody can say: what the others prove to be a breach is one, and nothing proves an ok.
        parts, reasons = {**found.parts, "unusable": unusable}, (*found.reasons, "unusable_numbers")
        return replace(found, if_missing_bad=math.inf, parts=parts, reasons=reasons)

    def _baseline(self, window: Window, figure: ErrorFigure) -> BatchMean | None:
        """Of the oldest weeks that are kept, all of them before the window."""
        start_us = max(floor_hour(self._occasion.now_us) - KEPT_US, floor_hour(self._occasion.state.first_at))
        end_us = max(start_us, floor_hour(window.start_us))
        kept = _usable([each for _, each in self._before.within(self._occasion, Window(start_us, end_us))])
        if not kept or end_us - kept[0].at < BASELINE_MIN_US:
            return None
        return measure_errors([each for each in kept if each.at < kept[0].at + BASELINE_US], figure)

    def _days(self, window: Window) -> Collection[int]:
        return {each.at // US_PER_DAY * US_PER_DAY for each in _usable(self._steps(window))}

    def _steps(self, window: Window) -> Sequence[NumberStep]:
        if window not in self._read:
            key = self._occasion.state.key
            self._read[window] = self._occasion.telemetry.number_steps(key, window, step_us=US_PER_HOUR)
        return self._read[window]


def _usable(steps: Sequence[NumberStep]) -> Sequence[NumberStep]:
    """The hours that have an error."""
    return [each for each in steps if each.n]


def _read_steps(occasion: Occasion, window: Window) -> Iterator[tuple[int, NumberStep]]:
    for each in occasion.telemetry.number_steps(occasion.state.key, window, step_us=US_PER_HOUR):
        yield each.at, each
