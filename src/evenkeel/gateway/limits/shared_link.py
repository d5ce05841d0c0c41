"""A worker's way to the store of shared limits: joined once, watched, and loud when it is lost."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from evenkeel.gateway.limits import shared_scripts as scripts
from evenkeel.kernel.errors import OverloadedError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.store.resp import Address, Connection, Part, RefusedCommandError, Reply, Script
from evenkeel.store.tables import publish

log = logging.getLogger(__name__)

#: How long a worker is believed to live after it was heard of last; it says so every `_BEAT_S`.
LIFE_S: Final = 60.0
_BEAT_S: Final = 5.0
#: An answer takes a fraction of a millisecond; what takes longer than this is as good as lost.
TIMEOUT_S: Final = 0.5
#: After a failure nobody waits for another one so long.
_DOWN_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class SharedSettings:
    """How a worker meets the store."""

    address: Address
    lets_pass: bool = False  # when it is lost: requests pass uncounted
    life_s: float = LIFE_S
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Machine:
    """What a worker has where it runs."""

    folder: Path  # of the files that only this machine has
    clock: Clock
    ids: Ids
    boot: bytes = bytes(16)  # `lease_file.read_boot`; zeros: no file is trusted


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the store found."""

    calls: int
    over: tuple[str, ...]  # lessees that were not heard of for too long


