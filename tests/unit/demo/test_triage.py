"""The classifier is a real one, and its labels come later."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from evenkeel import Client
from evenkeel.demo import triage
from evenkeel.demo.faults import FaultFile, break_
from evenkeel.demo.triage import Practice, TriageModel


class _Log:
    """Remembers what would be sent."""

    def __init__(self) -> None:
        self.predictions: list[tuple[str, dict[str, Any]]] = []
        self.outcomes: list[tuple[str, str]] = []

    def log_prediction(self, subject: str, **given: Any) -> None:
        self.predictions.append((subject, given))

    def log_outcome(self, subject: str, label: str) -> None:
        self.outcomes.append((subject, label))


@pytest.fixture(scope="module")
def model() -> TriageModel:
    return TriageModel()


def _practice(model: TriageModel, log: _Log, home: Path) -> Practice:
    return Practice(model, cast("Client", log), FaultFile(home), Random(1))


def test_it_is_right_about_cases_it_never_saw(model: TriageModel) -> None:
    right = sum(model.predict(case)[0] == case.finding for case in model.new_cases)
    assert len(model.new_cases) == 285
    assert right / len(model.new_cases) > 0.93
    assert {case.size for case in model.new_cases} == {"small", "medium", "large"}


def test_findings_are_reported_when_they_are_due(
    model: TriageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triage, "_LABEL_DELAY_S", (3_600.0, 3_600.0))
    log = _Log()
    practice = _practice(model, log, tmp_path)
    asyncio.run(practice.examine("late"))
    monkeypatch.setattr(triage, "_LABEL_DELAY_S", (0.0, 0.0))
    asyncio.run(practice.examine("soon"))
    practice.report_findings()
    assert [subject for subject, _ in log.predictions] == ["late", "soon"]
    assert [subject for subject, _ in log.outcomes] == ["soon"]
    _, given = log.predictions[0]
    assert given["label"] in ("benign", "malignant")
    assert 0.5 <= given["score"] <= 1.0
    assert given["latency_s"] < 1.0
    assert len(given["features"]) == 30
    assert given["segments"]["size"] in ("small", "medium", "large")


def test_an_outage_fails_every_prediction_and_errors_fail_a_third(model: TriageModel, tmp_path: Path) -> None:
    log = _Log()
    practice = _practice(model, log, tmp_path)
    break_(tmp_path, "errors", "triage")
    for number in range(200):
        asyncio.run(practice.examine(f"case-{number}"))
    failed = sum("error" in given for _, given in log.predictions)
    assert 40 <= failed <= 80
    break_(tmp_path, "outage", "triage")
    asyncio.run(practice.examine("last"))
    assert log.predictions[-1][1]["error"] == "measurements_missing"
