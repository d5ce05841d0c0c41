"""The part *Drift* of a model's report."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from tests.unit.judge.drift.conftest import KEY, CountedStore, level, normal

from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.web.drift import drift_document
from evenkeel.web.drift_page import PER_PAGE
from evenkeel.web.model_report_drift import PICTURES_MAX, drift_section
from evenkeel.web.report_blocks import Pictures, Section, Strips, Table, Text

LAST_DAY = Window(11 * US_PER_DAY, 12 * US_PER_DAY)
GRID = build_profile(np.random.default_rng(9).normal(size=2_000)).grid


def section(*names: str, drifted: int = 1) -> Section:
    """Of features that are as they were, and of `drifted` more that are not."""
    store = CountedStore()
    for name in names:
        store.grid(name, GRID, made_at=US_PER_DAY)
        store.fill(name, range(12), normal(0.0))
    for number in range(drifted):
        name = f"language {number}"
        store.grid(name, build_profile(["en"] * 990 + ["de"] * 10).grid, made_at=US_PER_DAY)
        store.fill(name, range(11), level(0.0))
        store.fill(name, range(11, 12), level(0.5))
    return drift_section(drift_document(DriftJudge(cast("Any", store), lambda _: None), KEY, LAST_DAY))


def test_what_matters_comes_first_with_map_and_distributions() -> None:
    made = section("age")
    first, *_ = made.blocks
    assert isinstance(first, Text) and first.status == "breach"
    (rows,) = [each for each in made.blocks if isinstance(each, Table)]
    assert [row[0].text for row in rows.rows] == ["language 0", "age"]
    assert rows.rows[0][2].number is not None and "n\u00a0" in rows.rows[0][2].number[2]
    (strips,) = [each for each in made.blocks if isinstance(each, Strips)]
    assert [row.name for row in strips.rows] == ["language 0", "age"] and strips.ends[0] < strips.ends[1]
    (pictures,) = [each for each in made.blocks if isinstance(each, Pictures)]
    assert [each.title for each in pictures.pictures] == ["language 0"]
    assert pictures.pictures[0].legend[0][1].startswith("then, ")


def test_without_drift_the_feature_that_differs_most_is_shown() -> None:
    (pictures,) = [each for each in section("age", drifted=0).blocks if isinstance(each, Pictures)]
    assert [each.title for each in pictures.pictures] == ["age"]


def test_of_many_features_it_is_said_how_many_are_left_out() -> None:
    made = section(*(f"feature {number}" for number in range(PER_PAGE)), drifted=PICTURES_MAX + 1)
    (pictures,) = [each for each in made.blocks if isinstance(each, Pictures)]
    assert len(pictures.pictures) == PICTURES_MAX
    said = [each.text for each in made.blocks if isinstance(each, Text)]
    assert f"{PICTURES_MAX + 1} more features that differ less: not shown, and in the JSON." in said


def test_without_features_it_says_what_to_do() -> None:
    made = section(drifted=0)
    texts = [each.text for each in made.blocks if isinstance(each, Text)]
    assert texts[0] == "Nothing can be said of drift yet." and "log what predictions are made of" in texts[1]
