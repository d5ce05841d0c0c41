"""Objectives that are looked at by the hour: what answers for their evidence, and when they are judged anew.

Reading what is judged one by one (predictions beside their truth, ratings, answers) costs more than reading counters,
and changes slowly. So such objectives are judged each hour, and ten minutes after the last time where events came
since, or a minute in a service's first hour. Their windows begin with an hour: those starts are what their bounds pay
for, not how often they are looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlencode

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.model import Measure, Reads
from evenkeel.judge.objectives.model import JudgedService, Objective, WindowName
from evenkeel.judge.objectives.windows import assessed_window
from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.estimate import Estimate, Evidence
from evenkeel.kernel.stats.spending import ALPHA_OK, alpha_for
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.kernel.verdict import Verdict, judge_verdict
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.store.telemetry.port import ServiceState, Telemetry

log = logging.getLogger(__name__)

#: They are judged anew after this, whatever happened: windows slide.
RENEW_US: Final = US_PER_HOUR
#: And after this, where events came since.
RENEW_FOLDED_US: Final = 10 * US_PER_MINUTE
#: And after this in a service's first hour, of which little has to be read.
RENEW_YOUNG_US: Final = US_PER_MINUTE
#: What was not renewed for three times as long as it should be reads `stale`.
VALID_US: Final = 3 * RENEW_US


@dataclass(frozen=True, slots=True)
class Occasion:
    """A service, and the moment at which it is looked at."""

    telemetry: Telemetry
    state: ServiceState
    now_us: int
    timezone: str
    fairness: FairnessConfig | None = None  # what the service's owner says is fair
    asked: Window | None = None  # the time that is asked about; None: the windows of the objective until now
    only_mature: bool = False  # of what is asked about the part whose truths are here; else all of it, and it says so

    def circumstances(
        self, objective: Objective, name: WindowName, window: Window, reasons: tuple[str, ...] = ()
    ) -> Circumstances:
        """The window, what its bounds may err, and where its evidence is."""
        query = {
            "environment": self.state.key.environment,
            "service": self.state.key.service,
            "from": window.start_us,
            "to": window.end_us,
            "kind": objective.definition.shows,
        }
        return Circumstances(
            window=window,
            as_of_us=self.now_us,
            watermark_us=self.state.last_arrived_at,
            coverage=1.0,
            alpha_low=alpha_for(name.value, is_hourly=True),
            alpha_high=ALPHA_OK,
            evidence=Evidence(f"/events?{urlencode(query)}", objective.definition.definition),
            reasons=reasons,
        )


class Assessor(Protocol):
    """Answers for the evidence of a kind on one occasion. What it has read it keeps for the next objective."""

    def has_evidence(self, objective: Objective) -> bool:
        """Whether there was any in the last month."""
        ...

    def assess(self, objective: Objective, name: WindowName) -> Estimate:
        """What the objective's indicator is over its page, verdict or report window."""
        ...


#: By what indicators read, who answers for it.
Assessors = Mapping[Reads, Callable[[Occasion], Assessor]]
ByWindow = Mapping[WindowName, Verdict]


@dataclass(slots=True)
class Assessed:
    """What is remembered of one service between two occasions."""

    at_us: int = 0
    folded: int = -1
    service: JudgedService | None = None
    seen: set[str] = field(default_factory=set[str])  # objectives that there was evidence for
    verdicts: Mapping[str, ByWindow] = field(default_factory=dict[str, ByWindow])


def is_assessed(objective: Objective) -> bool:
    """Whether an objective is looked at by the hour."""
    return objective.definition.measure is Measure.ASSESSED


def assess(assessors: Assessors, service: JudgedService, known: Assessed, occasion: Occasion) -> Mapping[str, ByWindow]:
    """The verdicts of the objectives that are looked at by the hour, by name; as they are known while not due.

    An objective that nobody configured is left out until there is evidence of its kind. One whose evidence
    cannot be read stays as it was until it is stale, or is unknown; all others are judged.
    """
    if not _is_due(service, known, occasion):
        return known.verdicts
    before = known.verdicts if known.service == service else dict[str, ByWindow]()
    if known.service != service:
        known.seen.clear()
    known.at_us, known.folded, known.service = occasion.now_us, occasion.state.folded, service
    made: dict[Callable[[Occasion], Assessor], Assessor] = {}
    found: dict[str, ByWindow] = {}
    for objective in service.objectives:
        reads = objective.definition.reads
        if reads is None or reads not in assessors or not _may_be_judged(objective, occasion.state):
            continue
        maker = assessors[reads]
        try:
            if maker not in made:
                made[maker] = maker(occasion)
            assessor = made[maker]
            if objective.name not in known.seen and (objective.declared or assessor.has_evidence(objective)):
                known.seen.add(objective.name)
            if objective.name in known.seen:
                found[objective.name] = _verdicts(objective, assessor, occasion)
        except EvenkeelError as error:  # what ends here must not end what judges everything else, and alerts
            log.error("%s of %s could not be judged: %s", objective.name, occasion.state.key, error)
            found[objective.name] = before.get(objective.name) or _unreadable(objective, occasion)
    known.verdicts = found
    return found


def _is_due(service: JudgedService, known: Assessed, occasion: Occasion) -> bool:
    age_us = occasion.now_us - known.at_us
    if known.service != service or not 0 <= age_us < RENEW_US:
        return True
    is_young = occasion.now_us - occasion.state.first_at < RENEW_US
    return occasion.state.folded > known.folded and age_us >= (RENEW_YOUNG_US if is_young else RENEW_FOLDED_US)


def _may_be_judged(objective: Objective, state: ServiceState) -> bool:
    """Whether the service sends what the indicator is computed from; what is configured is told of in any case."""
    return objective.declared or objective.definition.kinds <= state.kinds


def _verdicts(objective: Objective, assessor: Assessor, occasion: Occasion) -> ByWindow:
    return {name: _judged(objective, assessor.assess(objective, name), occasion) for name in _windows_of(objective)}


def _unreadable(objective: Objective, occasion: Occasion) -> ByWindow:
    """Nothing is known."""
    window = assessed_window(objective.verdict_s, occasion.now_us)
    given = occasion.circumstances(objective, WindowName.VERDICT, window, ("unreadable",))
    estimate = given.unknown(objective.unit, "")
    return {name: _judged(objective, estimate, occasion) for name in _windows_of(objective)}


def _windows_of(objective: Objective) -> list[WindowName]:
    return [name for name in WindowName if name is not WindowName.PAGE or objective.page_s is not None]


def _judged(objective: Objective, estimate: Estimate, occasion: Occasion) -> Verdict:
    return judge_verdict(
        estimate,
        objective.limits,
        now_us=occasion.now_us,
        valid_for_us=VALID_US,
        objective_version=objective.version,
    )
