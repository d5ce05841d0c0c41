"""What is asked of an engine about texts that are stored with events: a part of the telemetry port (`port.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from evenkeel.kernel.time import Window

if TYPE_CHECKING:
    from evenkeel.store.telemetry.port import ServiceKey


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An event with texts; `attributes` is the JSON that holds them."""

    event_id: str
    at_us: int
    version: str
    attributes: str
    caller: int | None  # pseudonym of who asked, where that is known


@dataclass(frozen=True, slots=True)
class StoredAnswers:
    """Requests with texts in a window, and some of them."""

    found: int
    answers: Sequence[StoredAnswer]


class ContentRecords(Protocol):
    """Texts that are kept."""

    def stored_answers(
        self, key: ServiceKey, window: Window, marks: Sequence[str], *, seed: int, limit: int
    ) -> StoredAnswers:
        """Requests of the window whose event has one of `marks` in its attributes: how many, and `limit` at random.

        The seed decides which, whatever else is stored by then. Of several such events of a request the last counts.
        """
        ...
