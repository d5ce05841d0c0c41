"""Burn rules of one's own: read as people write them, refused where they make no sense or can never fire."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from evenkeel.judge.objectives.resolve import indicator_rules
from evenkeel.judge.slo.catalogue import load_catalogues
from evenkeel.org.config.read import check
from evenkeel.org.config.rules import BUILT_IN, CatalogueConfig


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "evenkeel.yaml"
    path.write_text(text, encoding="utf-8")
    return [str(problem) for problem in check(path, indicator_rules())[1]]


def test_the_names_that_come_with_evenkeel_are_those_of_its_catalogues() -> None:
    assert {*BUILT_IN} == {*load_catalogues(), "none"}


def test_rules_are_read_as_people_write_them() -> None:
    given = CatalogueConfig.model_validate({"rules": ["page 1h 5m 14.4", "  ticket 3d 6h 1 "]})
    assert len(given.rules) == 2


@pytest.mark.parametrize(("rule", "why"), [
    ("page 5m 1h 14.4", "not shorter"),
    ("page 1h 1h 14.4", "not shorter"),
    ("shout 1h 5m 14.4", "is no rule"),
    ("page 1h 5m", "is no rule"),
    ("page 60d 5m 3", "longer than what is kept"),
    ("page 1h 5m 0", "would always fire"),
    ("page 1h 5m -3", "is no rule"),
])  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(rule: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        CatalogueConfig.model_validate({"rules": [rule]})


@pytest.mark.parametrize("rules", [[], ["page 1h 5m 3"] * 13])
def test_no_rules_and_too_many_are_refused(rules: list[str]) -> None:
    with pytest.raises(ValidationError):
        CatalogueConfig.model_validate({"rules": rules})


def test_a_catalogue_nobody_has_is_named_with_the_nearest(tmp_path: Path) -> None:
    text = (
        "catalogues: {weekly: {rules: [page 1h 5m 13]}}\n"
        "services: {bot: {slos: {error_rate: {alerts: weekley}, latency_p95: {alerts: weekly}}}}\n"
    )
    (problem,) = problems(tmp_path, text)
    assert "there is no catalogue 'weekley'; did you mean weekly?" in problem
    assert ":2:" in problem


def test_a_rule_that_can_never_fire_is_refused_with_its_arithmetic(tmp_path: Path) -> None:
    own = "services: {bot: {slos: {error_rate: {target: 90 %, alerts: [page 1h 5m 14.4, ticket 3d 6h 1]}}}}\n"
    (problem,) = problems(tmp_path, own)
    assert "'page 1h 5m 14.4' can never fire: 14.4 times a budget of 10 % is 144 %" in problem
    named = (
        "catalogues: {hot: {rules: [page 1h 5m 14.4]}}\n"
        "services: {bot: {slos: {error_rate: {target: 90 %, alerts: hot}}}}\n"
    )
    assert len(problems(tmp_path, named)) == 1
    assert problems(tmp_path, named.replace("90 %", "99 %")) == []


def test_a_rule_that_can_never_fire_at_the_target_of_the_objective_is_refused(tmp_path: Path) -> None:
    text = "services: {bot: {%s slos: {%s: {alerts: [page 1h 5m %s]}}}}\n"
    (problem,) = problems(tmp_path, text % ("", "latency_p95", "20"))
    assert "can never fire: 20 times a budget of 5 % is 100 %" in problem
    assert problems(tmp_path, text % ("", "latency_p95", "19")) == []
    assert len(problems(tmp_path, text % ("objectives: {error_rate: {target: 10 %}},", "error_rate", "10"))) == 1
    assert len(problems(tmp_path, text % ("objectives: {availability: {target: 90 %}},", "availability", "10"))) == 1
    assert problems(tmp_path, text % ("", "availability", "10")) == []


def test_rules_of_one_s_own_do_not_take_a_name_that_is_taken(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "catalogues: {30d: {rules: [page 1h 5m 13]}}\n")
    assert "catalogues.30d: this name is taken by what comes with evenkeel; write another" in problem


def test_a_rule_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        CatalogueConfig.model_validate({"rules": ["page 1h 5m 14.4", "page  1h 5m 14"]})
