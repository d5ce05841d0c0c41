"""The doors do as they are told, and by default evaluate everything there is a default for."""

from __future__ import annotations

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.evaluators.evaluate import DEFAULT
from evenkeel.observe.evaluators.policy import EVERYTHING, EvaluationTable


def test_a_service_of_which_nothing_is_said_is_evaluated_by_the_default() -> None:
    assert EVERYTHING.of("any").evaluators == DEFAULT


def test_an_evaluator_of_a_later_release_is_left_out() -> None:
    table = EvaluationTable.parse({"cpu_ratio": 0.05, "services": {"bot": {"evaluators": ["mood"], "share": 1}}})
    assert table.of("bot").evaluators == ()


def test_a_budget_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        EvaluationTable.parse({"cpu_ratio": 0.0, "services": {}})
