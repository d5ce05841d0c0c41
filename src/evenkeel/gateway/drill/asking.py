"""Asks one gateway worker, over the port that leads to it alone, what it would answer a caller now."""

from __future__ import annotations

import http.client
import json
from typing import Any, Final, cast

from evenkeel.gateway.drill.model import SERVICE, LiveWorker

#: Models are listed without a record and without a limit, by the very path that a question takes.
_PATH: Final = f"/services/{SERVICE}/v1/models"


class Door:
    """One worker's own port; a connection that breaks is made anew by the next question."""

    def __init__(self, worker: LiveWorker, timeout_s: float) -> None:
        self.worker = worker
        self._timeout_s = timeout_s
        self._connection: http.client.HTTPConnection | None = None
        self._stream: Stream | None = None

    def ask(self, secret: str) -> str:
        """The version that answers, or why none does: `401`, `kill_switch`, …; empty when the worker does not."""
        try:
            return self._ask(secret)
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
            self._drop()
            return ""

    def open_stream(self, secret: str) -> bool:
        """Have a stream that goes on until it is ended; whether it has begun."""
        try:
            self._stream = Stream(self.worker, secret, self._timeout_s)
        except (OSError, http.client.HTTPException):
            self._stream = None
        return self._stream is not None and self._stream.has_begun

    def await_end(self) -> str:
        """The code that the open stream was ended with; empty when it was not ended in time, or without a word."""
        if self._stream is None:
            return ""
        try:
            return self._stream.await_end()
        finally:
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        """Let go."""
        self._drop()
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _ask(self, secret: str) -> str:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.worker.port, timeout=self._timeout_s)
        self._connection.request("GET", _PATH, headers={"authorization": f"Bearer {secret}"})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return answer.getheader("x-evenkeel-error") or str(answer.status)
        document = cast("dict[str, Any]", json.loads(body))
        said = str(document["data"][0]["id"])  # by the upstream itself
        return said if said == answer.getheader("x-evenkeel-version") else f"{said} under another name"

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Stream:
    """A stream that is being read."""

    def __init__(self, worker: LiveWorker, secret: str, timeout_s: float) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", worker.port, timeout=timeout_s)
        self._connection.request("GET", f"{_PATH}?stream=true", headers={"authorization": f"Bearer {secret}"})
        self._answer = self._connection.getresponse()
        self.has_begun = self._answer.status == 200 and self._answer.readline().startswith(b"data:")

    def await_end(self) -> str:
        """The code of the event that it ended with."""
        try:
            last = [line for line in self._answer.read().splitlines() if line.startswith(b"data:")][-1]
            return str(json.loads(last.removeprefix(b"data:"))["error"]["code"])
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
            return ""

    def close(self) -> None:
        """Let go."""
        self._answer.close()
        self._connection.close()
