"""The table of indicators and the defaults they are judged by: SPEC C, as data."""

from __future__ import annotations

import pytest

from evenkeel.judge.indicators.model import Indicator, Measure
from evenkeel.judge.indicators.table import BY_NAME, INDICATORS, Default, load_defaults
from evenkeel.kernel.verdict import Limits


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.name)
def test_each_says_what_it_counts_and_how(indicator: Indicator) -> None:
    assert BY_NAME[indicator.name] is indicator
    assert indicator.unit in ("ratio", "s", "points", "of 5", "psi", "area", "times")
    assert indicator.counts.endswith("s"), "what n counts, in the plural"
    assert indicator.definition.endswith(".")
    assert (indicator.quantile is not None) == (indicator.measure is Measure.LATENCY)


def test_names_are_unique_and_frozen_because_configurations_hold_them() -> None:
    assert list(BY_NAME) == [
        "availability", "latency_p95", "latency_p99", "error_rate", "throughput",
        "accuracy", "precision", "recall", "f1", "auc_roc", "calibration_error", "rmse", "mae", "concept_drift",
        "confidence_high", "confidence_low",
        "relevance", "hallucination_rate", "response_quality", "retrieval_accuracy", "task_completion",
        "dont_know_rate", "data_drift", "prediction_drift",
        "demographic_parity", "equal_opportunity", "equalised_odds", "subgroup_accuracy",
        "model_audit",
    ]  # fmt: skip


def test_these_are_better_when_they_are_larger() -> None:
    assert [each.name for each in INDICATORS if not each.larger_is_worse] == [
        "availability", "accuracy", "precision", "recall", "f1", "auc_roc", "confidence_high", "relevance",
        "response_quality", "retrieval_accuracy", "task_completion", "model_audit",
    ]  # fmt: skip


def test_the_defaults_are_those_of_the_operating_model() -> None:
    assert {default.indicator: (default.target, default.alert) for _, default in load_defaults()} == {
        "availability": (0.999, 0.995),
        "latency_p95": (2.0, 3.0),
        "latency_p99": (5.0, 7.0),
        "error_rate": (0.001, 0.005),
        "throughput": (pytest.approx(1 / 1.5), 0.8),
        "accuracy": (0.90, 0.85),
        "precision": (0.85, 0.80),
        "recall": (0.85, 0.80),
        "f1": (0.85, 0.80),
        "auc_roc": (0.90, 0.85),
        "rmse": (1.0, 2.0),
        "mae": (1.0, 2.0),
        "concept_drift": (0.05, None),
        "confidence_high": (0.70, None),
        "confidence_low": (0.10, 0.20),
        "relevance": (0.80, 0.75),
        "hallucination_rate": (0.05, 0.08),
        "response_quality": (4.0, 3.5),
        "retrieval_accuracy": (0.85, 0.80),
        "task_completion": (0.70, 0.60),
        "dont_know_rate": (0.20, 0.30),
        "data_drift": (0.1, 0.2),
        "prediction_drift": (0.1, 0.2),
        "demographic_parity": (0.05, 0.10),
        "equal_opportunity": (0.05, 0.10),
        "equalised_odds": (0.05, 0.10),
        "subgroup_accuracy": (0.05, 0.10),
        "model_audit": (1.0, None),
    }


@pytest.mark.parametrize("default", [default for _, default in load_defaults()], ids=lambda each: each.indicator)
def test_every_default_can_be_judged(default: Default) -> None:
    assert Limits(default.target, default.alert, BY_NAME[default.indicator].larger_is_worse)
    by_the_hour = BY_NAME[default.indicator].measure is Measure.ASSESSED
    assert (default.page_s, default.verdict_s) in (
        [(None, 86_400), (3_600, 86_400), (None, 604_800)] if by_the_hour else [(300, 3_600)]
    )


def test_defaults_are_read_once_and_for_known_kinds() -> None:
    assert load_defaults() is load_defaults()
    assert {kind for kind, _ in load_defaults()} <= {"any", "llm", "rag", "chat", "agent", "ml", "other"}
