"""The assessor of trials: ratings, answers, golden queries, tasks, confidences."""

from __future__ import annotations

from typing import Final

from evenkeel.judge.indicators.trials import Wanted, estimate_trials, trials_to_say
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.seen import tell_seen
from evenkeel.judge.objectives.windows import assessed_window, assessed_windows, report_window, since
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.trial_port import Source, Trials

#: What is older than this is no evidence that a service is judged by a kind of thing.
SEEN_US: Final = 30 * US_PER_DAY


class TrialAssessor:
    """Answers for what was judged one by one, by the source that the indicator names."""

    def __init__(self, occasion: Occasion) -> None:
        self._occasion = occasion
        self._read: dict[tuple[Window, Source], Trials] = {}

    def has_evidence(self, objective: Objective) -> bool:
        """Whether there was any trial in the last month."""
        now_us = self._occasion.now_us
        return self._trials(objective, Window(now_us - SEEN_US, now_us)).rows > 0

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """How the trials of the window were."""
        wanted = wanted_of(objective)
        windows = windows_until(objective, name, self._occasion, self._occasion.now_us)
        needed = trials_to_say(wanted)
        chosen = next((each for each in windows if self._trials(objective, each).effective >= needed), windows[-1])
        given = self._occasion.circumstances(objective, name, chosen)
        found = estimate_trials(self._trials(objective, chosen), wanted, given)
        source, key = Source(objective.definition.source), self._occasion.state.key
        if name is not WindowName.REPORT:
            return found
        return tell_seen(
            found, objective, self._occasion, lambda window: self._occasion.telemetry.days_with(key, window, source)
        )

    def _trials(self, objective: Objective, window: Window) -> Trials:
        key = window, Source(objective.definition.source)
        if key not in self._read:
            self._read[key] = self._occasion.telemetry.trials(self._occasion.state.key, *key)
        return self._read[key]


def wanted_of(objective: Objective) -> Wanted:
    """What an objective's trials are estimated in."""
    definition = objective.definition
    return Wanted(definition.unit, definition.scale, objective.limits, definition.counts)


def windows_until(objective: Objective, name: WindowName, occasion: Occasion, end_us: int) -> list[Window]:
    """The windows that end at `end_us`, tried in turn until one holds enough; one for page, report or what is asked."""
    if occasion.asked is not None:
        return [since(occasion.asked, occasion.state.first_at)]
    match name:
        case WindowName.PAGE:
            found = [assessed_window(objective.page_s or objective.verdict_s, end_us)]
        case WindowName.VERDICT:
            found = assessed_windows(objective.verdict_s, end_us)
        case WindowName.REPORT:
            month = report_window(occasion.now_us, occasion.timezone)
            found = [Window(min(month.start_us, end_us), end_us)]
    return [since(window, occasion.state.first_at) for window in found]
