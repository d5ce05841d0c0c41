"""Columns of texts: what is told of them, and what has changed of that."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import evenkeel
from evenkeel.kernel.errors import CorruptDataError, InvalidInputError
from evenkeel.kernel.profile.table import Derivation, Derived
from evenkeel.library.documents import drift_document
from evenkeel.library.opening import open_table
from evenkeel.library.profiling import Reference, profile
from evenkeel.library.texts import count_texts, derive, profile_texts

_ENGLISH = (
    "Where is the {} that I have ordered for number {}?",
    "Please tell me what I should do with the {} of my order {}.",
    "I would like to know when the {} with number {} is going to be here.",
)
_SPANISH = (
    "¿Dónde está el {} que he pedido con el número {}?",
    "Por favor, díganme qué debo hacer con el {} de mi pedido {}.",
)
_THINGS = ("parcel", "refund", "invoice", "letter", "receipt")


def _asked(rows: int, *, spanish: float = 0.0, seed: int = 1) -> list[str]:
    rng = np.random.default_rng(seed)
    forms = [_SPANISH if each < spanish else _ENGLISH for each in rng.uniform(size=rows)]
    return [
        form[int(rng.integers(len(form)))].format(_THINGS[int(rng.integers(5))], number)
        for number, form in enumerate(forms)
    ]


@pytest.mark.parametrize("holder", ["lists", "pandas", "polars", "csv", "parquet"])
def test_a_bot_that_is_now_asked_in_spanish_is_told_in_one_sentence(holder: str, tmp_path: Path) -> None:
    before, after = {"ask": _asked(1_500)}, {"ask": _asked(800, spanish=0.31, seed=2)}
    pl.DataFrame(before).write_csv(tmp_path / "before.csv")
    pl.DataFrame(before).write_parquet(tmp_path / "before.parquet")
    reference = {"lists": before, "pandas": pd.DataFrame(before), "polars": pl.DataFrame(before),
                 "csv": tmp_path / "before.csv", "parquet": tmp_path / "before.parquet"}[holder]  # fmt: skip
    evenkeel.profile(reference).save(tmp_path / "kept.json")
    report = evenkeel.compare(tmp_path / "kept.json", after)
    assert report.status == "breach"
    assert "ask.language" in report.drifted
    language = next(each for each in report.findings if each.feature == "ask.language")
    assert report.describe(language).startswith("ask: was English (100 %), 3")
    assert "% is Spanish now" in str(report)
    assert "is Spanish now" in json.dumps(drift_document(report), ensure_ascii=False)


def test_the_same_texts_again_have_not_drifted() -> None:
    report = evenkeel.compare({"ask": _asked(1_500)}, {"ask": _asked(1_500, seed=2)})
    assert (report.status, report.drifted, report.added, report.gone) == ("ok", (), (), ())


def test_words_that_come_up_are_told_by_name() -> None:
    rng = np.random.default_rng(3)
    asked = [text + (" There was a recall." if rng.uniform() < 0.3 else "") for text in _asked(1_000, seed=2)]
    before = [text + (" There was a recall." if rng.uniform() < 0.03 else "") for text in _asked(1_000)]
    assert "texts told by the word “recall” are 3" in str(evenkeel.compare({"ask": before}, {"ask": asked}))


def test_no_text_is_kept() -> None:
    asked = [f"{text} My card is secret{number}." for number, text in enumerate(_asked(400))]
    kept = json.dumps(evenkeel.profile({"ask": asked}).table.derived["ask.vocabulary"].words)
    assert "refund" in kept
    assert "secret" not in kept


def test_a_column_is_chosen_by_its_name_or_one_of_its_features() -> None:
    reference = profile({"ask": _asked(200), "age": [1.0] * 200})
    after = {"ask": _asked(200, seed=2)}
    found = evenkeel.compare(reference, after, columns=["ask.words"])
    assert [each.feature for each in found.findings] == ["ask.words"]
    assert len(evenkeel.compare(reference, after, columns=["ask"]).findings) == 4
    assert evenkeel.compare(reference, {"age": [1.0] * 200}).gone == ("ask",)


def test_what_repeats_or_is_short_is_no_text_unless_it_is_said_to_be() -> None:
    plan = ["gold member from the beginning", "silver member from last year on"] * 50
    assert list(profile({"plan": plan}).table.features) == ["plan"]
    assert "plan.language" in profile({"plan": plan}, kinds={"plan": "text"}).table.features


def test_what_is_no_text_is_set_apart() -> None:
    given = ["It has arrived, thank you.", "", None, float("nan"), 7, True, ["list"]]
    column = derive(given, Derived("ask", Derivation.WORDS))
    assert column.numbers.tolist() == [0.0, 5.0]
    assert (column.apart.missing, column.apart.nan, column.apart.mistyped) == (1, 1, 3)
    levels = derive(given, Derived("ask", Derivation.LANGUAGE))
    assert (dict(levels.levels), levels.apart.mistyped) == ({"en": 1, "not told": 1}, 3)


def test_a_column_that_is_called_as_a_feature_of_texts_is_no_accident() -> None:
    made = profile({"ask": _asked(200), "ask.words": [1.0] * 200})
    assert "called as column 'ask.words'" in made.table.skipped["ask"]


def test_of_many_texts_some_are_looked_at_evenly(tmp_path: Path) -> None:
    rows = {"n": list(range(100))}
    pl.DataFrame(rows).write_parquet(tmp_path / "t.parquet")
    for held in (rows, pl.DataFrame(rows), tmp_path / "t.parquet"):
        assert list(open_table(held).sample("n", 30)) == list(range(0, 100, 4))
        assert list(open_table(held).sample("n", 100)) == rows["n"]


def test_a_reference_of_texts_outlives_its_process_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    made = profile({"ask": _asked(200)})
    made.save(tmp_path / "kept.json")
    assert Reference.load(tmp_path / "kept.json") == made
    spoiled = (tmp_path / "kept.json").read_text().replace('"how": "words"', '"how": "characters"')
    (tmp_path / "kept.json").write_text(spoiled)
    with pytest.raises(CorruptDataError, match="make it again"):
        Reference.load(tmp_path / "kept.json")


def test_texts_without_telling_words_have_no_vocabulary_and_none_at_all_are_refused() -> None:
    assert "t.vocabulary" not in profile_texts("t", ["a", "b"])
    with pytest.raises(InvalidInputError, match="no rows"):
        profile_texts("t", [])
    assert count_texts([], {}) == {}
