"""A batch of events held as columns: what doors fill, the journal encodes and the fold stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenkeel.kernel.event import COLUMN_NAMES, REQUIRED

_DEFAULTS: dict[str, Any] = {
    "version": "",
    "solo": False,
    "role": "none",
    "source_rank": 10,
    "weight": 1.0,
    "sampled_unknown": False,
    "outcome": "none",
}
_NEEDED = tuple(name for name in COLUMN_NAMES if name in REQUIRED)


class EventBatch:
    """Events as one list per column of `kernel.event.COLUMNS`, all of equal length.

    >>> batch = EventBatch()
    >>> batch.add({"event_id": b"0" * 16, "kind": "heartbeat", "at": 1, "arrived_at": 2,
    ...            "environment": "production", "service": "bot", "request_id": b"0" * 16, "source": "api"})
    >>> len(batch), batch.columns["weight"]
    (1, [1.0])
    """

    __slots__ = ("columns",)

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in COLUMN_NAMES}

    def __len__(self) -> int:
        return len(self.columns["event_id"])

    def add(self, event: Mapping[str, Any]) -> None:
        """Add one event. Raises ValueError when a required column is absent or a name is no column."""
        self._check(event)
        for name, column in self.columns.items():
            column.append(event.get(name, _DEFAULTS.get(name)))

    def add_all(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Add many at once, at a fraction of the cost of each by `add`. Raises ValueError; then none was added."""
        if not events:
            return
        known = self.columns.keys()
        for event in events:
            if not event.keys() <= known:
                self._check(event)  # it says which names are no columns
        rows = [map(event.get, COLUMN_NAMES) for event in events]  # and turned round, without a step of Python for each
        fresh = dict(zip(COLUMN_NAMES, zip(*rows, strict=True), strict=True))
        for name, default in _DEFAULTS.items():
            if None in fresh[name]:
                fresh[name] = tuple([event.get(name, default) for event in events])
        for name in _NEEDED:
            if None in fresh[name]:
                raise ValueError(_missing(name))
        for name, column in self.columns.items():
            column.extend(fresh[name])

    def extend(self, other: EventBatch) -> None:
        """Add every event of `other`."""
        for name, column in self.columns.items():
            column.extend(other.columns[name])

    def _check(self, event: Mapping[str, Any]) -> None:
        """Raises ValueError before the first column grows: a refused event leaves no half row."""
        if not event.keys() <= self.columns.keys():
            msg = f"no such columns: {sorted(event.keys() - self.columns.keys())}"
            raise ValueError(msg)
        for name in _NEEDED:
            if event.get(name, _DEFAULTS.get(name)) is None:
                raise ValueError(_missing(name))

    def row(self, index: int) -> dict[str, Any]:
        """The event at `index`, without its absent values."""
        pairs = ((name, column[index]) for name, column in self.columns.items())
        return {name: value for name, value in pairs if value is not None}


def _missing(name: str) -> str:
    return f"an event needs {name}"
