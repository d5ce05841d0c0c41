"""The assessor of scores: how well they tell two classes apart, and whether they are probabilities."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from evenkeel.judge.indicators.bounded import Bounded, estimate_bounded
from evenkeel.judge.objectives.arrivals import class_arrivals
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.seen import tell_seen
from evenkeel.judge.quality.score_bounds import Decided, Risks, decide_auc, decide_calibration
from evenkeel.judge.quality.window_scores import choose_scoring, measure_scores
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.stats.spending import ALPHA_OK
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.kernel.verdict import Status, judge_verdict
from evenkeel.store.telemetry.predictions import ScoreTable, Scoring
from evenkeel.store.telemetry.trial_port import Labelled

#: Which classes there are is read from so much of the past: a window may lack one.
_CLASSES_US: Final = 7 * US_PER_DAY
#: By the length of the window: what is one piece of evidence of it. A month by the hour would be too many rows.
_PARTS: Final = ((2 * US_PER_DAY, US_PER_HOUR), (8 * US_PER_DAY, 6 * US_PER_HOUR))
_MEASURED: Final = {"AUC": decide_auc, "calibration error": decide_calibration}
_NOTHING: Final = Decided(None, 0.0, 1.0, None, 0.0)


class ScoreAssessor:
    """Answers for scores of predictions whose truth is known; the indicator names the figure."""

    def __init__(self, occasion: Occasion) -> None:
        self._occasion = occasion
        self._arrivals = class_arrivals(occasion)
        self._read: dict[Window, ScoreTable] = {}

    def has_evidence(self, objective: Objective) -> bool:
        """Whether the figure has a value in the longest window of a verdict."""
        window = self._arrivals.windows(objective, WindowName.VERDICT)[-1]
        return self._decide(objective, window, Risks(ALPHA_OK, ALPHA_OK)).value is not None

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """The figure over the first window that says something, else over the longest."""
        windows = self._arrivals.windows(objective, name)
        found = self._estimate(objective, name, windows[0])
        for window in windows[1:]:
            verdict = judge_verdict(found, objective.limits, now_us=found.as_of_us, valid_for_us=0)
            if verdict.status is not Status.UNKNOWN:
                break
            found = self._estimate(objective, name, window)
        if name is not WindowName.REPORT:
            return found
        key, telemetry = self._occasion.state.key, self._occasion.telemetry
        return tell_seen(
            found, objective, self._occasion, lambda window: telemetry.days_with(key, window, Labelled.LABELS)
        )

    def _estimate(self, objective: Objective, name: WindowName, window: Window) -> Estimate:
        given = self._occasion.circumstances(objective, name, window, self._arrivals.doubts(window))
        found = self._decide(objective, window, Risks(given.alpha_low, given.alpha_high))
        method = f"{objective.definition.source}, hours alike, design effect {found.deff:.2g}"
        parts = {"design_effect": found.deff}
        bounded = Bounded(found.value, found.low, found.high, found.shown, found.n, method, parts)
        return estimate_bounded(bounded, objective.unit, objective.limits, given)

    def _decide(self, objective: Objective, window: Window, risks: Risks) -> Decided:
        if self._scoring is None or window.end_us <= window.start_us:
            return _NOTHING
        table = self._table(window, self._scoring)
        figure = objective.definition.source
        if measure_scores(table, self._scoring).figures[figure].value is None:
            return _NOTHING
        return _MEASURED[figure](table, risks)

    def _table(self, window: Window, scoring: Scoring) -> ScoreTable:
        if window not in self._read:
            length_us = window.end_us - window.start_us
            part_us = next((part_us for most_us, part_us in _PARTS if length_us <= most_us), US_PER_DAY)
            key = self._occasion.state.key
            self._read[window] = self._occasion.telemetry.scores(key, window, scoring, part_us=part_us)
        return self._read[window]

    @cached_property
    def _scoring(self) -> Scoring | None:
        now_us, key = self._occasion.now_us, self._occasion.state.key
        window = self._occasion.asked or Window(now_us - _CLASSES_US, now_us)
        return choose_scoring(self._occasion.telemetry.predicted_classes(key, window, most=3))
