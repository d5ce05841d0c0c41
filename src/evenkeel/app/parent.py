"""A supervised process and its parent: says when it is ready or why it cannot be, and does not outlive it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from evenkeel.kernel.errors import ConflictError, CorruptDataError, EvenkeelError, HomeBusyError

_KINDS: Final = (ConflictError, CorruptDataError, HomeBusyError)


def tell_ready(descriptor: int | None, facts: Mapping[str, Any]) -> None:
    """Tell the parent, once, that this process does its work; nothing without a parent."""
    if descriptor is not None:
        with os.fdopen(descriptor, "w") as pipe:
            pipe.write(json.dumps(facts) + "\n")


@contextmanager
def telling_failure(descriptor: int | None) -> Generator[None, None, None]:
    """What keeps this process from its work is told to the parent, who tells the user, and ends it with code 1."""
    try:
        yield
    except EvenkeelError as error:
        if descriptor is None:
            sys.exit(f"error: {error}")
        told = {"code": error.code, "message": error.message, "hint": error.hint}
        try:
            tell_ready(descriptor, {"error": told})
        except OSError:  # was told already that we are ready: the log is all there is
            sys.stderr.write(f"error: {error}\n")
        sys.exit(1)


def read_ready(line: str) -> Mapping[str, Any]:
    """What a child told, as its parent reads it. Raises the error that the child told of."""
    document: Mapping[str, Any] = json.loads(line)
    told = document.get("error")
    if told is None:
        return document
    kind = next((each for each in _KINDS if each.code == told["code"]), ConflictError)
    raise kind(told["message"], hint=told["hint"])


def end_with_parent() -> None:
    """End in order when the parent is gone: it holds the other end of our standard input."""

    standard_input = sys.stdin.fileno()

    def wait() -> None:
        while os.read(standard_input, 4096):  # not sys.stdin: its lock, held here, makes the interpreter's end fail
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