class Link:
    """The store as one lessee has it. For one thread."""

    def __init__(self, settings: SharedSettings, lessee: str, machine: Machine, *, joined: Callable[[], None]) -> None:
        """`joined` is called when the store was reached first, and after each time it was lost."""
        self.settings = settings
        self.lessee = lessee
        self.lost_at_us = 0  # periods that had begun by then are not known
        self.ahead_us = 0  # the store's clock, of ours
        self.trouble = ""  # why it cannot be used now, or what it has lost
        self._clock, self._ids = machine.clock, machine.ids
        self._connection = Connection(settings.address, timeout_s=settings.timeout_s)
        self._epoch = machine.folder / "epoch"
        self._status = machine.folder / f"store-{lessee.split('@')[-1].split('-')[0]}.json"
        self._joined = joined
        self._token = b""
        self._down_until_s = self._beat_at_s = float("-inf")
        self._sent = self._counted = 0
        self._is_down = False

    def close(self) -> None:
        """Leave it."""
        self._connection.close()
        self._status.unlink(missing_ok=True)

    @contextmanager
    def asking(self) -> Generator[None]:
        """What is asked within is asked of a store that was joined. Raises OverloadedError when it is lost."""
        if self._clock.monotonic_s() < self._down_until_s:
            raise self._lost_error()
        try:
            if not self._token:
                self._join()
            yield
        except (OSError, RefusedCommandError) as error:
            self._down_until_s = self._clock.monotonic_s() + _DOWN_S
            self._token = b""  # it may be another one when it is back
            why = error.strerror or str(error) if isinstance(error, OSError) else str(error)
            self._tell(f"The store of limits, {self.settings.address}, cannot be used: {why[:200]}.", is_down=True)
            raise self._lost_error() from error
        self._tell(self._loss() if self.lost_at_us else "")

    def look(self) -> Looked:
        """Say that this lessee lives, now and then, and see what others said. Within `asking`."""
        now_s = self._clock.monotonic_s()
        beats = now_s - self._beat_at_s >= min(_BEAT_S, self.settings.life_s / 4)
        life_ms = round(self.settings.life_s * 1_000) if beats else 0
        keys: list[Part] = [scripts.LESSEES, scripts.EPOCH, scripts.CALLS, scripts.SWEPT]
        now_ms, token, lost_at, calls, over = cast(
            "list[Reply]", self.script(scripts.LOOK, keys, [self.lessee, life_ms])
        )
        if beats:
            self._beat_at_s = now_s
        self._set_clock(now_ms)
        if token != self._token:
            self._token = b""  # `asking` joins it anew
            raise OverloadedError("The store of limits was replaced.", retry_after_s=1)
        self.lost_at_us = int(cast("bytes", lost_at))
        others = (str(cast("bytes", each), "utf-8") for each in cast("list[Reply]", over))
        return Looked(int(cast("bytes", calls)), tuple(each for each in others if each != self.lessee))

    def write(self, keys: Sequence[str], arguments: Sequence[Part]) -> list[Reply]:
        """What `scripts.WRITE` answers of each account. Within `asking`. Raises OverloadedError after a loss."""
        sent = self._sent = self._sent + 1
        first: list[Part] = [
            scripts.LESSEES, scripts.EPOCH, scripts.CALLS, scripts.SWEPT,
            scripts.count_key(self.lessee), scripts.held_key(self.lessee),
        ]  # fmt: skip
        life_ms = round(self.settings.life_s * 1_000)
        head: list[Part] = [self.lessee, life_ms, self._token, self._counted, sent]
        reply = self.script(scripts.WRITE, [*first, *keys], [*head, *arguments])
        if reply == b"lost":
            self._lose()
            raise self._lost_error()
        self._counted = sent
        return cast("list[Reply]", reply)

    def read(self, keys: Sequence[str]) -> list[bytes]:
        """The bytes of accounts, none where there is none. Within `asking`."""
        found = cast("list[bytes | None]", self._connection.run("MGET", *keys)) if keys else []
        return [data or b"" for data in found]

    def forgive(self) -> None:
        """What was lost counts as not used. Within `asking`."""
        self._connection.run("HSET", scripts.EPOCH, "lost_at_us", 0)
        self.lost_at_us = 0

    def held(self, lessee: str) -> list[str]:
        """The keys of the accounts that a lessee has leases of. Within `asking`."""
        found = cast("list[bytes]", self._connection.run("SMEMBERS", scripts.held_key(lessee)))
        return sorted(str(key, "ascii") for key in found)

    def bury(self, lessee: str, *, is_dead: bool, keep_s: float) -> None:
        """Nothing is leased by a lessee any more; what is left of it is swept after a while."""
        kept: list[Part] = [scripts.held_key(lessee), scripts.count_key(lessee)]
        head: list[Part] = [lessee, int(is_dead), round(keep_s * 1_000)]
        self.script(scripts.BURY, [scripts.LESSEES, scripts.SWEPT], [*head, *kept])

    def script(self, script: Script, keys: list[Part], arguments: list[Part]) -> Reply:
        """What a script answers."""
        return self._connection.run_script(script, keys, arguments)

    def _join(self) -> None:
        self._see_that_it_keeps()
        try:
            known = self._epoch.read_bytes()
        except FileNotFoundError:
            known = b""
        given: list[Part] = [self._ids.new_id(), known, self._clock.now_us()]
        token, lost_at = cast("list[bytes]", self.script(scripts.JOIN, [scripts.EPOCH], given))
        self.lost_at_us = int(lost_at)
        if token != known:
            draft = self._epoch.with_name(f".epoch.{os.getpid()}")
            draft.write_bytes(token)
            draft.replace(self._epoch)
            self._counted = 0
        self._token = token
        try:
            self._joined()
        except BaseException:
            self._token = b""
            raise

    def _see_that_it_keeps(self) -> None:
        """Raise RefusedCommandError when the store may forget accounts to make room."""
        try:
            told = cast("bytes", self._connection.run("INFO", "memory")).decode("utf-8", "replace")
        except RefusedCommandError:  # some who run stores for others do not tell
            return
        facts = dict(line.split(":", 1) for line in told.splitlines() if ":" in line)
        policy = facts.get("maxmemory_policy", "")
        if policy.startswith("allkeys") and facts.get("maxmemory", "0") != "0":
            raise RefusedCommandError(f"its maxmemory-policy {policy} forgets accounts; set volatile-lru or noeviction")

    def _lose(self) -> None:
        """The store knows less than it was told."""
        token = self._connection.run("HGET", scripts.EPOCH, "token")
        if token == self._token:  # an older copy of itself
            keys: list[Part] = [scripts.EPOCH, scripts.count_key(self.lessee)]
            self.script(scripts.LOSE, keys, [self._clock.now_us(), self._sent])
            self._counted = self._sent
        self._token = b""
        self._join()
        self._tell(self._loss())

    def _set_clock(self, now_ms: Reply) -> None:
        self.ahead_us = cast("int", now_ms) * 1_000 - self._clock.now_us()

    def _lost_error(self) -> OverloadedError:
        hint = "Try again in a moment; nothing passes uncounted."
        return OverloadedError(self.trouble or self._loss(), retry_after_s=1, hint=hint)

    def _loss(self) -> str:
        return f"The store of limits, {self.settings.address}, has lost what was used of periods that had begun."

    def _tell(self, trouble: str, *, is_down: bool = False) -> None:
        """Say it once, in the log and to the health page."""
        if trouble == self.trouble or (is_down and self._is_down):
            return
        self._is_down = is_down
        policy = "requests pass uncounted" if self.settings.lets_pass else "requests under a limit are refused"
        if trouble:
            log.error("%s Meanwhile %s.", trouble, policy)
        else:
            log.warning("The store of limits, %s, can be used again.", self.settings.address)
        self.trouble = trouble
        at_us = self._clock.now_us()
        try:
            publish(self._status, {"trouble": trouble, "at_us": at_us, "lets_pass": self.settings.lets_pass})
        except OSError as error:
            log.warning("The health page cannot be told: %s", error)
