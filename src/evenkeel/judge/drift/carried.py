"""Which segment carries the drift of a running service's feature: looked for when somebody asks, in stored predictions.

What was before is the reference's own days, as long as their predictions are kept; later, and beside a reference that
somebody gave, the days before the drift began, which did not differ from the reference beyond chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.drift.beginnings import Beginning
from evenkeel.judge.drift.carriers import Carrier, Level, describe_carrier, find_carriers
from evenkeel.judge.drift.chance import seeded
from evenkeel.judge.drift.judged import JudgedFeature
from evenkeel.judge.drift.model import Detected, Material
from evenkeel.kernel.stats.monte_carlo import Drawing
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.feature_port import SegmentCounts
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.ui.formats import plural

#: What a prediction that names no level of a segment is called.
NO_LEVEL: Final = "(none)"
_OTHERS: Final = "(others)"
#: Days before the beginning that are compared with what came after.
_BEFORE_US: Final = 7 * US_PER_DAY
#: So much of the reference's rows must be stored still to stand for it.
_KEPT_MIN: Final = 0.9


@dataclass(frozen=True)
class Carried:
    """The levels that carry a feature's drift, what was compared, or why nothing was."""

    feature: str
    now: Window
    then: Window | None = None
    is_reference: bool = False  # whether `then` is the reference; else it is what was before the drift began
    counted: SegmentCounts | None = None
    segments: Sequence[str] = ()
    carriers: Sequence[Carrier] = ()
    reason: str = ""

    @property
    def is_cut(self) -> bool:
        """Whether only a part of the predictions was read."""
        return self.counted is not None and max(self.counted.one_in) > 1

    def describe(self) -> str:
        """What was found, in one sentence, or why nothing was looked for."""
        if self.reason:
            return f"{self.feature}: {self.reason}"
        if not self.segments:
            named = 'Name them: log_prediction(…, segments={"country": "es"}).'
            return f"{self.feature}: these predictions name no segment. {named}"
        if not self.carriers:
            where = " or ".join(self.segments)
            return f"No level of {where} carries it alone: without any one of them what is left still matters."
        first = self.carriers[0]
        return f"{self.feature} is carried by {first.segment} = {first.level}: {describe_carrier(first)}."


def find_carried(
    telemetry: Telemetry, key: ServiceKey, judged: JudgedFeature, since: Beginning | None, psi_limit: float
) -> Carried:
    """The levels that carry what drifted of a feature, corrected for all levels of all segments looked at."""
    empty = Carried(judged.finding.feature, judged.window)
    if judged.finding.detected is not Detected.YES or judged.finding.material is Material.NO:
        return replace(empty, reason="it has not drifted so far that it matters, so nothing carries it.")
    then, counted = _compared(telemetry, key, judged, since)
    if then is None or counted is None:
        why = (
            "predictions of its reference are not kept, and those before it drifted are not known or not kept, either."
        )
        return replace(empty, reason=why)
    levels = [
        Level(each.segment, (each.level or NO_LEVEL) if each.is_named else _OTHERS, *each.counts, each.is_named)
        for each in counted.levels
    ]
    grid = judged.feature.reference.grid
    return replace(
        empty,
        then=then[0],
        is_reference=then[1],
        counted=counted,
        segments=sorted({each.segment for each in levels}),
        carriers=find_carriers(grid, levels, Drawing(seeded()), psi_limit=psi_limit),
    )


def describe_compared(found: Carried) -> str:
    """How many predictions of which times were compared."""
    if found.counted is None or found.then is None:
        return ""
    read, stored = found.counted.read, found.counted.stored
    then = "of the reference's days" if found.is_reference else "of the days before it began"
    said = f"Of {plural(read[1], 'predictions')} now, beside {plural(read[0], 'predictions')} {then}"
    cut = f"; an even part of {stored[1]:,} and {stored[0]:,}" if found.is_cut else ""
    return f"{said}{cut}."


def _compared(
    telemetry: Telemetry, key: ServiceKey, judged: JudgedFeature, since: Beginning | None
) -> tuple[tuple[Window, bool] | None, SegmentCounts | None]:
    """What was before with whether that is the reference, and the predictions of then and now by segment."""
    feature = judged.feature.name
    if not judged.is_given and judged.baseline.days:
        days = Window(judged.baseline.days[0], judged.baseline.ends_us)
        counted = telemetry.feature_by_segment(key, feature, (days, judged.window))
        if counted.stored[0] >= _KEPT_MIN * judged.feature.reference.counts.n:
            return (days, True), counted
    if since is None or since.may_be_older:
        return None, None
    before = Window(since.earliest_us - _BEFORE_US, since.earliest_us)
    now = Window(max(judged.window.start_us, since.earliest_us), judged.window.end_us)
    counted = telemetry.feature_by_segment(key, feature, (before, now))
    return ((before, False), counted) if counted.stored[0] else (None, None)
