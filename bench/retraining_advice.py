"""Retraining advice on ELEC2: how many trainings it saves against "PSI > 0.2", and what that costs in accuracy.

45,312 half-hours of the electricity market of New South Wales in order of time; the model (logistic regression, here
by Newton's method) says whether the price is above its mean of the last day. It is trained on the last 60 days, then
every week is predicted, labelled, and decided on. A policy that trains always is the one to compare with, and so are
as many trainings at equal distances, averaged over where they begin. The rule was chosen on this series, by how it does
in all twelve variants of `--full` (45, 60 and 90 days of training data, weeks from another day on, no clock among the
features), and not on the best of them; it has not been tried on another series.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
from bench.report import Row
from numpy.typing import NDArray

from evenkeel.judge.quality.advice import Stretch, advise_retraining
from evenkeel.kernel.stats.psi import plain_psi

HEADING = "Retraining advice on ELEC2, decided weekly"
SHARED: Final = Path(os.environ.get("EVENKEEL_SHARED") or Path(__file__).parents[2] / "shared")
DATA: Final = SHARED / "data" / "elec2.csv"
DAY: Final = 48
WEEK: Final = 7 * DAY
RECENT_WEEKS: Final = 3
PHASES: Final = 8
#: Days of training data, and where the first week begins after them: the variants of `--full`.
DAYS: Final = (45, 60, 90)
LATER: Final = (0, 3)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """Means, spreads and weights of a logistic regression."""

    mean: Floats
    spread: Floats
    weights: Floats

    def scores(self, features: Floats) -> Floats:
        """The probability of the positive class."""
        columns = (features - self.mean) / self.spread
        linear = self.weights[0] + columns @ self.weights[1:]
        return 1.0 / (1.0 + np.exp(-np.clip(linear, -30.0, 30.0)))


def train(features: Floats, labels: Floats) -> Model:
    """Logistic regression with a ridge of 1, as scikit-learn has it by default."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread < 1e-12, 1.0, spread)  # three features are constant until they go live
    columns = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    weights, ridge = np.zeros(columns.shape[1]), np.eye(columns.shape[1])
    ridge[0, 0] = 0.0
    for _ in range(30):
        chance = 1.0 / (1.0 + np.exp(-np.clip(columns @ weights, -30.0, 30.0)))
        slope = columns.T @ (chance - labels) + ridge @ weights
        curve = (columns * (chance * (1.0 - chance) + 1e-9)[:, None]).T @ columns + ridge
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return Model(mean, spread, weights)


@dataclass
class World:
    """The series, what of it is used, and the models trained so far by where their data end."""

    features: Floats
    labels: Floats
    training: int
    first: int
    models: dict[int, Model] = field(default_factory=dict[int, Model])

    @property
    def weeks(self) -> list[int]:
        """Where each whole week begins."""
        return list(range(self.first, len(self.labels) - WEEK + 1, WEEK))

    def model(self, end: int) -> Model:
        """The model trained on what lay before `end`."""
        if end not in self.models:
            part = slice(end - self.training, end)
            self.models[end] = train(self.features[part], self.labels[part])
        return self.models[end]

    def days(self, trained: int, begin: int, end: int) -> list[Stretch]:
        """What the model did, day by day."""
        scores, labels = self.model(trained).scores(self.features[begin:end]), self.labels[begin:end]
        right = ((scores > 0.5) == (labels > 0.5)).astype(float)
        return [
            Stretch(DAY, *(float(values[i : i + DAY].sum()) for values in (right, labels, scores)))
            for i in range(0, end - begin, DAY)
        ]


#: Whether to train after the week of this number, from the days since the last training and those of fresh models.
Policy = Callable[[int, Sequence[Stretch], Sequence[Stretch]], bool]


