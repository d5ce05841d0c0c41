"""Asks a receiver without a socket between."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.testing.receivers.server import Received, Receiver, Refusal, Reply

Ask = Callable[..., Reply]


@pytest.fixture
def ask() -> Ask:
    """The answer to a document, refused or not."""

    def send(receiver: Receiver, path: str, document: Any, **headers: str) -> Reply:
        given = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        request = Received("POST", path, given, body)
        receiver.received.append(request)
        try:
            return receiver.answer(request)
        except Refusal as refusal:
            receiver.problems.append(refusal.problem)
            return refusal.reply

    return send
