"""Drift by feature and time: every hour or day of a window against the reference.

The features of one hour are judged together, as a window of that hour would be: where nothing drifts, at most 0.7 % of
hours say anything, and next to none that it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from typing import Any, Final

from evenkeel.judge.drift.baseline_cache import Known
from evenkeel.judge.drift.design import Design, compare_in_season
from evenkeel.judge.drift.effect import detectable_sd, measure_psi, shift_of_psi
from evenkeel.judge.drift.family import judge_size
from evenkeel.judge.drift.limits import DriftLimits, Matters
from evenkeel.judge.drift.model import FALSE_ALARMS_MAX, Detected, Material
from evenkeel.judge.drift.sketches import group_numbers, join_indices, weights_of
from evenkeel.judge.drift.vectors import Vectors, align
from evenkeel.kernel.embedding import split_feature
from evenkeel.kernel.profile.model import Counts, Grid, Profile
from evenkeel.kernel.stats.false_discovery import adjusted_p
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import FeatureGrid, Step


class State(StrEnum):
    """What a cell says."""

    EMPTY = "empty"  # no rows
    REFERENCE = "reference"  # it is part of what the others are compared with
    UNKNOWN = "unknown"  # too few rows, no week of reference before it, or a day that is not over: nights are no days
    NO = "no"  # no drift; one that matters would most likely have been seen
    SMALL = "small"  # beyond chance, and too small to matter
    WARNING = "warning"
    BREACH = "breach"


_OF_SIZE: Final = {
    Material.NO: State.SMALL,
    Material.UNKNOWN: State.UNKNOWN,
    Material.WARNING: State.WARNING,
    Material.BREACH: State.BREACH,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A feature in an hour or a day. `psi` is the index with chance taken off, where something differs."""

    at: int
    n: int
    state: State
    psi: float | None = None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A feature's cells."""

    feature: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class _Tested:
    grid: Grid
    both: Vectors
    design: Design
    p: float


@dataclass(frozen=True)
class Asked:
    """The hours or days of a map, what matters, and what tells whether the counts of one of them have changed.

    `given` are references that somebody gave, by feature.
    """

    window: Window
    step: Step
    limits: DriftLimits = field(default_factory=DriftLimits)
    given: Mapping[str, Profile] = field(default_factory=dict[str, Profile])
    mark: Callable[[int], Any] | None = None  # of the start of an hour or day; None: nothing is kept


def draw_map(known: Known, counted: Mapping[str, Mapping[int, Counts]], asked: Asked) -> list[HeatRow]:
    """A row per feature, in the order of its grids. An hour or a day that is as it was is not judged again."""
    window, step_us = asked.window, US_PER_HOUR if asked.step == "hour" else US_PER_DAY
    columns: list[Mapping[str, Cell]] = []
    for at in range(window.start_us // step_us * step_us, window.end_us, step_us):
        is_judged = asked.step == "hour" or at + step_us <= window.end_us
        if asked.mark is None:
            columns.append(_judge_column(known, counted, asked, at, is_judged=is_judged))
            continue
        rests_on = asked.mark(at), is_judged, asked.limits
        column = known.find_column(asked.step, at, rests_on)
        if column is None:
            column = _judge_column(known, counted, asked, at, is_judged=is_judged)
            known.keep_column(asked.step, at, (rests_on, column))
        columns.append(column)
    names = [grid.feature for grid in known.grids]
    features = [split_feature(names[rows[0]])[0] for rows in group_numbers(names)]
    return [HeatRow(name, tuple(column[name] for column in columns)) for name in features]


def _judge_column(
    known: Known, counted: Mapping[str, Mapping[int, Counts]], asked: Asked, at: int, *, is_judged: bool
) -> Mapping[str, Cell]:
    """All features of one hour or day, which are one family of tests."""
    made: list[Cell] = []
    here: dict[int, _Tested] = {}
    for row, grid in enumerate(known.grids):
        counts = counted.get(grid.feature, {}).get(at)
        cell, test = _look(known, grid, asked.given.get(grid.feature), (at, asked.step), counts)
        made.append(cell)
        if test is not None and is_judged:
            both, design = test
            here[row] = _Tested(grid.grid, both, design, compare_in_season(grid.grid, both, design).p)
    names = [grid.feature for grid in known.grids]
    groups = {split_feature(names[rows[0]])[0]: rows for rows in group_numbers(names)}
    merged = {name: _first(made[row] for row in rows) for name, rows in groups.items()}
    family = {name: [row for row in rows if row in here] for name, rows in groups.items()}
    family = {name: rows for name, rows in family.items() if rows}
    weights = {name: weights_of([names[row] for row in rows]) for name, rows in family.items()}
    p = [
        min(1.0, *(here[row].p / weight for row, weight in zip(rows, weights[name], strict=True)))
        for name, rows in family.items()
    ]
    for (name, rows), q in zip(family.items(), adjusted_p(p), strict=True):
        each = [(here[row], ceil(len(family) / weight)) for row, weight in zip(rows, weights[name], strict=True)]
        merged[name] = _decide(merged[name], each, q, asked.limits.of(name))
    return merged


def _first(cells: Iterable[Cell]) -> Cell:
    """What is said of several numbers of one embedding that came together, before any is judged."""
    found = list(cells)
    return next((cell for cell in found if cell.state is not State.EMPTY), found[0])


def _look(
    known: Known, grid: FeatureGrid, given: Profile | None, when: tuple[int, Step], counts: Counts | None
) -> tuple[Cell, tuple[Vectors, Design] | None]:
    """A cell that waits for its verdict, with what it is judged by; or one that needs none."""
    at, step = when
    if counts is None or counts.n == 0:
        return Cell(at, 0, State.EMPTY), None
    baseline = known.baselines[grid.feature]
    if given is None and at // US_PER_DAY * US_PER_DAY in baseline.days:
        return Cell(at, counts.n, State.REFERENCE), None
    waiting = Cell(at, counts.n, State.UNKNOWN)
    if not baseline.is_whole or (given is None and baseline.ends_us > at):
        return waiting, None
    season = known.season(grid, at, step)
    if season is None:
        return waiting, None
    reference = season.whole if given is None else given.counts
    return waiting, (align(grid.grid, reference, counts), season.spread.allow(counts.n))


def _decide(waiting: Cell, tests: Sequence[tuple[_Tested, int]], q: float, matters: Matters) -> Cell:
    """`tests` are a feature's, or those of all numbers of an embedding, each with how many it is one of."""
    if q > FALSE_ALARMS_MAX:
        seen = max(_seen(test, many) for test, many in tests)
        return Cell(waiting.at, waiting.n, State.NO if seen <= shift_of_psi(matters.alert) else State.UNKNOWN)
    found = [measure_psi(test.grid, test.both, design_effect=test.design.shape) for test, _ in tests]
    psi, _ = join_indices(found)
    return Cell(waiting.at, waiting.n, _OF_SIZE[judge_size(Detected.YES, psi, matters)], psi.debiased)


def _seen(test: _Tested, many: int) -> float:
    """The shift, in standard deviations, that would have been seen."""
    n, m, design = test.both.reference_n, test.both.window_n, test.design
    return detectable_sd(n, m, features=many, windows=design.windows) * design.location**0.5
