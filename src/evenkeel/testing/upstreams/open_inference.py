"""A double of a server of the Open Inference Protocol, version 2 (KServe, Triton, MLServer), around any function.

Source: github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from evenkeel.testing.upstreams.dialect import Answer, RefusedError, Seen, Voice, json_answer
from evenkeel.testing.upstreams.prediction import Predict, run_predict, sum_rows
from evenkeel.testing.upstreams.server import Certificate, Upstream
from evenkeel.testing.upstreams.trouble import Trouble

VERSION: Final = "1"
DATATYPES: Final = ("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32",
                    "FP64", "BYTES")  # fmt: skip
_MODEL: Final = re.compile(r"/v2/models/(?P<name>[^/]+)(?:/versions/(?P<version>[^/]+))?(?P<what>/ready|/infer)?")


class OpenInference:
    """The dialect: one model in one version, or any where `model` is None."""

    def __init__(self, predict: Predict, model: str | None = None) -> None:
        self.base = ""
        self._predict = predict
        self._model = model

    def answer(self, seen: Seen, voice: Voice, trouble: Trouble) -> Answer:
        """The answer to a request. Raises RefusedError."""
        del voice, trouble
        if seen.path == "/v2":
            return json_answer({"name": "double", "version": "2.0", "extensions": []})
        if seen.path in ("/v2/health/live", "/v2/health/ready"):
            return json_answer({seen.path.rpartition("/")[2]: True})
        found = _MODEL.fullmatch(seen.path)
        if found is None:
            raise RefusedError(self.error(404, f"no such address: {seen.path}"))
        name, version, what = found["name"], found["version"] or VERSION, found["what"]
        if version != VERSION or self._model not in (None, name):
            raise RefusedError(self.error(404, f"model {name} version {version} is unknown"))
        if seen.method != ("POST" if what == "/infer" else "GET"):
            raise RefusedError(self.error(405, f"not allowed to {seen.method}"))
        if what == "/infer":
            return self._infer(name, seen.document)
        return json_answer({"name": name, "ready": True} if what else _metadata(name))

    def error(self, status: int, message: str) -> Answer:
        """A failure in the protocol's words."""
        return json_answer({"error": message}, status)

    def error_event(self, message: str) -> bytes:
        """Nothing is streamed here."""
        return message.encode()

    def _infer(self, name: str, document: Any) -> Answer:
        try:
            outputs = [write_tensor("predict", run_predict(self._predict, read_tensors(document)))]
        except ValueError as error:
            raise RefusedError(self.error(400, str(error))) from error
        asked = cast("dict[str, Any]", document)
        more = {"id": asked["id"]} if "id" in asked else {}
        return json_answer({"model_name": name, "model_version": VERSION, **more, "outputs": outputs})


def _metadata(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "versions": [VERSION],
        "platform": "double",
        "inputs": [{"name": "input", "datatype": "FP64", "shape": [-1, -1]}],
        "outputs": [{"name": "predict", "datatype": "FP64", "shape": [-1]}],
    }


def read_tensors(document: Any) -> list[Any]:
    """The rows of an inference request: of one matrix, or of several columns side by side. Raises ValueError.

    Example:
        >>> read_tensors({"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP64", "data": [1, 2, 3, 4]}]})
        [[1, 2], [3, 4]]
    """
    inputs = cast("dict[str, Any]", document).get("inputs") if isinstance(document, dict) else None
    if not isinstance(inputs, list) or not inputs:
        raise ValueError("the body has no inputs")
    matrices = [_read_matrix(each) for each in cast("list[dict[str, Any]]", inputs)]
    if len({len(matrix) for matrix in matrices}) != 1:
        raise ValueError("the inputs have not all as many rows")
    return [[value for part in parts for value in part] for parts in zip(*matrices, strict=True)]


def _read_matrix(tensor: Mapping[str, Any]) -> list[list[Any]]:
    missing = [name for name in ("name", "shape", "datatype", "data") if name not in tensor]
    if missing:
        raise ValueError(f"an input lacks {', '.join(missing)}")
    shape: list[int] = tensor["shape"]
    if tensor["datatype"] not in DATATYPES:
        raise ValueError(f"datatype {tensor['datatype']!r} is unknown")
    flat = _flatten(tensor["data"])
    if not shape or math.prod(shape) != len(flat):
        raise ValueError(f"input {tensor['name']} has {len(flat)} values, its shape {shape} asks for other")
    width = len(flat) // shape[0] if shape[0] else 0
    return [flat[row * width : (row + 1) * width] for row in range(shape[0])]


def _flatten(data: Any) -> list[Any]:
    if not isinstance(data, list):
        return [data]
    return [value for each in cast("list[Any]", data) for value in _flatten(each)]


def write_tensor(name: str, values: list[Any]) -> dict[str, Any]:
    """Values as a tensor in row-major order; the type is that of the first.

    Example:
        >>> write_tensor("predict", [[0.5, 0.5], [1.0, 0.0]])
        {'name': 'predict', 'shape': [2, 2], 'datatype': 'FP64', 'data': [0.5, 0.5, 1.0, 0.0]}
    """
    flat = _flatten(values)
    shape = [len(values)] if not values or not isinstance(values[0], list) else [len(values), len(flat) // len(values)]
    kinds = {bool: "BOOL", int: "INT64", float: "FP64", str: "BYTES"}
    return {"name": name, "shape": shape, "datatype": kinds[type(flat[0])] if flat else "FP64", "data": flat}


def open_inference_upstream(
    predict: Predict = sum_rows, *, model: str | None = None, certificate: Certificate | None = None
) -> Upstream:
    """A double of such a server, started; a context manager that stops it."""
    return Upstream(OpenInference(predict, model), None, certificate)


#: As the gateway's configuration calls the dialect.
v2_upstream = open_inference_upstream
