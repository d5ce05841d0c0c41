"""Pairs of answers: read strictly from a file, or found among answers of two versions."""

from __future__ import annotations

import json

import pytest

from evenkeel.judge.evaluations.model import Candidate, Texts
from evenkeel.judge.model_judges.pairs import PAIRS_MAX, pair_versions, read_pairs
from evenkeel.kernel.errors import InvalidInputError


def test_what_is_wrong_with_a_file_is_told_by_line() -> None:
    both = '"first": "a", "second": "b"'
    lines = [f"{{{both}}}", "no", "[]", '{"first": "a"}', '{"first": 1, "second": "b"}']
    lines += [f'{{{both}, "third": "c"}}', f'{{{both}, "contexts": "c"}}']
    with pytest.raises(InvalidInputError) as caught:
        read_pairs("\n".join(lines))
    said = str(caught.value)
    for words in ("line 2 is no JSON", "line 3 is no JSON object", "line 4 has no second answer", "and 1 more"):
        assert words in said
    for text, words in (("", "0 pairs"), ('{"first": "a", "second": "b"}\n' * (PAIRS_MAX + 1), "2,001 pairs")):
        with pytest.raises(InvalidInputError, match=words):
            read_pairs(text)
    twice = json.dumps({"first": "a", "second": "b", "id": "x"})
    with pytest.raises(InvalidInputError, match="id of an earlier line"):
        read_pairs(f"{twice}\n{twice}")


def test_an_empty_answer_is_an_answer() -> None:
    (pair,) = read_pairs('{"first": "", "second": "b", "contexts": ["c"]}')
    assert (pair.first, pair.contexts) == ("", ("c",))


def test_only_answers_to_the_same_prompt_and_contexts_are_paired_each_once() -> None:
    def answer(own: str, version: str, prompt: str, *contexts: str) -> Candidate:
        return Candidate(own, int(own), version, texts=Texts(own, prompt, contexts))

    found = pair_versions(
        [
            answer("1", "a", "Why?"), answer("2", "b", "Why?"), answer("3", "b", "Why?"),
            answer("4", "a", "How?", "c"), answer("5", "b", "How?"), answer("6", "a", ""), answer("7", "b", ""),
            answer("8", "c", "Why?"),
        ],
        "a",
        "b",
    )  # fmt: skip
    assert [(each.first, each.second) for each in found] == [("1", "2")]
