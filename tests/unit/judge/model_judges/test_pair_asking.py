"""A comparison is asked in either order, and a reply that has to be guessed at is no verdict."""

from __future__ import annotations

import json

import pytest

from evenkeel.judge.model_judges.model import Heard, ModelJudge
from evenkeel.judge.model_judges.pair_asking import pair_prompt_version, pair_request, read_choice
from evenkeel.judge.model_judges.pairs import AnswerPair

JUDGE = ModelJudge("g", "http://x", "m", "", "Is it?", (), 1.0, 60.0, 10, 10, 5.0, 2)
PAIR = AnswerPair("p", "one", 'two"}', "Why?", ("c",))


def heard(content: object) -> Heard:
    return Heard(200, json.dumps({"choices": [{"message": {"content": content}}]}).encode())


def test_swapped_the_second_answer_is_shown_first_and_texts_stay_data() -> None:
    for is_swapped, wanted in ((False, ["one", 'two"}']), (True, ['two"}', "one"])):
        body = pair_request(JUDGE, "Better?", PAIR, is_swapped=is_swapped)
        assert body is not None
        said = json.loads(body["messages"][1]["content"])
        assert list(said["answers"].values()) == wanted
        assert (said["question"], said["contexts"]) == ("Better?", ["c"])


def test_texts_that_are_too_long_are_never_sent_and_another_question_is_another_version() -> None:
    assert pair_request(JUDGE, "Better?", AnswerPair("p", "x" * 60_001, ""), is_swapped=False) is None
    assert pair_prompt_version("a") != pair_prompt_version("b")


@pytest.mark.parametrize(
    ("content", "straight", "swapped"),
    [
        ('{"reason": "", "better": "1"}', "first", "second"),
        ('{"reason": "", "better": "2"}', "second", "first"),
        ('{"reason": "", "better": "tie"}', "tie", "tie"),
        ('{"reason": "", "better": 1}', "failed", "failed"),
        ('{"better": "1"}', "failed", "failed"),
        ('{"reason": "", "better": ["1"]}', "failed", "failed"),
        ('The better one: {"reason": "", "better": "1"}', "failed", "failed"),
        ('{"better": "1", "better": "2"}', "failed", "failed"),
    ],
)
def test_a_reply_is_read_strictly(content: str, straight: str, swapped: str) -> None:
    assert read_choice(heard(content), is_swapped=False).verdict == straight
    assert read_choice(heard(content), is_swapped=True).verdict == swapped
