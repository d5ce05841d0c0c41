"""The course of a service's predictions: accuracy step by step, and whether to train again.

Fresh is what a version did in its first days, and what the versions before it did in theirs; recent are the last weeks
of the newest version, which its first days are no part of. Days whose labels are still to come are in neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from evenkeel.judge.quality.advice import STRETCHES_MIN, Advice, Stretch, advise_retraining
from evenkeel.judge.quality.maturity import State
from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.kernel.stats.weights import Weight, share_design_effect
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.telemetry.predictions import LabelStep

#: A version is fresh on so many days with labels: as many as the advice needs.
FRESH_DAYS: Final = STRETCHES_MIN
#: What it did on so many of the last days is recent: three weeks, as the rule was measured.
RECENT_DAYS: Final = 21


@dataclass(frozen=True, slots=True)
class Moment:
    """Accuracy of one step of time, and predictions of it that have no truth yet."""

    at: int
    accuracy: Figure
    unlabelled: float


def accuracy_course(steps: Sequence[LabelStep]) -> list[Moment]:
    """Accuracy per step, all versions together, in order of time.

    >>> course = accuracy_course([LabelStep(0, "1", 8, 2, 8, 2, 0), LabelStep(0, "2", 9, 1, 9, 1, 5)])
    >>> [(moment.accuracy.value, moment.accuracy.n, moment.unlabelled) for moment in course]
    [(0.85, 20.0, 5)]
    """
    found: list[Moment] = []
    for at, rows in groupby(sorted(steps, key=lambda step: step.at), key=lambda step: step.at):
        these = list(rows)
        hits = sum((Weight(step.right, step.right_squares) for step in these), Weight())
        misses = sum((Weight(step.wrong, step.wrong_squares) for step in these), Weight())
        figure = share(hits.n, hits.n + misses.n, Reason.NO_LABELS, deff=share_design_effect(hits, misses))
        found.append(Moment(at, figure, sum(step.unlabelled for step in these)))
    return found


def advise(days: Sequence[LabelStep], mature_before_us: int | None) -> Advice:
    """Whether the newest version should be trained again, from labelled days of all versions.

    Days that end after `mature_before_us` still wait for labels; with None nobody knows which do.

    >>> [finding.why_not.value for finding in advise([], 0).findings]
    ['too_few', 'too_few']
    """
    if mature_before_us is None:
        return advise_retraining((), (), State.UNKNOWN)
    ripe = [day for day in days if day.at + US_PER_DAY <= mature_before_us and day.right + day.wrong > 0]
    versions = {day.version: None for day in sorted(ripe, key=lambda day: day.at)}
    fresh: list[Stretch] = []
    recent: list[Stretch] = []
    for version in versions:
        mine = sorted((day for day in ripe if day.version == version), key=lambda day: day.at)
        fresh += [_stretch(day) for day in mine[:FRESH_DAYS]]
        recent = [_stretch(day) for day in mine[FRESH_DAYS:][-RECENT_DAYS:]]
    return advise_retraining(fresh, recent)


def _stretch(day: LabelStep) -> Stretch:
    rows = day.right + day.wrong
    # Scores speak only where each labelled row has one.
    has_scores = day.scored > 0 and abs(day.scored - rows) <= 1e-9 * rows
    return Stretch(rows, day.right, day.positives, day.expected_positives if has_scores else None)
