"""Answers kept in a Redis or Valkey that machines share (SPEC GW-5).

A cache is a help and no authority: while the store cannot be used, requests are asked upstream as if nothing were kept,
and nobody waits for it twice. Whoever has not heard of purges for `_SURE_S` gives nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

from evenkeel.gateway.cache.model import CachedAnswer, Partition, Purge
from evenkeel.gateway.cache.shared_entry import read_entry, write_entry
from evenkeel.gateway.cache.shared_purges import PREFIX, KnownPurges, look, obey
from evenkeel.kernel.ports import Clock
from evenkeel.store.resp import Address, Connection, RefusedCommandError

T = TypeVar("T")

log = logging.getLogger(__name__)

#: An answer of the store takes a fraction of a millisecond; a request waits no longer than this for it.
TIMEOUT_S: Final = 0.25
#: How often purges of other machines are looked for, and after how long without a look nothing is given.
LOOK_EVERY_S: Final = 0.25
_SURE_S: Final = 1.0
#: At a time: the next ones wait for these.
_ASKED_MAX: Final = 64
_KEPT_MAX: Final = 16
#: Of answers that wait to be kept; what is more is not kept.
_WAITING_BYTES_MAX: Final = 16 * 1024 * 1024
_ENTRY: Final = f"{PREFIX}1:".encode()

_Asked = tuple[bytes, asyncio.Future[bytes | None]]


class SharedAnswers:
    """The store as one worker has it. For one loop; what is asked of the store is asked by a thread of its own."""

    def __init__(self, address: Address, home: str, clock: Clock, *, timeout_s: float = TIMEOUT_S) -> None:
        """`home` tells the purges of one control from those of another."""
        self.address = address
        self._home = home
        self._clock = clock
        self._connection = Connection(address, timeout_s=timeout_s)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="cache-store")
        self._known = KnownPurges()
        self._told: Sequence[Purge] | None = None  # by control; None: it has not said yet, and nothing is given
        self._pending: Sequence[Purge] = ()  # of these, what the store may not know yet
        self._looked_for: Sequence[Purge] | None = None  # what control had said when the store was told last
        self._sure_until_s = float("-inf")
        self._asked: list[_Asked] = []
        self._keeping: list[tuple[bytes, bytes, int]] = []
        self._keeping_bytes = 0
        self._wake = asyncio.Event()
        self.hits = self.misses = self.lost = self.unkept = 0

    @property
    def number(self) -> int:
        """What `put` is to be given of a request that is sent on now."""
        return self._known.number

    @property
    def is_usable(self) -> bool:
        """Whether the store answered lately."""
        return self._clock.monotonic_s() < self._sure_until_s

    def gauges(self) -> dict[str, int]:
        """What this worker had of the store, for `/metrics`."""
        told = {"hits": self.hits, "misses": self.misses, "lost": self.lost, "unkept": self.unkept}
        return {"cache_store_up": int(self.is_usable)} | {f"cache_store_{name}_total": n for name, n in told.items()}

    def obey(self, purges: Sequence[Purge]) -> None:
        """Control wants these purged, the latest ones in their order: from now on nothing of them is given here."""
        if purges is not self._told:
            self._told = self._pending = purges
            self._wake.set()

    async def get(self, key: bytes, partition: Partition) -> CachedAnswer | None:
        """The answer kept under `key` for that very partition and in force now, or None."""
        data = None
        if self.is_usable and not self._is_pending(partition):
            future = asyncio.get_running_loop().create_future()
            self._asked.append((key, future))
            self._wake.set()
            data = await future
        answer = None if data is None else self._usable(data, partition)
        if answer is None:
            self.misses += 1
        else:
            self.hits += 1
        return answer

    def put(self, key: bytes, partition: Partition, answer: CachedAnswer, *, number: int) -> None:
        """Keep an answer that was begun when `number` was the latest purge known here. Returns at once."""
        left_ms = (answer.until_us - self._clock.now_us()) // 1_000
        data = write_entry(answer, partition, number) if left_ms > 0 and self.is_usable else b""
        if not data or self._keeping_bytes + len(data) > _WAITING_BYTES_MAX:
            self.unkept += 1
            return
        self._keeping.append((key, data, left_ms))
        self._keeping_bytes += len(data)
        self._wake.set()

    async def run(self) -> None:
        """Ask and keep until cancelled; then all who wait are told that there is nothing."""
        look_at_s = float("-inf")
        try:
            while True:
                if self._clock.monotonic_s() >= look_at_s or (self._told is not self._looked_for and self.is_usable):
                    await self._look()
                    look_at_s = self._clock.monotonic_s() + LOOK_EVERY_S
                await self._serve()
                await self._rest(look_at_s)
        finally:
            self._answer(self._asked, [None] * len(self._asked))
            self._thread.submit(self._connection.close)
            self._thread.shutdown(wait=False)

    async def _rest(self, until_s: float) -> None:
        """Wait until there is something to do."""
        if self._asked or self._keeping:
            return
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until_s - self._clock.monotonic_s())):
                await self._wake.wait()

    def _is_pending(self, partition: Partition) -> bool:
        return any(purge.covers(partition) for purge in self._pending)

    def _usable(self, data: bytes, partition: Partition) -> CachedAnswer | None:
        try:
            found = read_entry(data, partition)
        except ValueError:
            return None  # it was written by nobody we know
        # A purge may have come while the store was asked.
        if found is None or self._is_pending(partition) or not self._known.lets(partition, found[0]):
            return None
        answer = found[1]
        return answer if answer.kept_at_us <= self._clock.now_us() < answer.until_us else None

    async def _look(self) -> None:
        """Tell the store what control wants purged, and learn what others did."""
        told, began_s = self._told, self._clock.monotonic_s()
        if told is None:
            return
        try:
            self._known = await self._run(self._look_now, told)
        except (OSError, RefusedCommandError, ValueError) as error:
            self._lose(error)
            return
        if not self.is_usable:
            log.info("answers are kept in %s", self.address)
        self._sure_until_s = began_s + _SURE_S  # what was purged while the store answered may not be known
        self._looked_for = told
        if told is self._told:
            self._pending = ()

    def _look_now(self, told: Sequence[Purge]) -> KnownPurges:
        if told is not self._looked_for:
            obey(self._connection, self._home, told)
        return look(self._connection, self._known)

    async def _serve(self) -> None:
        """Answer those who wait, then keep something."""
        asked, self._asked = self._asked[:_ASKED_MAX], self._asked[_ASKED_MAX:]
        keeping, self._keeping = self._keeping[:_KEPT_MAX], self._keeping[_KEPT_MAX:]
        if not asked and not keeping:
            return
        found: list[bytes | None] = [None] * len(asked)
        try:
            if asked and self.is_usable:
                found = await self._run(self._fetch, [key for key, _ in asked])
        except (OSError, RefusedCommandError, ValueError) as error:
            self._lose(error)
        finally:
            self._answer(asked, found)
        kept = 0
        try:
            if keeping and self.is_usable:
                kept = await self._run(self._keep, keeping)
        except OSError as error:
            self._lose(error)
        self.unkept += len(keeping) - kept
        self._keeping_bytes -= sum(len(data) for _, data, _ in keeping)

    async def _run(self, ask: Callable[..., T], given: object) -> T:
        """What the thread found out."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, ask, given)

    def _answer(self, asked: Sequence[_Asked], found: Sequence[bytes | None]) -> None:
        for (_, future), data in zip(asked, found, strict=True):
            if not future.done():
                future.set_result(data)

    def _fetch(self, keys: Sequence[bytes]) -> list[bytes | None]:
        found = self._connection.run("MGET", *(_ENTRY + key for key in keys))
        if not isinstance(found, list) or len(found) != len(keys):
            raise ValueError("no answer to each question")
        return [each if isinstance(each, bytes) else None for each in found]

    def _keep(self, keeping: Sequence[tuple[bytes, bytes, int]]) -> int:
        """How many are kept: a store that is full refuses some, and gives what it has all the same."""
        kept = 0
        for key, data, left_ms in keeping:
            with suppress(RefusedCommandError):
                self._connection.run("SET", _ENTRY + key, data, "PX", left_ms)
                kept += 1
        return kept

    def _lose(self, error: Exception) -> None:
        """Nothing is given until the store answers again."""
        self.lost += 1
        if self.is_usable or self.lost == 1:
            why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
            log.warning("the store of answers, %s, cannot be used: %s; all is asked upstream", self.address, why[:200])
        self._sure_until_s = float("-inf")
