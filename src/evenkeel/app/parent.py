"""A supervised process and its parent: says when it is ready, and does not outlive it."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any


def tell_ready(descriptor: int | None, facts: Mapping[str, Any]) -> None:
    """Tell the parent, once, that this process does its work; nothing without a parent."""
    if descriptor is not None:
        with os.fdopen(descriptor, "w") as pipe:
            pipe.write(json.dumps(facts) + "\n")


def end_with_parent() -> None:
    """End in order when the parent is gone: it holds the other end of our standard input."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
