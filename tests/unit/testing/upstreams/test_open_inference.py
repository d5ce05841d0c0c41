"""The Open Inference Protocol, around a function."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from evenkeel.testing.upstreams import Upstream, v2_upstream
from evenkeel.testing.upstreams.open_inference import open_inference_upstream, write_tensor


@pytest.fixture
def up() -> Iterator[Upstream]:
    with v2_upstream(model="risk") as upstream:
        yield upstream


def ask(url: str, document: object = None) -> tuple[int, Any]:
    body = None if document is None else json.dumps(document).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def tensor(**changed: object) -> dict[str, object]:
    return {"name": "x", "shape": [2, 2], "datatype": "FP64", "data": [1, 2, 3, 4], **changed}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v2", "extensions"),
        ("/v2/health/live", "live"),
        ("/v2/health/ready", "ready"),
        ("/v2/models/risk", "platform"),
        ("/v2/models/risk/versions/1", "inputs"),
        ("/v2/models/risk/ready", "ready"),
        ("/v2/models/risk/versions/1/ready", "ready"),
    ],
)
def test_it_says_what_it_is(up: Upstream, path: str, field: str) -> None:
    status, document = ask(up.url + path)
    assert (status, field in document) == (200, True)


@pytest.mark.parametrize("path", ["/v2/models/risk/infer", "/v2/models/risk/versions/1/infer"])
def test_rows_are_answered(up: Upstream, path: str) -> None:
    status, document = ask(up.url + path, {"id": "7", "inputs": [tensor()]})
    assert status == 200
    assert (document["id"], document["model_name"], document["model_version"]) == ("7", "risk", "1")
    assert document["outputs"] == [{"name": "predict", "shape": [2], "datatype": "INT64", "data": [3, 7]}]


def test_columns_are_put_side_by_side(up: Upstream) -> None:
    columns = [tensor(name="a", shape=[2], data=[1, 2]), tensor(name="b", shape=[2, 1], data=[[0.5], [0.25]])]
    _, document = ask(f"{up.url}/v2/models/risk/infer", {"inputs": columns})
    assert document["outputs"][0] == {"name": "predict", "shape": [2], "datatype": "FP64", "data": [1.5, 2.25]}


@pytest.mark.parametrize(
    ("path", "document", "status"),
    [
        ("/v3", None, 404),
        ("/v2/models/other", None, 404),
        ("/v2/models/risk/versions/9/ready", None, 404),
        ("/v2/models/risk/infer", None, 405),
        ("/v2/models/risk/ready", {}, 405),
        ("/v2/models/risk/infer", {}, 400),
        ("/v2/models/risk/infer", {"inputs": [tensor(shape=[3, 2])]}, 400),
        ("/v2/models/risk/infer", {"inputs": [tensor(datatype="FP128")]}, 400),
        ("/v2/models/risk/infer", {"inputs": [{"name": "x"}]}, 400),
        ("/v2/models/risk/infer", {"inputs": [tensor(), tensor(shape=[4])]}, 400),
        ("/v2/models/risk/infer", {"inputs": [tensor(data=["a", 1, 2, 3])]}, 400),
    ],
)
def test_what_is_wrong_is_refused_with_a_reason(up: Upstream, path: str, document: object, status: int) -> None:
    answered, said = ask(up.url + path, document)
    assert answered == status
    assert said["error"]


def test_any_model_is_there_when_none_is_named() -> None:
    with open_inference_upstream(lambda rows: [len(rows)] * len(rows)) as up:
        _, document = ask(f"{up.url}/v2/models/anything/infer", {"inputs": [tensor()]})
    assert document["outputs"][0]["data"] == [2, 2]


@pytest.mark.parametrize(("values", "kind"), [(["a"], "BYTES"), ([True], "BOOL"), ([], "FP64")])
def test_a_tensor_has_the_type_of_its_values(values: list[Any], kind: str) -> None:
    assert write_tensor("y", values) == {"name": "y", "shape": [len(values)], "datatype": kind, "data": values}
