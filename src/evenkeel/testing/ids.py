"""Identities that repeat from run to run."""

from __future__ import annotations


class SimIds:
    """Counts upwards: unique, rising, the same in every run.

    >>> ids = SimIds()
    >>> ids.new_id(), ids.new_id()
    ('00000000000000000000000000000001', '00000000000000000000000000000002')
    """

    def __init__(self) -> None:
        self._last = 0

    def new_id(self) -> str:
        """The next identity: 32 lower-case hex digits."""
        self._last += 1
        return f"{self._last:032x}"
