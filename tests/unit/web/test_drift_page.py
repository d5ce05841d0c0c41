"""What the view *Drift* shows."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, level, normal

from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.web.drift import drift_document
from evenkeel.web.drift_page import PER_PAGE, drift_values, write_csv

World = Any
URL = "/services/production/bot"
LAST_DAY = Window(11 * US_PER_DAY, 12 * US_PER_DAY)
GRID = build_profile(np.random.default_rng(9).normal(size=2_000)).grid


@pytest.fixture
def document() -> dict[str, Any]:
    store = CountedStore()
    store.grid("age", GRID, made_at=US_PER_DAY)
    store.grid("language", build_profile(["en"] * 990 + ["de"] * 10).grid, made_at=US_PER_DAY)
    store.fill("age", range(12), normal(0.0))
    store.fill("language", range(11), level(0.0))
    store.fill("language", range(11, 12), level(0.5))
    return drift_document(DriftJudge(cast("Any", store), lambda _: None), KEY, LAST_DAY)


def test_the_worst_feature_comes_first_and_its_distributions_are_shown(document: dict[str, Any]) -> None:
    shown = drift_values(document, {})
    assert shown["mood"] == "breach"
    row = shown["rows"][0]
    assert (row["feature"], row["status"]) == ("language", "breach")
    assert row["change"].startswith("es 0 % → ")
    assert row["psi"][1].startswith("[")
    assert shown["chosen"]["feature"] == "language"
    assert shown["reference"] == "Compared with the first whole week of its own traffic, 1970-01-02 to 1970-01-08."


def test_another_feature_can_be_chosen_by_the_url(document: dict[str, Any]) -> None:
    assert drift_values(document, {"feature": "age"})["chosen"]["feature"] == "age"
    with pytest.raises(NotFoundError, match="No feature 'weight'"):
        drift_values(document, {"feature": "weight"})


def test_a_strip_says_in_words_what_it_shows(document: dict[str, Any]) -> None:
    svg = drift_values(document, {})["strips"][0]["svg"]
    assert 'aria-label="language by hour: 24 matters; since 1970-01-12 00:00 UTC (95 % interval' in svg
    assert "1970-01-12 00:00 UTC: matters, PSI" in svg


def test_the_file_holds_every_cell_and_no_formula(document: dict[str, Any]) -> None:
    lines = write_csv(document).splitlines()
    assert lines[0] == "feature,start_utc,state,rows,psi"
    assert len(lines) == 1 + 2 * 24
    assert lines[1].startswith("language,1970-01-12T00:00:00.000Z,breach,100,")
    document["heat"]["rows"][0]["feature"] = '=cmd,"x"'
    assert write_csv(document).splitlines()[1].startswith('"\'=cmd,""x""",')


def test_many_features_are_shown_by_the_page(document: dict[str, Any]) -> None:
    one = document["features"][1]
    document["features"] = [{**one, "feature": f"f{number:03}"} for number in range(200)]
    shown = drift_values(document, {"page": "2"})
    assert (shown["pages"], shown["features"], len(shown["rows"])) == (5, 200, PER_PAGE)
    assert shown["rows"][0]["feature"] == f"f{PER_PAGE:03}"
    with pytest.raises(NotFoundError, match="no page 6"):
        drift_values(document, {"page": "6"})
    with pytest.raises(InvalidInputError, match="page is 'x'"):
        drift_values(document, {"page": "x"})


def test_who_gave_the_reference_and_why_is_said() -> None:
    store = CountedStore()
    profile = build_profile(np.random.default_rng(3).normal(size=500))
    store.grid("age", profile.grid, origin="reference")
    store.fill("age", range(12), normal(0.0))
    given = GivenReference("r", KEY, 0, "jo", "trained on it", TableProfile(500, {"age": profile}, "t.csv"))
    found = drift_document(DriftJudge(cast("Any", store), lambda _: given), KEY, LAST_DAY)
    assert (
        drift_values(found, {})["reference"]
        == "Compared with 500 rows of t.csv, given by jo on 1970-01-01: trained on it."
    )


def test_a_service_without_features_is_shown_how_to_log_them(world: World) -> None:
    world.feeder.fold(world.feeder.event(service="bot", at=world.clock.now_us() - US_PER_DAY))
    world.judge()
    page = world.person().get(f"{URL}?tab=quality&view=drift&range=24h")
    assert page.status == 200
    assert "No features yet" in page.text
    assert "evenkeel drift reference set production/bot reference.json" in page.text


def test_features_that_wait_for_the_same_share_a_line(document: dict[str, Any]) -> None:
    waiting = {f"f{number:02}": "7 values so far" for number in range(42)} | {"size": "9 values so far"}
    shown = drift_values({**document, "waiting": waiting}, {})["waiting"]
    assert [why for why, _ in shown] == ["7 values so far", "9 values so far"]
    assert shown[0][1].startswith("f00, f01, ")
    assert shown[0][1].endswith("f39 and 2 more")
    assert shown[1][1] == "size"


@pytest.fixture
def embedded() -> dict[str, Any]:
    store = CountedStore()
    for end, moved in (("1", 0.0), ("2", 1.5), ("norm", 0.0)):
        store.grid(f"embedding:question/{end}", GRID, made_at=US_PER_DAY)
        store.fill(f"embedding:question/{end}", range(11), normal(0.0))
        store.fill(f"embedding:question/{end}", range(11, 12), normal(moved))
    return drift_document(DriftJudge(cast("Any", store), lambda _: None), KEY, LAST_DAY)


def test_of_an_embedding_what_moved_most_and_how_long_its_vectors_are_is_drawn(embedded: dict[str, Any]) -> None:
    (feature,) = embedded["features"]
    told_of = "where its vectors point, seen along the 2nd of the 16 directions that are kept"
    assert (feature["feature"], feature["told_of"]) == ("embedding:question", told_of)
    moved, lengths = drift_values(embedded, {})["chosen"]["drawn"]
    assert moved["caption"].startswith("Where its vectors point, seen along the 2nd")
    assert lengths["caption"] == "How long its vectors are."
    assert moved["bins"] != lengths["bins"]
    assert f'aria-label="embedding:question: {told_of}, then and now' in moved["svg"]


def test_where_the_lengths_moved_most_they_are_drawn_once() -> None:
    store = CountedStore()
    for end, moved in (("1", 0.0), ("norm", 1.5)):
        store.grid(f"embedding:question/{end}", GRID, made_at=US_PER_DAY)
        store.fill(f"embedding:question/{end}", range(11), normal(0.0))
        store.fill(f"embedding:question/{end}", range(11, 12), normal(moved))
    document = drift_document(DriftJudge(cast("Any", store), lambda _: None), KEY, LAST_DAY)
    (drawn,) = drift_values(document, {})["chosen"]["drawn"]
    assert drawn["caption"].startswith("How long its vectors are: what moved most")


def test_what_is_no_embedding_is_drawn_without_a_caption(document: dict[str, Any]) -> None:
    (drawn,) = drift_values(document, {})["chosen"]["drawn"]
    worst = document["features"][0]
    assert (drawn["caption"], worst["told_of"], worst["lengths"]) == ("", None, None)
