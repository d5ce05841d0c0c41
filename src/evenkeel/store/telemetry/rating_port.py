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
    """How many ratings or thumbs say the same: of each person and thing the last one, as the objective counts them.

    Where nobody knows whose they are, that is the last one of each thing.
    """

    thumb: str  # up | down; empty: it was a rating
    rating: float | None  # from 1 to 5; None: it was a thumb
    n: float
    things: float = 0.0  # that have any rating, or any thumb, of all kinds; one may be rated by several people


class RatingRecords(Protocol):
    """Ratings and thumbs."""

    def ratings(self, key: ServiceKey, window: Window) -> Sequence[RatingCount]:
        """The window's ratings and thumbs, by what they say."""
        ...
