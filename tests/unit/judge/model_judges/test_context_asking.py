"""Which contexts are relevant is asked without the answer, and read strictly."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evenkeel.judge.evaluations.model import Texts
from evenkeel.judge.model_judges.context_asking import CONTEXTS, context_request, read_relevant, version_of
from evenkeel.judge.model_judges.model import Heard, ModelJudge

JUDGE = ModelJudge("g", "http://x", "m", "", "Helps it?", (), 1.0, 60.0, 10, 10, 5.0, 2, about=CONTEXTS)


def test_contexts_have_numbers_and_the_answer_is_not_told() -> None:
    body = context_request(JUDGE, Texts("the answer", "Why?", ("a", "b")))
    assert body is not None
    said = json.loads(body["messages"][1]["content"])
    assert said == {"question": "Helps it?", "asked": "Why?", "contexts": {"1": "a", "2": "b"}}
    assert context_request(JUDGE, Texts("", "x" * 60_001)) is None
    assert version_of(JUDGE) != version_of(replace(JUDGE, about="answer"))


@pytest.mark.parametrize(
    ("content", "verdict", "relevant"),
    [
        ('{"reason": "", "relevant": [2, 1]}', "passed", (1, 2)),
        ('{"reason": "", "relevant": []}', "flagged", ()),
        ('{"reason": "", "relevant": [1, 1]}', "failed", ()),
        ('{"reason": "", "relevant": [0]}', "failed", ()),
        ('{"reason": "", "relevant": [true]}', "failed", ()),
        ('{"reason": "", "relevant": 1}', "failed", ()),
        ("[1]", "failed", ()),
    ],
)
def test_a_reply_is_read_strictly(content: str, verdict: str, relevant: tuple[int, ...]) -> None:
    body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
    found = read_relevant(Heard(200, body), 2)
    assert (found.verdict, found.relevant) == (verdict, relevant)
