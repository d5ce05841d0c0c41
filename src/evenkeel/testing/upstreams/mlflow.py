"""A double of MLflow's scoring server, around any function. Source: mlflow.org/docs/latest/ml/deployment (local).

Example:
    >>> with mlflow_upstream(lambda rows: [sum(row) for row in rows]) as up:
    ...     up.url.startswith("http://127.0.0.1:")
    True
"""

from __future__ import annotations

from typing import Any, Final, cast

from evenkeel.testing.upstreams.dialect import Answer, RefusedError, Seen, Voice, json_answer
from evenkeel.testing.upstreams.prediction import Predict, run_predict, sum_rows
from evenkeel.testing.upstreams.server import Certificate, Upstream
from evenkeel.testing.upstreams.trouble import Trouble

VERSION: Final = "3.1.0"
FORMATS: Final = ("dataframe_split", "dataframe_records", "instances", "inputs")
#: HTTP status -> code of the error.
KINDS: Final[dict[int, str]] = {400: "BAD_REQUEST", 404: "ENDPOINT_NOT_FOUND", 429: "REQUEST_LIMIT_EXCEEDED",
                                503: "TEMPORARILY_UNAVAILABLE"}  # fmt: skip


class MLflow:
    """The dialect."""

    def __init__(self, predict: Predict) -> None:
        self.base = ""
        self._predict = predict

    def answer(self, seen: Seen, voice: Voice, trouble: Trouble) -> Answer:
        """The answer to a request. Raises RefusedError."""
        del voice, trouble
        if seen.path in ("/ping", "/health"):
            return Answer(200, b"\n", {"content-type": "application/json"})
        if seen.path == "/version":
            return Answer(200, VERSION.encode(), {"content-type": "application/json"})
        if seen.path != "/invocations":
            raise RefusedError(self.error(404, f"No such address: {seen.path}"))
        if seen.method != "POST":
            raise RefusedError(self.error(405, f"Not allowed to {seen.method}."))
        if seen.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            kinds = "This predictor only supports the following content types: application/json"
            raise RefusedError(Answer(415, kinds.encode(), {"content-type": "text/plain"}))
        try:
            return json_answer({"predictions": run_predict(self._predict, read_rows(seen.document))})
        except ValueError as error:
            raise RefusedError(self.error(400, str(error))) from error

    def error(self, status: int, message: str) -> Answer:
        """A failure in MLflow's words."""
        return json_answer({"error_code": KINDS.get(status, "INTERNAL_ERROR"), "message": message}, status)

    def error_event(self, message: str) -> bytes:
        """Nothing is streamed here."""
        return message.encode()


def read_rows(document: Any) -> list[Any]:
    """The rows of a scoring request in any of the four formats. Raises ValueError.

    Example:
        >>> read_rows({"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]]}})
        [[1, 2]]
        >>> read_rows({"dataframe_records": [{"a": 1, "b": 2}, {"b": 4, "a": 3}]})
        [[1, 2], [3, 4]]
    """
    if not isinstance(document, dict):
        raise ValueError("the body is no JSON object")  # noqa: TRY004 (it is what the caller sent)
    given = cast("dict[str, Any]", document)
    named = [name for name in FORMATS if name in given]
    if len(named) != 1 or set(given) - {*named, "params"}:
        raise ValueError(f"the body has to hold exactly one of {', '.join(FORMATS)}, and params at most")
    value = given[named[0]]
    if named[0] == "dataframe_split":
        return _read_split(value)
    if isinstance(value, dict) and named[0] != "dataframe_records":
        return _read_columns(cast("dict[str, Any]", value))
    if not isinstance(value, list) or not value:
        raise ValueError(f"{named[0]} is no list with entries")
    rows = cast("list[Any]", value)
    if named[0] == "dataframe_records" or all(isinstance(row, dict) for row in rows):
        return _read_records(rows)
    return rows


def _read_split(value: Any) -> list[Any]:
    rows: Any = cast("dict[str, Any]", value).get("data") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        raise ValueError("dataframe_split has no data")  # noqa: TRY004
    columns = cast("dict[str, Any]", value).get("columns")
    read = cast("list[list[Any]]", rows)
    if isinstance(columns, list) and any(len(row) != len(cast("list[Any]", columns)) for row in read):
        raise ValueError("a row of dataframe_split has not as many values as there are columns")
    return read


def _read_records(rows: list[Any]) -> list[Any]:
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a record is no object")
    records = cast("list[dict[str, Any]]", rows)
    if any(record.keys() != records[0].keys() for record in records):
        raise ValueError("the records have not all the same fields")
    return [[record[name] for name in records[0]] for record in records]


def _read_columns(columns: dict[str, Any]) -> list[Any]:
    if not all(isinstance(column, list) for column in columns.values()):
        raise ValueError("a column is no list")
    if len({len(column) for column in columns.values()}) != 1:
        raise ValueError("the columns are not of one length")
    return [list(row) for row in zip(*columns.values(), strict=True)]


def mlflow_upstream(predict: Predict = sum_rows, *, certificate: Certificate | None = None) -> Upstream:
    """A double of MLflow's scoring server, started; a context manager that stops it."""
    return Upstream(MLflow(predict), None, certificate)
