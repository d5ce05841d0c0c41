"""What results draw: the right numbers at the right names, bounded, and never a crash for what is not known."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenkeel
from evenkeel.judge.quality.calibration import calibration
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.scores import ScoreCounts
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.drawing import ROWS_MAX, draw_figures, draw_reliability, draw_sentences

N = 600
RNG = np.random.default_rng(4)
THEN = {"age": RNG.normal(40.0, 9.0, N), "<b>plan": RNG.choice(list("sml"), N), "vector": RNG.normal(size=(N, 4))}
NOW = THEN | {"age": RNG.normal(60.0, 9.0, N)}


def results() -> dict[str, Any]:
    """One of each, with names that would be markup."""
    truth = RNG.random(N) < 0.5
    score = np.clip(0.3 * truth + RNG.normal(0.35, 0.15, N), 0.0, 1.0)
    group = RNG.choice(["<i>f", "m"], N)
    table = {"truth": truth.astype(int), "score": score, "region": group, "hired": (score > 0.5).astype(int)}
    return {
        "profile": evenkeel.profile(THEN),
        "compare": evenkeel.compare(evenkeel.profile(THEN), NOW),
        "evaluate": evenkeel.evaluate(table, truth="truth", score="score", segments=["region"]),
        "fairness": evenkeel.fairness(table, groups=["region"], predicted="hired", truth="truth"),
        "grounding": evenkeel.grounding("<script>It lasts 36 months.</script> Yes.", "It lasts 24 months."),
    }


class Tags(HTMLParser):
    """Names of the tags of a page, and everything that it asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.asked: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.add(tag)
        self.asked |= {value for name, value in attrs if name in ("src", "href", "onload") and value}


@pytest.mark.parametrize("name", ["profile", "compare", "evaluate", "fairness", "grounding"])
def test_every_result_is_kept_as_one_page_and_one_picture(name: str, tmp_path: Path) -> None:
    result = results()[name]
    result.save_html(tmp_path / "result.html")
    page = Tags()
    page.feed((tmp_path / "result.html").read_text(encoding="utf-8"))
    assert {"table", "style", "title"} <= page.names and page.asked == set()
    assert page.names & {"script", "b", "i", "link", "img"} == set()
    assert ("svg" in page.names) is (name != "grounding")
    result.plot().save(tmp_path / "result.svg")
    with pytest.raises(InvalidInputError, match="no name of a page"):
        result.save_html(tmp_path / "result.pdf")


def test_a_feature_is_drawn_then_and_now_and_the_worst_where_none_is_named() -> None:
    report = results()["compare"]
    assert report.plot().title == "age"
    assert "600 rows" in report.plot("<b>plan").svg and "<b>plan" not in report.plot("<b>plan").svg
    for wrong, why in (("weight", "no feature 'weight'"), ("vector", "holds vectors")):
        with pytest.raises(InvalidInputError, match=why):
            report.plot(wrong)


def test_a_feature_that_was_not_compared_says_so() -> None:
    report = evenkeel.compare(evenkeel.profile(THEN), NOW, columns=["age"])
    with pytest.raises(InvalidInputError, match="'<b>plan' was not compared"):
        report.plot("<b>plan")


def test_a_profile_draws_one_feature_or_the_first_ones() -> None:
    reference = results()["profile"]
    assert reference.plot().title == "age; <b>plan"
    assert reference.plot("age").title == "age"
    with pytest.raises(InvalidInputError, match="no feature 'weight'"):
        reference.plot("weight")


def test_an_evaluation_draws_calibration_and_segments() -> None:
    found = results()["evaluate"]
    assert found.plot().title == (
        "Classification, 600 rows; Are scores probabilities? On the line they are; accuracy by region"
    )
    assert "&lt;i&gt;f: " in found.plot("region").svg
    with pytest.raises(InvalidInputError, match="'sex' is no segment of this evaluation"):
        found.plot("sex")


def test_numbers_are_drawn_on_a_scale_of_their_own() -> None:
    found = evenkeel.evaluate({"t": [1.5, 2.5, 9.25] * 20, "p": [1.0, 2.0, 30.0] * 20}, truth="t", predicted="p")
    assert "mape" in found.plot().svg


def test_fairness_draws_the_rates_of_groups() -> None:
    report = results()["fairness"]
    assert report.plot("demographic parity").title == "selection rate by region"
    with pytest.raises(InvalidInputError, match="'calibration' was not looked at"):
        report.plot("calibration")


def test_groups_that_are_too_small_are_unknown_in_the_picture() -> None:
    table = {"sex": ["f"] * 300 + ["m"] * 300 + ["x"] * 3, "hired": [0, 1] * 300 + [1, 0, 1]}
    assert "x: too small to compare" in evenkeel.fairness(table, groups=["sex"], predicted="hired").plot().svg


def test_an_answer_without_sentences_has_no_picture() -> None:
    with pytest.raises(InvalidInputError, match="nothing here to draw"):
        evenkeel.grounding("", "It lasts 24 months.").plot()


def test_what_is_unknown_is_drawn_as_unknown_and_long_lists_are_bounded() -> None:
    unknown = Figure.absent(Reason.NO_LABELS, "Wilson")
    panel = draw_figures("Measures", {f"m{number}": unknown for number in range(ROWS_MAX + 6)})
    assert panel.title == f"Measures, {ROWS_MAX} of {ROWS_MAX + 6}" and panel.svg.count(">unknown<") == ROWS_MAX
    assert "Nothing known" in draw_reliability(calibration(ScoreCounts())).svg
    assert draw_sentences("Scores", [("a", None)] * 40).title == f"Scores, the first {ROWS_MAX} of 40"
