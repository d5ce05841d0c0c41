"""Questions are read as people answer them."""

from __future__ import annotations

import pytest

from evenkeel.judge.evaluations.model import TEXT_MAX, USUAL, Question, Scale
from evenkeel.kernel.errors import InvalidInputError


@pytest.mark.parametrize("said", ["yes", "Yes", "y", True, 1, "1"])
def test_yes_is_said_in_several_ways(said: object) -> None:
    assert USUAL[0].read(said) == 1.0


@pytest.mark.parametrize("said", ["", "maybe", "2", None, 5])
def test_what_is_neither_yes_nor_no_is_refused(said: object) -> None:
    with pytest.raises(InvalidInputError, match="Answer yes or no"):
        USUAL[0].read(said)


@pytest.mark.parametrize("said", ["0", "6", "4.5", "nan", True])
def test_what_is_not_on_the_scale_is_refused(said: object) -> None:
    with pytest.raises(InvalidInputError, match="from 1 to 5"):
        Question("q", "How?", Scale.ONE_TO_FIVE).read(said)


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Q 1"}, {"name": ""}, {"text": " "}, {"text": "x" * (TEXT_MAX + 1)}, {"good_from": 1}, {"good_from": 6}],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        Question(**{"name": "q", "text": "How?", **wrong})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("said", "share"), [("none", 0.0), ("2", 0.25), ("1, 4", 0.5), ("1 2 3 4", 1.0)])
def test_of_contexts_the_share_is_kept_and_an_answer_with_any_is_good(said: str, share: float) -> None:
    question = Question("contexts", "Which help?", Scale.CONTEXTS)
    assert question.read(said, contexts=4) == share
    assert question.is_good(share) is (share > 0)


@pytest.mark.parametrize("said", ["", "0", "5", "1,1", "1,none", "yes", "1.5", "-1", "²"])
def test_what_names_no_contexts_is_refused(said: str) -> None:
    with pytest.raises(InvalidInputError, match="contexts is"):
        Question("contexts", "Which help?", Scale.CONTEXTS).read(said, contexts=4)
