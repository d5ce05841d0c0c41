"""Performance without labels: right while scores mean what they meant, and marked as an estimate."""

from __future__ import annotations

import math
import os
from pathlib import Path

import duckdb
import numpy as np
import pytest

from evenkeel.judge.quality.estimated import (
    Performance,
    Scored,
    count_scored,
    estimate_performance,
    learn_calibration,
    realised,
    usual_range,
)
from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.scores import ScoreCounts
from evenkeel.kernel.errors import InvalidInputError

ROOT = Path(__file__).parents[4]
CHUNK = 5_000


def shared(name: str) -> Path:
    folder = Path(os.environ.get("EVENKEEL_SHARED") or ROOT.parent / "shared")
    path = folder / "data" / "car_loan" / name
    if not path.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{path} is not there; EVENKEEL_SHARED names the folder")
    return path


def chunks(query: str) -> list[Scored]:
    columns = duckdb.connect().execute(query).fetchnumpy()
    score, guess, label = (np.asarray(columns[name], dtype=float) for name in ("y_pred_proba", "y_pred", "repaid"))
    return [
        count_scored(score[i : i + CHUNK], label[i : i + CHUNK], guess[i : i + CHUNK])
        for i in range(0, score.size, CHUNK)
    ]


@pytest.fixture(scope="module")
def reference() -> list[Scored]:
    return chunks(f"SELECT * FROM '{shared('car_loan_reference.parquet')}' ORDER BY id")


@pytest.fixture(scope="module")
def later() -> list[Scored]:
    analysis, labels = shared("car_loan_analysis.parquet"), shared("car_loan_analysis_target.parquet")
    return chunks(f"SELECT * FROM '{analysis}' JOIN '{labels}' USING (id) ORDER BY id")


def without_labels(scored: Scored) -> Scored:
    """The same scores, none of them labelled."""
    return Scored(
        *(
            ScoreCounts(unlabelled=counts.positive + counts.negative)
            for counts in (scored.as_positive, scored.as_negative)
        )
    )


#: Mean |estimated - realised| over the ten chunks, as NannyML 0.13.1 has it on the same chunks.
NANNYML = {
    Performance.AUC: 0.0021,
    Performance.F1: 0.0026,
    Performance.ACCURACY: 0.0031,
    Performance.PRECISION: 0.0080,
    Performance.RECALL: 0.0109,
}


@pytest.mark.parametrize("measure", Performance)
def test_the_estimate_is_as_near_to_the_truth_as_nannymls(
    measure: Performance, reference: list[Scored], later: list[Scored]
) -> None:
    calibrator = learn_calibration(reference)
    errors: list[float] = []
    for chunk in later:
        found, true = estimate_performance(chunk, calibrator)[measure], realised(chunk)[measure]
        assert found.is_estimate
        assert found.value is not None
        assert true.value is not None
        errors.append(abs(found.value - true.value))
    assert np.mean(errors) <= NANNYML[measure] + 0.0003


def test_the_estimate_leaves_the_usual_range_in_the_last_five_chunks_and_in_no_other(
    reference: list[Scored], later: list[Scored]
) -> None:
    calibrator = learn_calibration(reference)
    low, high = usual_range(reference, Performance.AUC) or (0.0, 0.0)
    values = [estimate_performance(chunk, calibrator)[Performance.AUC].value or 0.0 for chunk in later]
    assert [not low <= value <= high for value in values] == [False] * 5 + [True] * 5


def test_the_estimate_needs_no_label(reference: list[Scored], later: list[Scored]) -> None:
    calibrator = learn_calibration(reference)
    with_labels, without = (estimate_performance(each, calibrator) for each in (later[0], without_labels(later[0])))
    assert with_labels == without


def world(chance: np.random.Generator, n: int, shape: tuple[float, float], bent: float = 1.5) -> Scored:
    """Scores that are no probabilities: the chance of a positive is the score to the power of `bent`."""
    scores = chance.beta(*shape, n)
    labels = (chance.random(n) < scores**bent).astype(float)
    return count_scored(scores, labels, (scores > 0.6).astype(float))


def test_the_interval_covers_what_is_realised_after_a_shift_of_what_comes_in() -> None:
    """60 windows after 12 references; 93 % less 3 standard errors is 83 % of 60."""
    chance = np.random.default_rng(1)
    covered = dict.fromkeys(Performance, 0)
    for _ in range(12):
        calibrator = learn_calibration([world(chance, 1_000, (1, 1)) for _ in range(8)])
        for _ in range(5):
            window = world(chance, 1_500, (2, 1.5))
            found, true = estimate_performance(window, calibrator), realised(window)
            for measure in Performance:
                value = true[measure].value or 0.0
                covered[measure] += (found[measure].low or 0.0) <= value <= (found[measure].high or 0.0)
    assert min(covered.values()) >= 60 * (0.93 - 3 * math.sqrt(0.93 * 0.07 / 60))


def test_scores_that_are_probabilities_already_stay_as_they_are_or_nearly_so() -> None:
    chance = np.random.default_rng(2)
    bent = learn_calibration([world(chance, 2_000, (1, 1), 1.5) for _ in range(5)])
    assert bent is not None
    assert bent.is_calibrated
    assert bent.error_after < bent.error_before
    straight = learn_calibration([world(chance, 200, (1, 1), 1.0) for _ in range(5)])
    assert straight is not None
    assert straight.error_after <= straight.error_before or not straight.is_calibrated


def test_it_is_blind_to_a_change_of_what_scores_mean() -> None:
    """Stated on the page: the estimate is the same, whatever the labels will be."""
    chance = np.random.default_rng(3)
    calibrator = learn_calibration([world(chance, 1_000, (1, 1)) for _ in range(5)])
    window = world(chance, 2_000, (1, 1), bent=6.0)
    found, true = (each[Performance.AUC] for each in (estimate_performance(window, calibrator), realised(window)))
    assert abs((found.value or 0.0) - (true.value or 0.0)) > 0.02


def test_what_cannot_be_estimated_says_why() -> None:
    chance = np.random.default_rng(4)
    parts = [world(chance, 300, (1, 1)) for _ in range(4)]
    assert learn_calibration(parts[:2]) is None
    assert learn_calibration([Scored()] * 5) is None
    assert usual_range(parts[:2], Performance.AUC) is None
    assert estimate_performance(parts[0], None)[Performance.F1].reason is Reason.NO_REFERENCE
    calibrator = learn_calibration(parts)
    assert estimate_performance(Scored(), calibrator)[Performance.F1].reason is Reason.NO_ROWS
    few = estimate_performance(world(chance, 20, (1, 1)), calibrator)[Performance.ACCURACY]
    assert (few.low, few.reason, few.is_estimate) == (None, Reason.TOO_FEW, True)
    nobody = count_scored(np.full(99, 0.3), np.full(99, np.nan), np.zeros(99))
    assert estimate_performance(nobody, calibrator)[Performance.PRECISION].reason is Reason.NEVER_PREDICTED


@pytest.mark.parametrize("predicted", [np.array([1.0, 2.0]), np.array([1.0]), np.array([np.nan, 1.0])])
def test_predictions_that_are_neither_1_nor_0_are_refused(predicted: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="Give 1"):
        count_scored(np.array([0.5, 0.5]), np.array([1.0, 0.0]), predicted)