def run(world: World, policy: Policy) -> tuple[int, float]:
    """(how often it trains, accuracy over all weeks)."""
    trained = world.first
    fresh = world.days(trained, trained - world.training, trained)
    since: list[Stretch] = []
    trainings, right, rows = 0, 0.0, 0.0
    for number, begin in enumerate(world.weeks):
        week = world.days(trained, begin, begin + WEEK)
        right, rows = right + sum(day.right for day in week), rows + sum(day.rows for day in week)
        is_first = not since
        since = [*since, *week]
        if policy(number, fresh, since):
            trained, since, trainings = begin + WEEK, [], trainings + 1
        fresh = [*fresh, *week] if is_first else fresh
    return trainings, right / rows


def by_advice(number: int, fresh: Sequence[Stretch], since: Sequence[Stretch]) -> bool:
    """What the product advises, from the last three weeks."""
    del number
    return advise_retraining(fresh, since[-RECENT_WEEKS * 7 :]).retrain


def always(*_: object) -> bool:
    """Trains after every week."""
    return True


def never(*_: object) -> bool:
    """Trains once, at the beginning."""
    return False


def at_weeks(numbers: set[int]) -> Policy:
    """Trains after the weeks of these numbers."""

    def policy(number: int, *_: object) -> bool:
        return number in numbers

    return policy


def periodic(world: World, trainings: int) -> float:
    """Mean accuracy of as many trainings at equal distances, over where they begin."""
    weeks = len(world.weeks)
    found: list[float] = []
    for phase in range(PHASES):
        at = {int((i + phase / PHASES) * weeks / trainings) for i in range(trainings)}
        found.append(run(world, at_weeks(at))[1])
    return float(np.mean(found))


def by_psi(world: World) -> int:
    """In how many weeks some feature has PSI > 0.2 against the first 60 days, in deciles of these."""
    reference = world.features[: world.first]
    edges = [np.unique(np.quantile(column, np.arange(1, 10) / 10)) for column in reference.T]

    def deciles(rows: Floats, i: int) -> NDArray[np.int64]:
        return np.bincount(np.searchsorted(edges[i], rows[:, i]), minlength=edges[i].size + 1)

    return sum(
        any(
            plain_psi(deciles(reference, i), deciles(world.features[begin : begin + WEEK], i)) > 0.2
            for i in range(world.features.shape[1])
        )
        for begin in world.weeks
    )


def measure(*, full: bool = False) -> Sequence[Row]:
    """The one of the issue; with `full`, its variants."""
    if not DATA.exists():
        return [Row("trainings saved", None, "%", 80, beside=f"{DATA.name} is not there")]
    table = np.genfromtxt(DATA, delimiter=",", skip_header=1)
    features, labels = table[:, :-1], table[:, -1]
    rows = judged("60 days", World(features, labels, 60 * DAY, 60 * DAY))
    for (columns, without), days, later in product(((features, ""), (features[:, 1:], ", no clock")), DAYS, LATER):
        if full:
            world = World(columns, labels, days * DAY, (days + later) * DAY)
            rows += judged(f"{days} days from day {later}{without}", world)[1:]
    return rows


def judged(name: str, world: World) -> list[Row]:
    """Trainings saved, accuracy lost, and accuracy beside as many periodic trainings."""
    weekly, best = run(world, always)
    untouched = run(world, never)[1]
    trainings, accuracy = run(world, by_advice)
    alike = periodic(world, trainings)
    weeks = len(world.weeks)
    return [
        Row(f"{name}: weeks with PSI > 0.2", by_psi(world), f"of {weeks}"),
        Row(f"{name}: trainings saved", 100 * (1 - trainings / weekly), "%", 80, beside=f"{trainings}, not {weekly}"),
        Row(
            f"{name}: accuracy lost",
            100 * (best - accuracy),
            "points",
            1.0,
            at_most=True,
            beside=f"{100 * accuracy:.2f} %; always {100 * best:.2f}, never {100 * untouched:.2f}",
        ),
        Row(
            f"{name}: accuracy, times that of as many periodic trainings",
            accuracy / alike,
            "",
            1.0,
            beside=f"periodic {100 * alike:.2f} %",
        ),
    ]
