"""The words of evaluations say what is known, and what is missing."""

from __future__ import annotations

from evenkeel.judge.evaluations.results import JudgeResult
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.web.evaluations import agreement_words, figure_words, say_judge, say_plan, say_progress

ABSENT = Figure.absent(Reason.TOO_FEW, "m")


def test_many_skipped_answers_are_said_to_matter() -> None:
    few = {"state": "open", "drawn": 100, "rated": 50, "skipped": 2, "lost": 1, "ratings_left": 47}
    assert say_progress(few) == (
        "50 of 100 answers rated, 47 ratings to go; the texts of 1 are not kept any more; 2 skipped."
    )
    assert "the rates hold if these are like the others" in say_progress({**few, "skipped": 30})
    assert "to go" not in say_progress({**few, "state": "closed"})


def test_agreement_is_said_in_words_only_where_it_is_known() -> None:
    known = {"value": 0.85, "reason": None}
    assert agreement_words({**known, "low": 0.81, "high": 0.95}) == "people agree"
    assert "too little" in agreement_words({**known, "low": 0.1, "high": 0.5})
    assert "not known yet" in agreement_words({**known, "low": 0.1, "high": 0.95})  # a few that agree by chance
    assert agreement_words({"value": 0.9, "low": None, "reason": "too_few"}) == "whether people agree is not known yet"


def test_a_judge_that_failed_says_so_and_missing_labels_are_counted() -> None:
    figure = Figure(0.1, 0.05, 0.2, 100, "m")
    found = JudgeResult(100, 7, figure, ABSENT, 12, ABSENT, ABSENT)
    assert "failed on 7 more" in say_judge(found)
    assert "unknown: 12 labels more are needed" in say_judge(found)


def test_a_figure_without_a_value_says_why() -> None:
    assert figure_words({"value": None, "reason": "no_labels"}) == ("unknown", "no labels", "")
    assert say_plan(1, 0.4, is_all=True) == (
        "1 answer gives about ± 40 points. That is all there are: the interval asked for needs more."
    )
