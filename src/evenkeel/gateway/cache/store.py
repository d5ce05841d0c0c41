"""Answers kept in the memory of one worker: least recently used first out, bounded in bytes (SPEC GW-5)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from evenkeel.gateway.cache.model import CachedAnswer, CacheStats, Partition, Purge
from evenkeel.gateway.cache.packed import pack, size_of, unpack

#: Purges that are told apart. Beyond them the oldest is taken for one of everything: less is kept, never more.
PURGES_MAX: Final = 256

_Entry = tuple[Partition, int, bytes]  # whose, until when (µs), and the packed answer


class AnswerCache:
    """Whole answers by key. Not for several threads: a worker has one loop.

    Every `put` names the generation that its partition had when the request was sent on. After a purge an answer
    that was begun before it is not kept, however late it comes to its end.
    """

    def __init__(self, bytes_max: int) -> None:
        if bytes_max < 0:
            raise ValueError(f"bytes_max: {bytes_max} is below 0")
        self._bytes_max = bytes_max
        # Oldest use first. A plain dict would look for its first entry past all that were removed.
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._bytes = 0
        self._generation = 0  # number of the latest purge
        self._purges: dict[Purge, int] = {}  # by number, the latest last
        self._purged_before = 0  # purges up to that number are no longer told apart
        self._hits = self._misses = self._evicted = self._expired = 0
        self._saved_tokens_in = self._saved_tokens_out = 0

    def get(self, key: bytes, partition: Partition, now_us: int) -> CachedAnswer | None:
        """The answer kept under `key` for that very partition and in force at `now_us`, or None.

        A clock that was set back does not lengthen its life: before the moment it was kept at it is not in force.
        """
        entry = self._entries.get(key)
        answer = None if entry is None or entry[0] != partition else unpack(entry[2])
        if answer is None or now_us < answer.kept_at_us:
            self._misses += 1
            return None
        if now_us >= answer.until_us:
            self._remove(key)
            self._expired += 1
            self._misses += 1
            return None
        self._entries.move_to_end(key)
        self._hits += 1
        usage = answer.metered.usage
        self._saved_tokens_in += usage.tokens_in or 0
        self._saved_tokens_out += usage.tokens_out or 0
        return answer

    def put(self, key: bytes, partition: Partition, answer: CachedAnswer, now_us: int, *, generation: int) -> None:
        """Keep an answer that was begun in `generation` of its partition, in place of what the key held before.

        Nothing is kept that is over already, that was purged since, or that is larger than the whole cache.
        """
        packed = pack(answer)
        size = size_of(packed) + len(key)
        if now_us >= answer.until_us or size > self._bytes_max or self._was_purged(partition, generation):
            return
        if key in self._entries:
            self._remove(key)
        while self._bytes + size > self._bytes_max:
            oldest = next(iter(self._entries))
            if now_us >= self._remove(oldest):
                self._expired += 1
            else:
                self._evicted += 1
        self._entries[key] = (partition, answer.until_us, packed)
        self._bytes += size

    def generation(self, partition: Partition) -> int:  # noqa: ARG002  one count serves all partitions
        """What `put` is to be given of a request that is sent on now; it rises with every purge."""
        return self._generation

    def purge(self, *, environment: str = "", service: str = "", version: str = "", user: int | None = None) -> int:
        """Remove the answers that all of these fit, and say how many; without any of them, all.

        `user` is a pseudonym. Where a service does not keep users apart nobody knows who asked for an answer: it
        may have been that user, so it goes as well.
        """
        purge = Purge(0, environment, service, version, user)
        self._generation += 1
        self._purges.pop(purge, None)
        self._purges[purge] = self._generation
        if len(self._purges) > PURGES_MAX:
            self._purged_before = self._purges.pop(next(iter(self._purges)))
        meant = [key for key, (partition, _, _) in self._entries.items() if purge.covers(partition)]
        for key in meant:
            self._remove(key)
        return len(meant)

    @property
    def stats(self) -> CacheStats:
        """What it did and holds."""
        return CacheStats(
            self._hits,
            self._misses,
            self._bytes,
            len(self._entries),
            self._saved_tokens_in,
            self._saved_tokens_out,
            self._evicted,
            self._expired,
            self._bytes_max,
        )

    def _was_purged(self, partition: Partition, generation: int) -> bool:
        if generation == self._generation:
            return False
        return generation < self._purged_before or any(
            number > generation and purge.covers(partition) for purge, number in self._purges.items()
        )

    def _remove(self, key: bytes) -> int:
        """Let go; answers until when it would have been in force."""
        _, until_us, packed = self._entries.pop(key)
        self._bytes -= size_of(packed) + len(key)
        return until_us
