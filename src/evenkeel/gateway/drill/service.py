"""Holds drills: now and then each live worker must obey a flip, a kill and a new key, and is timed (SPEC GW-3, GW-10).

The route that is flipped is evenkeel's own, but rules, table, file, worker and path are those of every other route.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from evenkeel.gateway.commands.model import KillService, Own, ReviveService, SetWeights
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.drill.asking import Door
from evenkeel.gateway.drill.model import ENVIRONMENT, SERVICE, VERSIONS, Drill, DrillState, LiveWorker, Proof, Standing
from evenkeel.gateway.drill.rules import own_key, own_route, stand
from evenkeel.gateway.drill.synthetic import SyntheticUpstream
from evenkeel.kernel.ports import Clock

log = logging.getLogger(__name__)

ACTOR: Final = "self-drill"
#: A worker that has not obeyed after so long does not obey.
GIVE_UP_S: Final = 5.0
#: Between two questions to a worker: what it takes is known to so much.
_ASK_EVERY_S: Final = 0.005
_WORKERS_MAX: Final = 64
_REASON: Final = "evenkeel tries its own kill switch"


@dataclass(frozen=True, slots=True)
class DrillDependencies:
    """What drills stand on."""

    gateway: Gateway
    lend_keys: Callable[[Sequence[Mapping[str, Any]]], None]  # publishes keys of evenkeel's own
    new_secret: Callable[[], str]
    workers: Callable[[], Sequence[LiveWorker]]  # that run now
    every_s: Callable[[], float]  # 0: never
    clock: Clock
    patience_s: float = GIVE_UP_S


@dataclass(slots=True)
class _Found:
    """What is known of one worker so far."""

    door: Door
    proof: Proof


class SelfDrill:
    """Drills, and what they found. Safe to use from any thread: one drill at a time."""

    def __init__(self, given: DrillDependencies) -> None:
        self._given = given
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._upstream: SyntheticUpstream | None = None
        self._version = VERSIONS[0]
        self._secret = ""
        self._last: Drill | None = None
        self._proven: Drill | None = None
        self._held = self._failed = 0
        self._due_s = 0.0

    def state(self) -> DrillState:
        """What is known now."""
        given, every_s = self._given, self._given.every_s()
        last, proven = self._last, self._proven
        if not every_s:
            return DrillState(Standing.OFF, "Drills are switched off: `gateway: {drill: 0}`.", last=last, proven=proven)
        if not given.gateway.effective.routes:
            return DrillState(Standing.OFF, "There is no route to drill yet.", every_s=every_s)
        standing, finding, todo = stand(last, proven, given.clock.now_us(), every_s)
        return DrillState(standing, finding, todo, every_s, last, proven, self._held, self._failed)

    def step(self) -> None:
        """Hold a drill when one is due and there is something to drill."""
        every_s, now_s = self._given.every_s(), self._given.clock.monotonic_s()
        if not every_s or not self._given.gateway.effective.routes:
            self._withdraw()
        elif now_s >= self._due_s and self._given.workers():
            self._due_s = now_s + every_s
            self.hold()

    def hold(self) -> Drill | None:
        """Hold one now; None when no worker runs."""
        with self._lock:
            workers = self._given.workers()[:_WORKERS_MAX]
            if not workers or self._ended.is_set():
                return None
            found = [_Found(Door(worker, self._given.patience_s), Proof(worker.name)) for worker in workers]
            self._drill_all(found)
            alive = {worker.name for worker in self._given.workers()}  # who was stopped meanwhile had not to obey
            drill = Drill(self._given.clock.now_us(), tuple(each.proof for each in found if each.proof.worker in alive))
            if drill.workers:
                self._note(drill)
            return drill

    def close(self) -> None:
        """Hold no more."""
        self._ended.set()
        with self._lock:
            if self._upstream is not None:
                self._upstream.close()

    def _drill_all(self, found: list[_Found]) -> None:
        with ThreadPoolExecutor(len(found), "drill") as pool:
            try:
                self._drill(found, pool)
            finally:
                for each in found:
                    each.door.close()

    def _drill(self, found: list[_Found], pool: ThreadPoolExecutor) -> None:
        gateway = self._given.gateway
        upstream = self._prepare()
        asleep = self._time(found, pool, lambda: None, lambda door: door.ask(self._secret) == self._version)
        _fault(found, asleep, "does not answer on the drill's route")
        self._flip(found, pool)
        upstream.hold()
        try:
            self._kill(found, pool)
        finally:
            upstream.release()
            gateway.rehearse(ReviveService(ENVIRONMENT, SERVICE), actor=ACTOR)
        self._rotate(found, pool)

    def _prepare(self) -> SyntheticUpstream:
        """Have route and key published, the route alive."""
        if self._upstream is None:
            self._upstream = SyntheticUpstream()
            self._secret = self._given.new_secret()
            self._given.gateway.lend(own_route(self._upstream.url, self._version))
            self._given.lend_keys([own_key(self._secret)])
        return self._upstream

    def _withdraw(self) -> None:
        """Take route and key back."""
        with self._lock:
            if self._upstream is not None:
                self._given.gateway.lend(Own())
                self._given.lend_keys(())
                self._upstream.close()
                self._upstream = None

    def _flip(self, found: list[_Found], pool: ThreadPoolExecutor) -> None:
        other = next(version for version in VERSIONS if version != self._version)
        command = SetWeights(ENVIRONMENT, SERVICE, {other: 1.0})
        times = self._time(
            found,
            pool,
            lambda: self._given.gateway.rehearse(command, actor=ACTOR),
            lambda door: door.ask(self._secret) == other,
        )
        self._version = other
        for each, seconds in zip(found, times, strict=True):
            each.proof = replace(each.proof, flip_s=seconds)
        _fault(found, times, "does not obey a flip")

    def _kill(self, found: list[_Found], pool: ThreadPoolExecutor) -> None:
        """With a stream open at every worker."""
        well = [each for each in found if not each.proof.fault]
        begun = list(pool.map(Door.open_stream, [each.door for each in well], [self._secret] * len(well)))
        _fault(well, [0.0 if has_begun else None for has_begun in begun], "opens no stream")
        command = KillService(ENVIRONMENT, SERVICE, _REASON)
        times = self._time(
            found,
            pool,
            lambda: self._given.gateway.rehearse(command, actor=ACTOR),
            lambda door: door.ask(self._secret) == "kill_switch",
            first=lambda door: door.await_end() == "kill_switch",
        )
        for each, seconds in zip(found, times, strict=True):
            each.proof = replace(each.proof, kill_s=seconds)
        _fault(found, times, "does not obey a kill")

    def _rotate(self, found: list[_Found], pool: ThreadPoolExecutor) -> None:
        old, new = self._secret, self._given.new_secret()
        times = self._time(
            found,
            pool,
            lambda: self._given.lend_keys([own_key(new)]),
            lambda door: door.ask(old) == "invalid_api_key",
        )
        self._secret = new
        for each, seconds in zip(found, times, strict=True):
            each.proof = replace(each.proof, old_key_s=seconds)
        _fault(found, times, "takes a key that was replaced")
        taken = self._time(found, pool, lambda: None, lambda door: door.ask(new) == self._version)
        _fault(found, taken, "does not take the key that replaced another")

    def _time(
        self,
        found: Sequence[_Found],
        pool: ThreadPoolExecutor,
        change: Callable[[], None],
        has_obeyed: Callable[[Door], bool],
        first: Callable[[Door], bool] | None = None,
    ) -> list[float | None]:
        """Seconds from the beginning of `change` until each worker has obeyed; None for those that did not, or had
        not obeyed before: they are not waited for again.

        `first`, where given, waits by itself and must hold before it is asked whether a worker has obeyed.
        """
        clock = self._given.clock
        began_s = clock.monotonic_s()
        change()

        def seconds(each: _Found) -> float | None:
            if each.proof.fault or (first is not None and not first(each.door)):
                return None
            while not has_obeyed(each.door):
                if clock.monotonic_s() - began_s >= self._given.patience_s or self._ended.wait(_ASK_EVERY_S):
                    return None
            return clock.monotonic_s() - began_s

        return list(pool.map(seconds, found))

    def _note(self, drill: Drill) -> None:
        self._held += 1
        self._last = drill
        if drill.is_proven:
            self._proven = drill
            return
        self._failed += 1
        _, finding, _ = stand(drill, self._proven, drill.at_us, self._given.every_s() or 1.0)
        log.error("a drill failed: %s", finding)


def _fault(found: Iterable[_Found], times: Iterable[float | None], words: str) -> None:
    """Note those who did not obey; the first fault of a worker is the one that is told."""
    for each, seconds in zip(found, times, strict=True):
        if seconds is None and not each.proof.fault:
            each.proof = replace(each.proof, fault=words)
