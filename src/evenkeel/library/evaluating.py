"""`evenkeel.evaluate`: predictions beside what was true, each measure with its interval (SPEC Q-2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.quality.calibration import Calibration, calibration
from evenkeel.judge.quality.classification import (
    CLASSES_MAX,
    Average,
    Confusion,
    Measure,
    accuracy,
    averaged,
    frequent_classes,
    of_class,
)
from evenkeel.judge.quality.confidence import count_confidence, high_share, low_share
from evenkeel.judge.quality.count import as_numbers, count_classes, count_scores
from evenkeel.judge.quality.model import Figure
from evenkeel.judge.quality.regression import bias, count_errors, mae, mape, rmse
from evenkeel.judge.quality.scores import auc, brier, log_loss
from evenkeel.kernel.classes import class_name
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.column import Values
from evenkeel.library.columns import Columns, told_columns
from evenkeel.library.drawing import PANELS_MAX, draw_figures, draw_reliability
from evenkeel.library.opening import open_table
from evenkeel.library.pictures import Picture, picture
from evenkeel.library.showing import Grid, Shown, as_html, as_text, show_figure
from evenkeel.library.table import Table, find_column
from evenkeel.ui.panels import Panel

#: What is called positive where nobody says otherwise.
_POSITIVE: Final = ("1", "true", "True", "yes")
#: A score from which on the positive class is predicted, where no prediction is given beside it.
THRESHOLD: Final = 0.5
#: Segments of one column that are told one by one; those with fewest rows are left to `notes`.
SEGMENTS_MAX: Final = 100


class Task(StrEnum):
    """What is predicted."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


@dataclass(frozen=True)
class Evaluation(Shown):
    """How good predictions were. Prints as a table.

    `figures` are the measures by name, `by_class` those of each class, `segments` the main measure (accuracy; RMSE of
    numbers) by column and level. `notes` say what was left out, and why.
    """

    task: Task
    rows: int
    figures: Mapping[str, Figure]
    by_class: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict[str, Mapping[str, Figure]])
    confusion: Confusion | None = None
    calibration: Calibration | None = None
    segments: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict[str, Mapping[str, Figure]])
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """A table for a terminal."""
        return as_text(self._grid())

    def plot(self, segment: str | None = None) -> Picture:
        """Measures with their intervals, and whether scores are probabilities; or the main measure by `segment`.

        Raises InvalidInputError for a segment that was not asked for.
        """
        if segment is None:
            return picture(self._panels())
        if segment not in self.segments:
            known = ", ".join(self.segments) or "none"
            message = f"{segment!r} is no segment of this evaluation."
            raise InvalidInputError(message, hint=f"There is {known}: name it in segments=[…].", seen=segment)
        return picture([self._by_segment(segment)])

    def _panels(self) -> list[Panel]:
        drawn = [draw_figures(f"{self.task.value.capitalize()}, {self.rows:,} rows", self.figures)]
        if self.calibration is not None and self.calibration.bins:
            drawn.append(draw_reliability(self.calibration))
        return [*drawn, *(self._by_segment(column) for column in list(self.segments)[: PANELS_MAX - len(drawn)])]

    def _by_segment(self, column: str) -> Panel:
        measure = "accuracy" if self.task is Task.CLASSIFICATION else "RMSE"
        return draw_figures(f"{measure} by {column}", self.segments[column])

    def _table(self) -> str:
        return as_html(self._grid())

    def _grid(self) -> Grid:
        rows = [(name, *show_figure(figure)) for name, figure in self.figures.items()]
        for name, measures in self.by_class.items():
            rows += [(f"{measure} of {name!r}", *show_figure(figure)) for measure, figure in measures.items()]
        for column, levels in self.segments.items():
            rows += [(f"where {column} is {level!r}", *show_figure(figure)) for level, figure in levels.items()]
        caption = f"{self.task.value.capitalize()}, {self.rows:,} rows"
        return Grid(caption, ("measure", "value", "95 % interval", "n", "how"), tuple(rows), self.notes)


