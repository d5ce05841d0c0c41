"""What is said of texts."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.drift.family import judge_window
from evenkeel.judge.drift.model import Feature, Finding
from evenkeel.judge.drift.texts import NOT_TOLD, OTHER_WORDS, describe_language, describe_vocabulary
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values


def _found(before: list[str], after: list[str]) -> Finding:
    profile = build_profile(before)
    window = count_values(after, profile.grid)
    return judge_window([Feature("ask.it", profile, window)], np.random.default_rng(1))[0]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (["en"] * 300 + ["es"] * 200, "ask: was English (95 %), 40 % is Spanish now (PSI"),
        (["en"] * 300 + ["de"] * 200, "ask: was English (95 %), 40 % is German now, 5 % before (PSI"),
        (["en"] * 300 + [NOT_TOLD] * 200, "of 40 % the language is not known now, of 0 % before"),
        (["en"] * 500, "ask: was English (95 %), 100 % is now"),
        (["en"] * 475 + ["de"] * 25, "ask.it: no drift beyond chance in 500 rows"),
    ],
)
def test_a_change_of_language_is_one_sentence(after: list[str], said: str) -> None:
    assert said in describe_language(_found(["en"] * 950 + ["de"] * 50, after), "ask")


def test_where_no_language_prevailed_its_levels_are_told() -> None:
    found = _found([NOT_TOLD] * 900 + ["en"] * 100, [NOT_TOLD] * 100 + ["en"] * 400)
    assert describe_language(found, "ask").startswith("ask.it: ")


def test_words_that_come_up_and_words_that_nobody_used_are_told() -> None:
    before = ["refund"] * 50 + ["delivery"] * 450 + [OTHER_WORDS] * 500
    told = describe_vocabulary(_found(before, ["refund"] * 300 + ["delivery"] * 200), "ask")
    assert told.startswith("ask: texts told by the word “refund” are 60 % now, 5 % before (PSI")
    told = describe_vocabulary(_found(before, ["delivery"] * 50 + [OTHER_WORDS] * 450), "ask")
    assert told.startswith("ask: texts with none of the telling words of the reference are 90 % now, 50 % before (PSI")
    assert "no drift beyond chance" in describe_vocabulary(_found(before, before), "ask")
