"""The part of the telemetry port that is about what people thought of answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from evenkeel.kernel.time import Window

if TYPE_CHECKING:
    from evenkeel.store.telemetry.port import ServiceKey  # which takes this part over


@dataclass(frozen=True, slots=True)
class RatingCount:
    """How many things were rated alike; of several ratings of one thing the last one counts."""

    thumb: str  # up | down; empty: it was a rating
    rating: float | None  # from 1 to 5; None: it was a thumb
    n: float


class RatingRecords(Protocol):
    """Ratings and thumbs."""

    def ratings(self, key: ServiceKey, window: Window) -> Sequence[RatingCount]:
        """The window's ratings and thumbs, by what they say."""
        ...
