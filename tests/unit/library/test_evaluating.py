"""`evenkeel.evaluate`: the same figures as an independent library, each with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import metrics as sklearn_metrics

from evenkeel.judge.quality.classification import CLASSES_MAX
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.columns import Columns
from evenkeel.library.evaluating import SEGMENTS_MAX, Task, evaluate

metrics: Any = sklearn_metrics  # it ships no types


def _made(rows: int = 2_000) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    score = np.round(rng.beta(2, 2, rows), 3)
    truth = (rng.random(rows) < score).astype(int)
    return {"truth": truth, "score": score, "guess": (score >= 0.5).astype(int), "plan": rng.choice(["s", "m"], rows)}


MADE = _made()


@pytest.mark.parametrize("holder", ["lists", "pandas", "polars", "parquet"])
def test_the_figures_are_those_of_scikit_learn(holder: str, tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pl.DataFrame(MADE).write_parquet(file)
    data = {"lists": MADE, "pandas": pd.DataFrame(MADE), "polars": pl.DataFrame(MADE), "parquet": file}[holder]
    found = evaluate(data, truth="truth", predicted="guess", score="score")
    truth, guess, score = MADE["truth"], MADE["guess"], MADE["score"]
    expected: dict[str, float] = {
        "accuracy": metrics.accuracy_score(truth, guess),
        "precision": metrics.precision_score(truth, guess),
        "recall": metrics.recall_score(truth, guess),
        "f1": metrics.f1_score(truth, guess),
        "auc": metrics.roc_auc_score(truth, score),
        "brier": metrics.brier_score_loss(truth, score),
        "log_loss": metrics.log_loss(truth, score),
    }
    for name, value in expected.items():
        figure = found.figures[name]
        assert figure.value == pytest.approx(value, abs=1e-9), name
        assert figure.low is not None and figure.high is not None
        assert figure.low <= value <= figure.high, name
    assert found.calibration is not None
    assert len(found.calibration.bins) == 10


def test_a_score_alone_predicts_from_one_half_on() -> None:
    both = evaluate(MADE, truth="truth", predicted="guess", score="score")
    alone = evaluate(MADE, truth="truth", score="score")
    assert alone.confusion == both.confusion


def test_several_classes_are_told_together_and_one_by_one() -> None:
    truth, guess = ["a", "b", "c", "a", "b", "c"] * 20, ["a", "b", "c", "b", "b", "a"] * 20
    found = evaluate({"truth": truth, "guess": guess}, truth="truth", predicted="guess")
    assert found.figures["macro f1"].value == pytest.approx(metrics.f1_score(truth, guess, average="macro"))
    assert set(found.by_class) == {"a", "b", "c"}
    assert found.by_class["c"]["recall"].value == 0.5
    assert "recall of 'c'" in str(found)


def test_numbers_with_fractions_are_a_regression() -> None:
    truth, guess = [1.5, 2.25, 3.0, 10.5], [1.0, 2.0, 3.5, 9.0]
    found = evaluate({"truth": truth, "guess": guess}, truth="truth", predicted="guess")
    assert found.task is Task.REGRESSION
    assert found.figures["rmse"].value == pytest.approx(metrics.root_mean_squared_error(truth, guess))
    assert found.figures["mae"].value == pytest.approx(metrics.mean_absolute_error(truth, guess))
    named = evaluate(
        {"truth": [1, 2, 3], "guess": [1, 2, 4]}, Columns("truth", "guess"), segments=(), task="regression"
    )
    assert named.task is Task.REGRESSION


def test_labels_that_are_missing_are_said_and_not_counted() -> None:
    found = evaluate({"truth": [1, 0, None, 1], "guess": [1, 0, 1, None]}, truth="truth", predicted="guess")
    assert found.figures["accuracy"].n == 2
    assert found.notes == ("1 rows have no truth", "1 rows have no prediction")


def test_without_any_label_nothing_is_claimed() -> None:
    found = evaluate({"truth": [None, None], "guess": [1, 0]}, truth="truth", predicted="guess")
    assert found.figures["accuracy"].value is None
    assert "unknown" in str(found)
    assert "no labels" in str(found)


def test_each_segment_is_measured_and_too_many_are_said() -> None:
    found = evaluate(MADE, truth="truth", predicted="guess", segments=["plan"])
    here = MADE["plan"] == "m"
    assert found.segments["plan"]["m"].value == pytest.approx(float((MADE["truth"] == MADE["guess"])[here].mean()))
    many = MADE | {"id": [str(number) for number in range(2_000)]}
    told = evaluate(many, truth="truth", predicted="guess", segments=["id"])
    assert len(told.segments["id"]) == SEGMENTS_MAX
    assert "1,900 levels of id with 1,900 rows are not told one by one" in told.notes


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("nothing to evaluate", {"truth": "truth"}),
        ("no truth to compare with", {"predicted": "guess"}),
        ("'prediction' is not known here", {"truth": "truth", "prediction": "guess"}),
        ("no column 'gues'", {"truth": "truth", "predicted": "gues"}),
        ("No row is of class 'x'", {"truth": "truth", "score": "score", "positive": "x"}),
        ("The classes are 'm', 's'", {"truth": "plan", "score": "score"}),
        ("The task is 'guessing'", {"truth": "truth", "score": "score", "task": "guessing"}),
    ],
)
def test_what_cannot_be_evaluated_is_refused_by_name(words: str, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=words):
        evaluate(MADE, **asked)


def test_a_score_alone_tells_no_three_classes_apart() -> None:
    with pytest.raises(InvalidInputError, match="Name the column of predictions as well"):
        evaluate({"truth": ["a", "b", "c"], "score": [0.1, 0.9, 0.4]}, truth="truth", score="score", positive="a")


def test_scores_that_are_no_probabilities_predict_nothing_and_are_said() -> None:
    found = evaluate({"truth": [1, 0, 1, 0], "score": [0.9, 0.2, 7.0, None]}, truth="truth", score="score")
    assert found.figures["accuracy"].n == 2
    assert {"1 rows have no score", "1 rows have a score that is no probability"} <= set(found.notes)


def test_errors_that_cannot_be_counted_are_said() -> None:
    table = {"truth": [1.5, float("inf"), 0.0, 2.5], "guess": [1.0, 2.0, 0.5, 2.0]}
    found = evaluate(table, truth="truth", predicted="guess", task="regression")
    assert "1 rows are infinite" in found.notes
    assert "1 rows have a truth of 0, and so no relative error" in found.notes


def test_of_ten_thousand_classes_the_most_frequent_are_told_and_the_rest_is_said() -> None:
    names = [f"class {number}" for number in range(10_000)]
    found = evaluate({"truth": names, "guess": names}, truth="truth", predicted="guess")
    assert (found.figures["accuracy"].value, len(found.by_class)) == (1.0, CLASSES_MAX)
    assert any("not told one by one" in note for note in found.notes)


def test_a_list_is_no_class() -> None:
    with pytest.raises(InvalidInputError, match="A class is a list"):
        evaluate({"truth": [[1], [2]], "guess": [1, 2]}, truth="truth", predicted="guess")
