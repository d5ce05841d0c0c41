"""Figures in words: never bare, and never without a reason."""

from __future__ import annotations

from evenkeel.judge.quality.model import Reason
from evenkeel.web.quality_words import say_reason, shown


def test_every_reason_is_a_sentence() -> None:
    for reason in Reason:
        said = say_reason(reason.value)
        assert said[0].isupper() and said.endswith(".")


def test_a_figure_without_an_interval_says_so() -> None:
    figure = {"value": 0.5, "low": None, "high": None, "n": 3, "reason": "too_few"}
    assert shown(figure) == ("50 %", "no interval: too few", "n\u00a03")
    assert shown({"value": None, "reason": "no_labels"}) == ("unknown", "no labels", "")
