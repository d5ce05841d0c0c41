"""How often intervals of quality hold what they claim to, at nominal 95 %; and what is estimated without labels.

Samples are drawn from worlds whose true value is known: near 0 and 1, with few positives, with classes that hardly
occur, with skewed losses. Of each family the world that is covered least is printed. The least of many is low by chance
already, so that one is drawn again, four times as often, and what is printed is of the new samples.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Final

import duckdb
import numpy as np
from bench.report import Row
from numpy.typing import NDArray

from evenkeel.judge.quality.calibration import calibration
from evenkeel.judge.quality.classification import Average, Confusion, Measure, averaged, f1
from evenkeel.judge.quality.count import count_scores
from evenkeel.judge.quality.estimated import (
    Performance,
    Scored,
    count_scored,
    estimate_performance,
    learn_calibration,
    realised,
    usual_range,
)
from evenkeel.judge.quality.model import Figure, Reason, share
from evenkeel.judge.quality.regression import count_errors, mae, rmse
from evenkeel.judge.quality.scores import auc, brier, log_loss
from evenkeel.judge.quality.segments import FALSE_FINDS, Rows, find_worse_segments

HEADING = "Quality: coverage of nominal 95 % intervals, estimates without labels, false finds of segments"
SHARED: Final = Path(os.environ.get("EVENKEEL_SHARED") or Path(__file__).parents[2] / "shared")
LOANS: Final = SHARED / "data" / "car_loan"
CHUNK: Final = 5_000
SEED: Final = 20_261_130
REQUIRED: Final = 93.0

Floats = NDArray[np.float64]
Generator = np.random.Generator
#: One sample's figure, and the value that its interval should hold.
Draw = Callable[[Generator], tuple[Figure, float]]


def measure(*, full: bool = False) -> Sequence[Row]:
    """400 samples of each world; with `full`, 4,000."""
    samples = 4_000 if full else 400
    families: Mapping[str, Mapping[str, Draw]] = {
        "share of 20 to 1,000 rows": _shares(),
        "F1 of one class": _f1(),
        "averages over classes, 100 and 1,000 rows": _averages(),
        "AUC, 10 to 1,000 positives": _areas(),
        "Brier, log loss": _losses(),
        "expected calibration error": _calibrations(),
        "RMSE and MAE of 200 rows": _errors(),
        "estimated before labels arrive": _estimates(),
    }
    rows = [_least(name, worlds, samples) for name, worlds in families.items()]
    return [*rows, *_loans(), _false_finds(samples)]


def _least(family: str, worlds: Mapping[str, Draw], samples: int) -> Row:
    """The world of the family whose intervals hold the least often."""
    found = {name: _covered(draw, samples, number) for number, (name, draw) in enumerate(worlds.items())}
    name = min(found, key=lambda each: found[each])
    again = _covered(worlds[name], 4 * samples, len(worlds))
    error = 100 * math.sqrt(0.05 * 0.95 / (4 * samples))
    mean = sum(found.values()) / len(found)
    beside = f"{name}, ± {error:.1f} standard error; mean of {len(found)} worlds {mean:.1f} %"
    return Row(f"{family}: least coverage", again, "%", REQUIRED, beside=beside)


def _covered(draw: Draw, samples: int, seed: int) -> float:
    """Per cent of samples whose interval holds the true value."""
    chance, held = np.random.default_rng([SEED, seed]), 0
    for _ in range(samples):
        figure, true = draw(chance)
        held += figure.low is not None and figure.high is not None and figure.low <= true <= figure.high
    return 100.0 * held / samples


def _shares() -> dict[str, Draw]:
    def world(p: float, n: int) -> Draw:
        return lambda chance: (share(int(chance.binomial(n, p)), n, Reason.NO_ROWS), p)

    return {f"{p} of {n}": world(p, n) for p in (0.001, 0.01, 0.1, 0.5, 0.95, 0.996) for n in (20, 100, 1_000)}


def _f1() -> dict[str, Draw]:
    def world(p: float, n: int) -> Draw:
        return lambda chance: (f1(int(chance.binomial(n, p)), n), 2 * p / (1 + p))

    return {f"Jaccard {p} of {n}": world(p, n) for p in (0.005, 0.1, 0.6, 0.95, 0.996) for n in (50, 500)}


TABLES: Final[dict[str, Floats]] = {
    "three alike": np.array([[0.30, 0.02, 0.01], [0.03, 0.30, 0.02], [0.01, 0.01, 0.30]]),
    "one rare class": np.array([[0.85, 0.05], [0.03, 0.07]]),
    "hardly an error": np.array([[0.500, 0.001, 0.0], [0.001, 0.300, 0.001], [0.001, 0.0, 0.196]]),
    "ten classes": np.eye(10) * 0.08 + 0.002,
}


def _averages() -> dict[str, Draw]:
    def world(table: Floats, n: int, measure: Measure, average: Average) -> Draw:
        shares = table / table.sum()
        occurred, predicted, hit = shares.sum(axis=1), shares.sum(axis=0), np.diag(shares)
        over = {Measure.PRECISION: predicted, Measure.RECALL: occurred, Measure.F1: (occurred + predicted) / 2}
        weights = np.ones(len(hit)) if average is Average.MACRO else occurred
        true = float(weights @ (hit / over[measure]) / weights.sum())

        def draw(chance: Generator) -> tuple[Figure, float]:
            counts = chance.multinomial(n, shares.ravel()).reshape(shares.shape)
            pairs = {(str(i), str(j)): int(count) for (i, j), count in np.ndenumerate(counts) if count}
            return averaged(Confusion(pairs), measure, average)[0], true

        return draw

    return {
        f"{average} {measure}, {name}, {n}": world(table, n, measure, average)
        for name, table in TABLES.items()
        for n in (100, 1_000)
        for measure in Measure
        for average in Average
    }


def _areas() -> dict[str, Draw]:
    def world(area: float, spread: float, sizes: tuple[int, int]) -> Draw:
        shift = NormalDist().inv_cdf(area) * math.sqrt(1.0 + spread**2)
        labels = np.repeat([1.0, 0.0], sizes)

        def draw(chance: Generator) -> tuple[Figure, float]:
            values = np.concatenate([chance.normal(shift, spread, sizes[0]), chance.normal(0.0, 1.0, sizes[1])])
            # Any rising function of the values has the same area; the grid wants probabilities.
            return auc(count_scores(1.0 / (1.0 + np.exp(-values)), labels)), area

        return draw

    return {
        f"{area}, spread {spread:g}, {sizes[0]} and {sizes[1]}": world(area, spread, sizes)
        for area, spread in ((0.5, 1.0), (0.7, 1.0), (0.9, 1.0), (0.97, 1.0), (0.995, 1.0), (0.9, 3.0), (0.8, 0.3))
        for sizes in ((10, 200), (50, 50), (200, 20), (1_000, 1_000))
    }


def _scored(chance: Generator, n: int, shape: tuple[float, float], bent: float = 1.0) -> tuple[Floats, Floats]:
    scores = chance.beta(*shape, n)
    return scores, (chance.random(n) < scores**bent).astype(float)


def _losses() -> dict[str, Draw]:
    def squared(shape: tuple[float, float], n: int) -> Draw:
        a, b = shape
        true = a * b / ((a + b) * (a + b + 1.0))
        return lambda chance: (brier(count_scores(*_scored(chance, n, shape))), true)

    def logarithmic(n: int) -> Draw:
        # The mean entropy of a share drawn evenly from 0 to 1 is 1/2.
        return lambda chance: (log_loss(count_scores(*_scored(chance, n, (1.0, 1.0)))), 0.5)

    found = {f"Brier, beta{shape}, {n}": squared(shape, n)
             for shape in ((1.0, 1.0), (0.1, 0.1), (0.2, 5.0), (0.1, 20.0)) for n in (100, 300, 3_000)}  # fmt: skip
    return found | {f"log loss, {n}": logarithmic(n) for n in (100, 1_000)}


def _calibrations() -> dict[str, Draw]:
    def world(bent: float, n: int) -> Draw:
        true = abs(0.5 - 1.0 / (bent + 1.0))
        return lambda chance: (calibration(count_scores(*_scored(chance, n, (1.0, 1.0), bent))).ece, true)

    return {f"score to the power of {bent}, {n}": world(bent, n) for bent in (1.0, 1.1, 1.5) for n in (200, 2_000)}


def _errors() -> dict[str, Draw]:
    def world(draw: Callable[[Generator], Floats], by: Callable[..., Figure], true: float) -> Draw:
        return lambda chance: (by(count_errors(draw(chance), np.zeros(200))), true)

    def normal(chance: Generator) -> Floats:
        return chance.normal(0.0, 1.0, 200)

    def laplace(chance: Generator) -> Floats:
        return chance.laplace(0.0, 1.0, 200)

    def heavy(chance: Generator) -> Floats:
        return chance.standard_t(6, 200)

    return {
        "RMSE, normal": world(normal, rmse, 1.0),
        "RMSE, Laplace": world(laplace, rmse, math.sqrt(2.0)),
        "RMSE, t with 6 degrees": world(heavy, rmse, math.sqrt(1.5)),
        "MAE, normal": world(normal, mae, math.sqrt(2.0 / math.pi)),
        "MAE, Laplace": world(laplace, mae, 1.0),
    }


def _estimates() -> dict[str, Draw]:
    def window(chance: Generator, n: int, shape: tuple[float, float]) -> Scored:
        scores, labels = _scored(chance, n, shape, 1.5)
        return count_scored(scores, labels, (scores > 0.6).astype(float))

    def world(measure: Performance, shape: tuple[float, float]) -> Draw:
        def draw(chance: Generator) -> tuple[Figure, float]:
            calibrator = learn_calibration([window(chance, 1_000, (1.0, 1.0)) for _ in range(8)])
            now = window(chance, 1_500, shape)
            return estimate_performance(now, calibrator)[measure], realised(now)[measure].value or math.nan

        return draw

    return {
        f"{measure}, beta{shape}": world(measure, shape)
        for measure in Performance
        for shape in ((1.0, 1.0), (2.0, 1.5))
    }


def _loans() -> list[Row]:
    """NannyML's own data: scores of a loan model, whose world changes half way."""
    if not LOANS.exists():
        return [Row("car loans: mean |estimated - realised| AUC", None, "", 0.003, beside=f"{LOANS} is not there")]
    reference = _chunks(f"SELECT * FROM '{LOANS}/car_loan_reference.parquet' ORDER BY id")
    later = _chunks(
        f"SELECT * FROM '{LOANS}/car_loan_analysis.parquet' "
        f"JOIN '{LOANS}/car_loan_analysis_target.parquet' USING (id) ORDER BY id"
    )
    calibrator, rows = learn_calibration(reference), list[Row]()
    known = {"auc": 0.0021, "f1": 0.0026, "accuracy": 0.0031, "precision": 0.0080, "recall": 0.0109}
    for measure in Performance:
        estimated = [estimate_performance(chunk, calibrator)[measure].value or math.nan for chunk in later]
        true = [realised(chunk)[measure].value or math.nan for chunk in later]
        gap = float(np.mean(np.abs(np.array(estimated) - np.array(true))))
        goal = 0.003 if measure is Performance.AUC else None
        low, high = usual_range(reference, measure) or (math.nan, math.nan)
        outside = [number for number, value in enumerate(estimated, 1) if not low <= value <= high]
        beside = f"NannyML 0.13.1 {known[measure]:.4f}; outside its usual range in chunks {outside} of 10"
        rows.append(
            Row(f"car loans: mean |estimated - realised| {measure}", gap, "", goal, at_most=True, beside=beside)
        )
    return rows


