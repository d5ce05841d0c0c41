"""MLflow's scoring format, around a function and around a real model."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from evenkeel.testing.upstreams import Trouble, Upstream, mlflow_upstream
from evenkeel.testing.upstreams.mlflow import read_rows


@pytest.fixture
def up() -> Iterator[Upstream]:
    with mlflow_upstream() as upstream:
        yield upstream


def ask(url: str, body: bytes | None = None, kind: str = "application/json") -> tuple[int, bytes]:
    request = urllib.request.Request(url, body, {"content-type": kind})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.parametrize(
    "document",
    [
        {"dataframe_split": {"columns": ["a", "b"], "index": [0, 1], "data": [[1, 2], [3, 4]]}},
        {"dataframe_records": [{"a": 1, "b": 2}, {"b": 4, "a": 3}], "params": {"x": 1}},
        {"instances": [[1, 2], [3, 4]]},
        {"instances": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]},
        {"inputs": [[1, 2], [3, 4]]},
        {"inputs": {"a": [1, 3], "b": [2, 4]}},
    ],
)
def test_every_format_is_read(up: Upstream, document: dict[str, Any]) -> None:
    status, body = ask(f"{up.url}/invocations", json.dumps(document).encode())
    assert (status, json.loads(body)) == (200, {"predictions": [3, 7]})


def test_a_real_model_is_served() -> None:
    model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"])
    with mlflow_upstream(model.predict) as up:
        status, body = ask(f"{up.url}/invocations", b'{"inputs": [[0.1], [2.9]]}')
    assert (status, json.loads(body)) == (200, {"predictions": ["low", "high"]})


@pytest.mark.parametrize(("path", "status"), [("/ping", 200), ("/health", 200), ("/version", 200), ("/x", 404)])
def test_it_says_that_it_lives(up: Upstream, path: str, status: int) -> None:
    assert ask(up.url + path)[0] == status


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"instances": [[1]], "inputs": [[1]]},
        {"instances": [[1]], "more": 1},
        {"instances": []},
        {"instances": [["a"]]},
        {"dataframe_split": [1]},
        {"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}},
        {"dataframe_records": [1]},
        {"dataframe_records": [{"a": 1}, {"b": 1}]},
        {"inputs": {"a": [1], "b": [1, 2]}},
        {"inputs": {"a": 1}},
    ],
)
def test_what_is_in_no_format_is_refused(up: Upstream, document: object) -> None:
    status, body = ask(f"{up.url}/invocations", json.dumps(document).encode())
    assert (status, json.loads(body)["error_code"]) == (400, "BAD_REQUEST")


def test_other_kinds_and_methods_are_refused(up: Upstream) -> None:
    assert ask(f"{up.url}/invocations", b"a,b\n1,2\n", "text/csv")[0] == 415
    assert ask(f"{up.url}/invocations")[0] == 405
    up.trouble = Trouble(status=503)
    status, body = ask(f"{up.url}/ping")
    assert (status, json.loads(body)["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")


def test_instances_may_be_anything() -> None:
    assert read_rows({"instances": ["a text", "another"]}) == ["a text", "another"]
