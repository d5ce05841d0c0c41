"""The assessor of drift: what is asked of a service, and what it says, beside its reference.

The value is the largest index (PSI, chance taken off) among features that differ beyond chance. A breach needs its
lower bound beyond the alert. Where the index is beyond the target and the bound is not beyond the alert, it is a
warning; and it is ok only where drift beyond the alert would have been seen in every feature.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Final

from evenkeel.judge.drift.answer import DriftAnswer
from evenkeel.judge.drift.judged import ServiceDrift
from evenkeel.judge.drift.limits import PREDICTIONS, DriftLimits, Matters
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.objectives.assessing import Assessor, Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.trials import windows_until
from evenkeel.kernel.estimate import Estimate, Need
from evenkeel.kernel.stats.tails import NORMAL
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import Status, judge_verdict

#: Standard deviations of the one-sided 95 % bound that drift is told with.
_Z_ONE_SIDED: Final = NORMAL.inv_cdf(0.95)


def drift_assessor(judge: DriftJudge) -> Callable[[Occasion], Assessor]:
    """What makes assessors that ask this judge."""

    def make(occasion: Occasion) -> Assessor:
        return DriftAssessor(judge, occasion)

    return make


class DriftAssessor:
    """Answers for features of predictions, and for what was predicted."""

    def __init__(self, judge: DriftJudge, occasion: Occasion) -> None:
        self._judge = judge
        self._occasion = occasion
        self._read: dict[tuple[Window, Matters], ServiceDrift] = {}

    def has_evidence(self, objective: Objective) -> bool:
        """Whether there is a feature of the kind that is counted."""
        names = {grid.feature for grid in self._occasion.telemetry.feature_grids(self._occasion.state.key)}
        return bool(names & PREDICTIONS if _is_of_predictions(objective) else names - PREDICTIONS)

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """How far the window is from the reference: the verdict's is a week where a day tells nothing."""
        windows = windows_until(objective, name, self._occasion, self._occasion.now_us)
        estimate = self._estimate(objective, name, windows[0])
        if len(windows) > 1 and estimate.parts["features"] and _is_open(estimate, objective):
            estimate = self._estimate(objective, name, windows[-1])
        return estimate

    def _estimate(self, objective: Objective, name: WindowName, window: Window) -> Estimate:
        found = self._answer(objective, window)
        reasons = () if found.features else (self._lacks(window, objective),)
        return estimate_drift(found, objective, self._occasion.circumstances(objective, name, window, reasons))

    def _lacks(self, window: Window, objective: Objective) -> str:
        given = self._drift(objective, window).given
        return "unreadable_reference" if given is not None and given.unreadable else "no_reference"

    def _answer(self, objective: Objective, window: Window) -> DriftAnswer:
        found = self._drift(objective, window)
        return found.prediction if _is_of_predictions(objective) else found.data

    def _drift(self, objective: Objective, window: Window) -> ServiceDrift:
        matters = _what_matters(objective)
        key = window, matters
        if key not in self._read:
            limits = DriftLimits(matters, matters)
            self._read[key] = self._judge.judge(self._occasion.state.key, window, limits=limits)
        return self._read[key]


def estimate_drift(found: DriftAnswer, objective: Objective, given: Circumstances) -> Estimate:
    """The index with the bounds that decide, at the risk that is asked for.

    How far below the value a bound of another risk lies is reckoned by the normal distribution from the 95 % one.
    """
    target, alert = objective.limits.oriented()
    low, high = 0.0, math.inf
    if found.value is not None and found.detected and found.status is not Status.UNKNOWN:
        reach = NORMAL.inv_cdf(1.0 - given.alpha_low) / _Z_ONE_SIDED
        low = max(0.0, found.value - reach * (found.value - found.low_one_sided))
        if found.value <= target:
            high = max(found.value, found.high)
        else:  # significant, and beyond the target: a warning, until the bound is beyond the alert
            low = max(low, math.nextafter(target, math.inf))
    elif found.value is not None and found.status is Status.OK:
        high = max(found.value, min(found.high, alert))
    n = found.window_n if found.value is not None else 0
    more = max(1.0, (found.needs or 0) - n) if found.needs else max(1.0, n / 2)
    need = given.need(more, "predictions", n) if found.features else Need(1, "days of predictions before this window")
    return Estimate(
        value=found.value,
        unit="psi",
        low=low,
        high=max(low, high),
        level_low=1 - given.alpha_low,
        level_high=1 - given.alpha_high,
        n=n,
        method=f"debiased PSI of {found.feature}" if found.feature else "debiased PSI",
        window=given.window,
        coverage=given.coverage,
        as_of_us=given.as_of_us,
        watermark_us=given.watermark_us,
        shown_low=found.low if found.value is not None else None,
        shown_high=found.high if found.value is not None and math.isfinite(found.high) else None,
        needs=need,
        reasons=given.reasons,
        evidence=given.evidence,
        parts={"features": found.features, "detected": found.detected, "unknown": found.unknown},
    )


def drift_limits(objectives: Iterable[Objective]) -> DriftLimits:
    """What these objectives of a service say matters; the operating model's where there is none of drift.

    >>> drift_limits([Objective("data_drift", 0.15, 0.3)]).of("age")
    Matters(target=0.15, alert=0.3)
    """
    found = {each.definition.source: _what_matters(each) for each in objectives if each.definition.reads is Reads.DRIFT}
    return DriftLimits(**found)


def _what_matters(objective: Objective) -> Matters:
    return Matters(objective.target, objective.target if objective.alert is None else objective.alert)


def _is_open(estimate: Estimate, objective: Objective) -> bool:
    """Whether it tells nothing yet."""
    verdict = judge_verdict(estimate, objective.limits, now_us=estimate.as_of_us, valid_for_us=0)
    return verdict.status is Status.UNKNOWN


def _is_of_predictions(objective: Objective) -> bool:
    return objective.definition.source == "prediction"
