"""Performance before labels arrive, from a service's own past: windows whose labels are here calibrate a version.

Each version is its own model, so it is compared with nothing but its own past. How good such estimates have been is
told with them: each past window is estimated by the calibration that has not seen it, and set beside what came true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenkeel.judge.quality.estimated import (
    Calibrator,
    Performance,
    Scored,
    estimate_performance,
    learn_calibration,
    realised,
    usual_range,
)
from evenkeel.judge.quality.model import Figure
from evenkeel.judge.quality.window_scores import is_of_predicted, split_by_predicted
from evenkeel.store.telemetry.predictions import ScoreTable


@dataclass(frozen=True, slots=True)
class Foretold:
    """What one version's measures will be; what they are by the labels at hand; and how far off estimates were.

    `errors` are mean sizes of estimate minus truth over the past windows; `usual` is where the past windows lay. Both
    leave out measures that the past does not have.
    """

    version: str
    predictions: float
    windows: int  # of the past, with their labels
    estimated: Mapping[Performance, Figure]
    realised: Mapping[Performance, Figure]
    errors: Mapping[Performance, float]
    usual: Mapping[Performance, tuple[float, float]]


def foretell(table: ScoreTable, now: int, mature_before: int) -> list[Foretold]:
    """The estimates for part `now` of the table, learned from the parts before `mature_before`, by version.

    Of versions whose scores do not go with what they predicted nothing is told.
    """
    current = (table.part == now) & (table.bucket >= 0)
    names = sorted(set(table.version[current].tolist()))
    return [
        _of_version(table, name, now, mature_before)
        for name in names
        if is_of_predicted(table, table.version == name) and not table.is_cut
    ]


def _of_version(table: ScoreTable, version: str, now: int, mature_before: int) -> Foretold:
    mine = table.version == version
    window = split_by_predicted(table, mine & (table.part == now))
    past = mine & (table.part < min(now, mature_before)) & (table.truth >= 0)
    parts = [split_by_predicted(table, past & (table.part == part)) for part in np.unique(table.part[past]).tolist()]
    parts = [part for part in parts if part.together.labelled > 0]
    calibrator = learn_calibration(parts)
    usual = {measure: reach for measure in Performance if (reach := usual_range(parts, measure)) is not None}
    return Foretold(
        version,
        float(table.sums[mine & (table.part == now), 0].sum()),
        len(parts),
        estimate_performance(window, calibrator),
        realised(window),
        {} if calibrator is None else past_errors(parts, calibrator),
        usual,
    )


def past_errors(parts: Sequence[Scored], calibrator: Calibrator) -> Mapping[Performance, float]:
    """The mean size of estimate minus truth over the reference's parts, each estimated without having been seen."""
    off: dict[Performance, list[float]] = {measure: [] for measure in Performance}
    for part, unseen in zip(parts, calibrator.without_one, strict=True):
        alone = Calibrator(unseen, (unseen,), calibrator.is_calibrated, 0.0, 0.0)
        guessed, true = estimate_performance(part, alone), realised(part)
        for measure in Performance:
            guess, truth = guessed[measure].value, true[measure].value
            if guess is not None and truth is not None:
                off[measure].append(abs(guess - truth))
    return {measure: float(np.mean(sizes)) for measure, sizes in off.items() if sizes}
