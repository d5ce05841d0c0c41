"""What is configured of fairness: a reason is asked for, and what is misspelt is named with what is near."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.org.config.read import check

GOOD = """
services:
  hiring:
    fairness:
      attributes: [sex, age_band]
      metric: equal_opportunity
      favourable: approved
      why: Who qualifies must be found.
"""


def problems(tmp_path: Path, text: str) -> str:
    (tmp_path / "evenkeel.yaml").write_text(text)
    return "\n".join(map(str, check(tmp_path / "evenkeel.yaml", {})[1]))


def test_a_policy_is_read_with_a_metric_or_a_list_of_them(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == ""
    (tmp_path / "evenkeel.yaml").write_text(GOOD.replace("equal_opportunity", "[equalised_odds, calibration]"))
    found = check(tmp_path / "evenkeel.yaml", {})[0].services["hiring"].fairness
    assert found is not None
    assert (found.metric, found.minimum_group) == (("equalised_odds", "calibration"), 100)


def test_a_class_that_yaml_takes_for_something_else_is_text(tmp_path: Path) -> None:
    (tmp_path / "evenkeel.yaml").write_text(GOOD.replace("approved", "yes"))
    found = check(tmp_path / "evenkeel.yaml", {})[0].services["hiring"].fairness
    assert found is not None and found.favourable == "True"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("equal_opportunity", "equalized_odds", "did you mean equalised_odds?"),
        ("equal_opportunity", "weather", "known: demographic_parity"),
        ("why: Who qualifies must be found.", "why: ' '", "say why"),
        ("[sex, age_band]", "[sex, sex]", "stands here twice"),
        ("[sex, age_band]", "[]", "at least 1"),
        ("favourable: approved", "minimum_group: 3", "greater than or equal to 10"),
        ("favourable", "favorable", "did you mean favourable?"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_is_near(tmp_path: Path, old: str, new: str, says: str) -> None:
    found = problems(tmp_path, GOOD.replace(old, new))
    assert "services.hiring.fairness" in found and says in found


def test_a_policy_without_a_reason_is_refused(tmp_path: Path) -> None:
    assert "why" in problems(tmp_path, GOOD.replace("      why: Who qualifies must be found.\n", ""))
