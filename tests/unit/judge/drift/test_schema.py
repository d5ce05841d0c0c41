"""References beside what a service sends."""

from __future__ import annotations

from evenkeel.judge.drift.schema import compare_schema
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.model import Kind
from evenkeel.kernel.profile.table import TableProfile

TABLE = TableProfile(
    2, {"age": build_profile([31, 44]), "country": build_profile(["de", "es"])}, skipped={"notes": "no two are alike"}
)


def test_what_fits_is_told_without_a_note() -> None:
    fit = compare_schema(TABLE, {"age": Kind.NUMERIC, "country": Kind.CATEGORICAL})
    assert (fit.fitting, dict(fit.notes)) == (("age", "country"), {})


def test_a_renamed_feature_is_told_with_the_nearest_name() -> None:
    fit = compare_schema(TABLE, {"age": Kind.NUMERIC, "contry": Kind.CATEGORICAL})
    assert fit.notes["country"] == "The service never sent it. Is it its contry?"
    assert "compared with earlier traffic" in fit.notes["contry"]


def test_another_kind_is_told() -> None:
    fit = compare_schema(TABLE, {"age": Kind.CATEGORICAL, "country": Kind.CATEGORICAL})
    assert fit.fitting == ("country",)
    assert "numeric in the reference, and categorical" in fit.notes["age"]


def test_why_the_reference_left_a_column_out_is_told() -> None:
    assert compare_schema(TABLE, {"notes": Kind.CATEGORICAL}).notes["notes"] == "no two are alike"


def test_an_embedding_is_told_by_one_name_whatever_is_kept_of_it() -> None:
    numbers = {end: build_profile([0.1, 0.2]) for end in ("1", "2", "norm", "size")}
    table = TableProfile(2, {}, sketches={"qestion": numbers})
    sent = {f"embedding:question/{end}": Kind.NUMERIC for end in numbers}
    fit = compare_schema(table, sent)
    assert dict(fit.notes) == {
        "embedding:qestion": "The service never sent it. Is it its embedding:question?",
        "embedding:question": "The reference does not know it; it is compared with earlier traffic.",
    }
    same = compare_schema(TableProfile(2, {}, sketches={"question": numbers}), sent)
    assert (same.fitting, dict(same.notes)) == (("embedding:question",), {})
