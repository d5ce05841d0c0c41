"""What answers were like, in words: nothing is claimed that is not known."""

from __future__ import annotations

from typing import Any

from evenkeel.web.answers import MEANS, RATES
from evenkeel.web.answers_words import TITLES, say_answers

ABSENT = {"value": None, "low": None, "high": None, "n": 0.0, "reason": "no_rows"}


def document(**more: Any) -> dict[str, Any]:
    return {"answers": 10.0, "evaluated": 0.0, "left_out": 0.0, "figures": {"unsupported": ABSENT}, **more}


def test_every_figure_has_a_title() -> None:
    assert set(TITLES) == {*RATES, *MEANS}


def test_that_nothing_was_evaluated_is_no_praise() -> None:
    assert say_answers(document()) == "Of 10 answers none was evaluated: their text is not known here."
    assert say_answers(document(left_out=4.0)) == "None of 4 answers was evaluated: all were left out."


def test_more_answers_evaluated_than_ended_well_are_not_told_as_a_share() -> None:
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 12.0}
    said = say_answers(document(evaluated=12.0, figures={"unsupported": figure}))
    assert said.startswith("12 answers evaluated. 50 % [40–60 %] of the 12")
