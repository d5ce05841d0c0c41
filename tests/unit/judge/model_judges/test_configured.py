"""Judges are read from the configuration with their limits."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from evenkeel.judge.model_judges.configured import configured_judges
from evenkeel.org.config.model import Config
from evenkeel.store.telemetry.port import ServiceKey

MINIMAL = {"url": "https://api.example.org/v1", "model": "m", "services": ["production/a/b"]}


def test_a_judge_has_limits_without_being_given_any() -> None:
    (found,) = configured_judges(Config.model_validate({"judges": {"g": MINIMAL}}))
    assert found.services == (ServiceKey("production", "a/b"),)
    assert (found.share, found.every_s, found.calls_per_day, found.concurrency) == (0.1, 3_600.0, 500, 4)


def test_a_service_that_is_named_twice_is_judged_once() -> None:
    twice = {**MINIMAL, "services": ["production/a/b", "production/c", "production/a/b"]}
    (found,) = configured_judges(Config.model_validate({"judges": {"g": twice}}))
    assert found.services == (ServiceKey("production", "a/b"), ServiceKey("production", "c"))


def test_what_is_asked_is_the_usual_question_of_answers_or_contexts_unless_said_otherwise() -> None:
    usual, contexts, own = (
        configured_judges(Config.model_validate({"judges": {"g": {**MINIMAL, **more}}}))[0]
        for more in ({}, {"about": "contexts"}, {"about": "contexts", "question": "Is it ours?"})
    )
    assert (usual.about, contexts.about) == ("answer", "contexts")
    assert "address" in usual.question
    assert (contexts.question, own.question) == ("Does it help to answer what was asked?", "Is it ours?")


@pytest.mark.parametrize(
    "wrong",
    [{"services": []}, {"services": ["bot"]}, {"share": "200 %"}, {"every": "1s"}, {"calls_per_day": 0}],
    ids=str,
)
def test_what_cannot_be_run_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate({"judges": {"g": {**MINIMAL, **wrong}}})
