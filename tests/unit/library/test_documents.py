"""Results as plain values that JSON can hold."""

from __future__ import annotations

import json

from evenkeel.library.documents import evaluation_document
from evenkeel.library.evaluating import evaluate


def test_an_evaluation_is_told_whole() -> None:
    table = {"truth": ["a", "b", "c", None], "guess": ["a", "b", "a", "a"], "plan": ["s", "s", "m", "m"]}
    told = json.loads(
        json.dumps(evaluation_document(evaluate(table, truth="truth", predicted="guess", segments=["plan"])))
    )
    assert told["figures"]["accuracy"]["n"] == 3
    assert told["figures"]["accuracy"]["low"] < told["figures"]["accuracy"]["value"]
    assert told["by_class"]["c"]["precision"]["reason"] == "never_predicted"
    assert told["segments"]["plan"]["s"]["value"] == 1.0
    assert told["notes"] == ["1 rows have no truth"]
