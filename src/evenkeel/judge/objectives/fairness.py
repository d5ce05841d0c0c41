"""The assessor of fairness: the largest gap between groups, by the criteria that the service's owner has chosen."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.judge.fairness.model import Criterion
from evenkeel.judge.fairness.service import Look, ServiceFairness, judge_service_fairness, policy_of
from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.seen import tell_seen
from evenkeel.judge.objectives.trials import windows_until
from evenkeel.judge.objectives.windows import quarter_window, since
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.trial_port import Labelled


class FairnessAssessor:
    """Answers for gaps between groups. Which attributes are protected the configuration says, and nobody guesses."""

    def __init__(self, occasion: Occasion) -> None:
        self._occasion = occasion
        self._read: dict[Window, ServiceFairness] = {}

    def has_evidence(self, objective: Objective) -> bool:
        """Whether the criterion is one of the service's policy: then it is told of, with or without groups."""
        fairness = self._occasion.fairness
        return fairness is not None and objective.definition.source in policy_of(fairness).fair.criteria

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """The largest gap of the criterion over all groupings."""
        occasion = self._occasion
        if name is WindowName.REPORT and occasion.asked is None:  # groups are small: the quarter is reported (SPEC C)
            window = since(quarter_window(occasion.now_us, occasion.timezone), occasion.state.first_at)
        else:
            window = windows_until(objective, name, occasion, occasion.now_us)[-1]
        given = self._occasion.circumstances(objective, name, window)
        found = self._judge(window, given)
        gap = None if found is None else found.gap(Criterion(objective.definition.source))
        if gap is None:
            return _unknown(objective, given)
        told = replace(gap, unit="points", window=window)
        return self._with_days(told, objective) if name is WindowName.REPORT else told

    def _with_days(self, found: Estimate, objective: Objective) -> Estimate:
        """A quarter may be longer than events are kept; counts of groups are sent for times of their own."""
        key, telemetry = self._occasion.state.key, self._occasion.telemetry
        if telemetry.tables_sent(key, found.window):
            return found
        seen = tell_seen(
            found, objective, self._occasion, lambda window: telemetry.days_with(key, window, Labelled.PREDICTIONS)
        )
        return replace(seen, coverage=found.coverage)  # which tells how many could be compared

    def _judge(self, window: Window, given: Circumstances) -> ServiceFairness | None:
        fairness = self._occasion.fairness
        if fairness is not None and window not in self._read:
            whole_us = max(1, window.end_us - window.start_us)  # one step: what happened when is not asked here
            look = Look(window, given.as_of_us, step_us=whole_us, alpha=given.alpha_low, evidence=given.evidence)
            key = self._occasion.state.key
            self._read[window] = judge_service_fairness(self._occasion.telemetry, key, policy_of(fairness), look)
        return self._read.get(window)


def _unknown(objective: Objective, given: Circumstances) -> Estimate:
    """Nothing was compared: no predictions with the attributes, or none whose truth is known."""
    return replace(
        given.unknown("points", "largest gap between groups"),
        high=1.0,
        needs=given.need(1, objective.definition.counts, 0),
        reasons=(*given.reasons, "no_groups"),
    )