def evaluate(
    data: object, columns: Columns | None = None, *, segments: Collection[str] = (), task: str = "", **named: Any
) -> Evaluation:
    """How good predictions were: `evaluate(table, truth="churned", predicted="guess", score="probability")`.

    A table is whatever `evenkeel.profile` takes. Without `predicted`, a score of 0.5 or more predicts the positive
    class. Numbers with fractions are a regression, anything else a classification, unless `task` says which. Raises
    InvalidInputError for columns that are not there, and where nobody can tell which class is the positive one.

    >>> found = evaluate({"truth": [1, 0, 1, 1], "guess": [1, 0, 0, 1]}, truth="truth", predicted="guess")
    >>> found.figures["accuracy"].value, found.figures["recall"].value
    (0.75, 0.6666666666666666)
    """
    told = told_columns(columns, named)
    if told.truth is None:
        raise InvalidInputError("There is no truth to compare with.", hint="Name its column: truth='churned'.")
    if told.predicted is None and told.score is None:
        raise InvalidInputError("There is nothing to evaluate.", hint="Name a column of predictions or of scores.")
    table = open_table(data)
    names = [find_column(table, name) for name in (told.truth, told.predicted, told.score) if name is not None]
    read = dict(zip(names, table.values(names), strict=True))
    truth = read[told.truth]
    if _task(task, truth) is Task.REGRESSION:
        return _regression(table, told, read, segments)
    return _classification(table, told, read, segments)


def _task(said: str, truth: Values) -> Task:
    if said:
        try:
            return Task(said)
        except ValueError:
            known = ", ".join(Task)
            raise InvalidInputError(f"The task is {said!r}.", hint=f"It is {known}.", seen=said) from None
    if isinstance(truth, np.ndarray) and truth.dtype.kind == "f":
        given = truth[np.isfinite(truth)]
        return Task.REGRESSION if given.size and (given != np.round(given)).any() else Task.CLASSIFICATION
    has_fractions = any(isinstance(value, float) and value == value and not value.is_integer() for value in truth)
    return Task.REGRESSION if has_fractions else Task.CLASSIFICATION


def _regression(table: Table, told: Columns, read: Mapping[str, Values], segments: Collection[str]) -> Evaluation:
    truth, predicted = as_numbers(read[told.truth or ""]), as_numbers(read[told.predicted or told.score or ""])
    sums = count_errors(predicted, truth)
    figures = {"rmse": rmse(sums), "mae": mae(sums), "bias": bias(sums), "mape": mape(sums)}

    def measure(rows: NDArray[np.bool_]) -> Figure:
        return rmse(count_errors(predicted[rows], truth[rows]))

    by_segment, notes = _by_segment(table, segments, measure)
    apart = {
        "have no truth": sums.unlabelled,
        "have no prediction": sums.unpredicted,
        "are infinite": sums.infinite,
        "have an error too large to be counted": sums.huge,
        "have a truth of 0, and so no relative error": sums.zero_truth,
    }
    notes = (*_say_apart(apart), *notes)
    return Evaluation(Task.REGRESSION, table.rows, figures, segments=by_segment, notes=notes)


def _classification(table: Table, told: Columns, read: Mapping[str, Values], segments: Collection[str]) -> Evaluation:
    truth = _classes(read[told.truth or ""])
    scores = None if told.score is None else as_numbers(read[told.score])
    classes = sorted({name for name in truth if name is not None})
    positive = _positive(told, classes)
    if told.predicted is not None:
        predicted = _classes(read[told.predicted])
    else:
        assert scores is not None
        predicted = _by_score(scores, positive, classes)
    confusion = count_classes(truth, predicted)
    figures = {"accuracy": accuracy(confusion)}
    by_class: dict[str, Mapping[str, Figure]] = {}
    if positive is not None and len(confusion.classes) <= 2:
        figures |= {each.value: of_class(confusion, each, positive) for each in Measure}
    else:
        for average in Average:
            figures |= {f"{average.value} {each.value}": averaged(confusion, each, average)[0] for each in Measure}
        chosen = frequent_classes(confusion, CLASSES_MAX)
        by_class = {name: {each.value: of_class(confusion, each, name) for each in Measure} for name in chosen}
    picture = None
    apart = {"have no truth": confusion.unlabelled, "have no prediction": confusion.unpredicted}
    apart["are of classes that are not told one by one"] = _untold(confusion, by_class) if by_class else 0
    if scores is not None and positive is not None:
        labels = np.array([np.nan if name is None else float(name == positive) for name in truth])
        counts, confidence = count_scores(scores, labels), count_confidence(np.maximum(scores, 1.0 - scores))
        apart |= {"have no score": counts.missing, "have a score that is no probability": counts.outside}
        picture = calibration(counts)
        figures |= {"auc": auc(counts), "log_loss": log_loss(counts), "brier": brier(counts), "ece": picture.ece}
        figures |= {"confidence ≥ 0.8": high_share(confidence), "confidence < 0.5": low_share(confidence)}
    truths, guesses = np.array(truth, dtype=object), np.array(predicted, dtype=object)

    def measure(rows: NDArray[np.bool_]) -> Figure:
        return accuracy(count_classes(truths[rows], guesses[rows]))

    by_segment, notes = _by_segment(table, segments, measure)
    notes = (*_say_apart(apart), *notes)
    return Evaluation(Task.CLASSIFICATION, table.rows, figures, by_class, confusion, picture, by_segment, notes)


