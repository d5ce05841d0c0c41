"""The content of a simulated file: what readers see, and what a crash would leave of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

Change = bytes | int  # bytes appended, or the size cut to


@dataclass(slots=True)
class Inode:
    """One file's bytes. `data` is the page cache, `durable` the disk, `pending` what lies between."""

    data: bytearray = field(default_factory=bytearray)
    durable: bytes = b""
    pending: list[Change] = field(default_factory=list[Change])
    lost: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # byte ranges of failed syncs

    def append(self, data: bytes) -> None:
        """Add bytes to the cache."""
        self.data += data
        self.pending.append(data)

    def truncate(self, size: int) -> None:
        """Cut the cache."""
        del self.data[size:]
        self.lost = [(start, min(end, size)) for start, end in self.lost if start < size]
        self.pending.append(size)

    def sync(self, chance: random.Random) -> None:
        """Make the cache durable, except for what an earlier sync failed to write."""
        durable = bytearray(self.data)
        for start, end in self.lost:
            durable[start:end] = _filler(end - start, chance)
        self.durable = bytes(durable)
        self.pending.clear()

    def fail_sync(self) -> None:
        """A sync that failed: the pages count as clean, so no later sync writes them either."""
        if len(self.data) > len(self.durable):
            self.lost.append((len(self.durable), len(self.data)))

    def crash(self, chance: random.Random) -> None:
        """Keep what is durable and, of what is pending, a beginning that chance decides."""
        kept = bytearray(self.durable)
        count = chance.choice((0, len(self.pending), chance.randint(0, len(self.pending))))
        for change in self.pending[:count]:
            _apply(kept, change)
        if count < len(self.pending):
            _apply(kept, _torn(self.pending[count], chance))
        self.data, self.durable = kept, bytes(kept)
        self.pending.clear()
        self.lost.clear()


def _apply(data: bytearray, change: Change) -> None:
    if isinstance(change, int):
        del data[change:]
    else:
        data += change


def _torn(change: Change, chance: random.Random) -> Change:
    """The beginning of an append, sometimes with zeroes or garbage where the rest belongs."""
    if isinstance(change, int):
        return b""
    whole = change[: chance.randint(0, len(change))]
    if chance.random() < 0.5:
        return whole
    return whole + _filler(chance.randint(0, len(change) - len(whole)), chance)


def _filler(size: int, chance: random.Random) -> bytes:
    return bytes(size) if chance.random() < 0.5 else chance.randbytes(size)