def _chunks(query: str) -> list[Scored]:
    columns = duckdb.connect().execute(query).fetchnumpy()
    score, guess, label = (np.asarray(columns[name], dtype=float) for name in ("y_pred_proba", "y_pred", "repaid"))
    parts = (slice(i, i + CHUNK) for i in range(0, score.size, CHUNK))
    return [count_scored(score[part], label[part], guess[part]) for part in parts]


def _false_finds(samples: int) -> Row:
    """Sixty segments, the largest a fifth of 5,000 rows, and none that differs."""
    chance, found = np.random.default_rng([SEED, 99]), 0
    shares = (1 / np.arange(1, 61)) / (1 / np.arange(1, 61)).sum()
    for _ in range(samples):
        n = chance.multinomial(5_000, shares)
        bad = chance.binomial(n, 0.1)
        segments = {str(i): Rows(int(n[i]), int(bad[i])) for i in range(n.size)}
        found += bool(find_worse_segments(segments, Rows(5_000, int(bad.sum()))).found)
    beside = f"of {samples:,}, ± {100 * math.sqrt(FALSE_FINDS / samples):.2g} standard error"
    what = "searches of 60 equal segments that find one"
    return Row(what, 100 * found / samples, "%", 100 * FALSE_FINDS, at_most=True, beside=beside)