def _positive(told: Columns, classes: Sequence[str]) -> str | None:
    """The class that scores are of; None where there are several and no score asks for one."""
    if told.positive is not None:
        name = class_name(told.positive)
        if name is not None and (name in classes or not classes):
            return name
        known = ", ".join(map(repr, classes[:SEGMENTS_MAX]))
        raise InvalidInputError(
            f"No row is of class {told.positive!r}.", hint=f"There are {known}.", seen=told.positive
        )
    found = next((name for name in _POSITIVE if name in classes), None)
    if found is None and told.score is not None and classes:
        known = ", ".join(map(repr, classes[:SEGMENTS_MAX]))
        raise InvalidInputError(f"The classes are {known}.", hint="Say by positive=… which one the score is of.")
    return found if len(classes) <= 2 or told.score is not None else None


def _by_score(scores: NDArray[np.float64], positive: str | None, classes: Sequence[str]) -> list[str | None]:
    """What scores predict, by `THRESHOLD`; nothing where one is no probability. Raises InvalidInputError."""
    if len(classes) > 2:
        known = ", ".join(map(repr, classes[:SEGMENTS_MAX]))
        hint = "Name the column of predictions as well: a score alone tells two classes apart."
        raise InvalidInputError(f"The classes are {known}.", hint=hint, seen=len(classes), allowed=2)
    negative = next((name for name in classes if name != positive), f"not {positive}")
    usable = (scores >= 0.0) & (scores <= 1.0)
    pairs = zip(scores >= THRESHOLD, usable, strict=True)
    return [(positive if is_over else negative) if is_usable else None for is_over, is_usable in pairs]


def _untold(confusion: Confusion, told: Collection[str]) -> float:
    return sum(n for (truth, _), n in confusion.counts.items() if truth not in told)


def _say_apart(apart: Mapping[str, float]) -> list[str]:
    """What was left out, and why; nothing of what there is none of."""
    return [f"{rows:,} rows {what}" for what, rows in apart.items() if rows]


def _classes(values: Values) -> list[str | None]:
    listed: Sequence[object] = values.tolist() if isinstance(values, np.ndarray) else values
    known: dict[object, str | None] = {}
    names: list[str | None] = []
    try:
        for value in listed:
            if value not in known:
                known[value] = class_name(value)
            names.append(known[value])
    except TypeError:  # lists and the like have no hash
        raise InvalidInputError("A class is a list or an object.", hint="Take a text or a number out of it.") from None
    return names


def _by_segment(
    table: Table, segments: Collection[str], measure: Callable[[NDArray[np.bool_]], Figure]
) -> tuple[dict[str, Mapping[str, Figure]], tuple[str, ...]]:
    found: dict[str, Mapping[str, Figure]] = {}
    notes: list[str] = []
    for asked in segments:
        name = find_column(table, asked)
        levels = np.array(_classes(table.values([name])[0]), dtype=object)
        ranked = Counter(level for level in levels if level is not None).most_common()
        found[name] = {level: measure(levels == level) for level, _ in ranked[:SEGMENTS_MAX]}
        if len(ranked) > SEGMENTS_MAX:
            rows = sum(count for _, count in ranked[SEGMENTS_MAX:])
            notes.append(f"{len(ranked) - SEGMENTS_MAX:,} levels of {name} with {rows:,} rows are not told one by one")
        if missing := int(sum(level is None for level in levels)):
            notes.append(f"{missing:,} rows have no {name}")
    return found, tuple(notes)
