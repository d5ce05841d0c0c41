"""A message to tell, of which tests say what differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.act.notify.model import Event, Level, Message

Tell = Callable[..., Message]


@pytest.fixture
def tell() -> Tell:
    def make(event: Event = Event.TRIGGER, **more: Any) -> Message:
        usual: dict[str, Any] = {
            "dedup_key": "evenkeel-1",
            "level": Level.CRITICAL,
            "title": "Availability of bot",
            "text": "It is 91 %.",
            "environment": "production",
            "service": "bot",
            "at_us": 1_767_225_600_000_000,
            "facts": (("burn rate", "15"),),
            "links": (("Alert", "/alerts/1"),),
            "labels": {"objective": "availability"},
        }
        return Message(event=event, **(usual | more))

    return make
