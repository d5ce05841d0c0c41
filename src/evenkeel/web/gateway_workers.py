"""The gateway's workers as pages show them: who lives, and which of what was published each goes by."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.gateway.cache.model import CacheStats, StoreUse
from evenkeel.gateway.routes.breaker import RESTING
from evenkeel.kernel.time import US_PER_SECOND, isoformat
from evenkeel.ui.formats import plural, seconds

#: What was published goes into force within this time (SPEC GW-3); a worker that has not taken it by then is behind.
PROMISED_S: Final = 1.0
#: How often workers are asked whether they have taken a change. They look for one every 50 ms themselves.
_ASK_EVERY_S: Final = 0.02
_LOOKS_MAX: Final = round(PROMISED_S / _ASK_EVERY_S)


@dataclass(frozen=True, slots=True)
class GatewayWorker:
    """A process that answers for the gateway."""

    name: str
    port: int  # that all of them share
    pid: int
    is_alive: bool
    generation: int | None = None  # of the table it goes by; None: it did not say
    connections: int | None = None  # that are open; None: it did not say
    breakers: Mapping[str, str] = field(default_factory=dict[str, str])  # upstream -> open | half_open | resting
    cache: CacheStats | None = None  # since it began, without what was saved; None: it did not say
    store: StoreUse | None = None  # of shared answers; None: it has none, or did not say


@dataclass(frozen=True, slots=True)
class GatewayStanding:
    """What is published, and who goes by it."""

    generation: int = 0  # 0: nothing is published
    published_at_us: int = 0
    workers: Sequence[GatewayWorker] = ()

    @property
    def alive(self) -> Sequence[GatewayWorker]:
        """Workers that answer."""
        return [worker for worker in self.workers if worker.is_alive]

    @property
    def port(self) -> int | None:
        """Where they listen; None when nobody does."""
        return self.alive[0].port if self.alive else None

    def breakers(self) -> Mapping[str, Sequence[GatewayWorker]]:
        """Upstreams whose breaker is not closed, each with the workers where it is so."""
        found: dict[str, list[GatewayWorker]] = {}
        for worker in self.alive:
            for upstream in worker.breakers:
                found.setdefault(upstream, []).append(worker)
        return found

    def shut(self) -> Mapping[str, Sequence[GatewayWorker]]:
        """Those of them that failed; one that asked for quiet did not."""
        failed = {
            name: [worker for worker in workers if worker.breakers[name] != RESTING]
            for name, workers in self.breakers().items()
        }
        return {name: workers for name, workers in failed.items() if workers}

    def has_taken(self, generation: int) -> bool | None:
        """Whether all who answer go by this table or a later one; None when that is not known."""
        said = [worker.generation for worker in self.alive]
        if not said or None in said:
            return None
        return all(each is not None and each >= generation for each in said)


def worker_rows(standing: GatewayStanding, now_us: int) -> list[dict[str, Any]]:
    """A line per worker: its sign, and what it goes by."""
    is_fresh = now_us - standing.published_at_us < PROMISED_S * US_PER_SECOND
    return [
        {"worker": worker, "alone": _alone(worker), **_say(worker, standing.generation, is_fresh=is_fresh)}
        for worker in standing.workers
    ]


def _alone(worker: GatewayWorker) -> str:
    """Upstreams that it leaves alone, in words."""
    if worker.breakers:
        return ", ".join(f"{name} ({state.replace('_', ' ')})" for name, state in sorted(worker.breakers.items()))
    return "unknown" if worker.connections is None else "none"


def _say(worker: GatewayWorker, generation: int, *, is_fresh: bool) -> dict[str, str]:
    if not worker.is_alive:
        return {"sign": "warning", "word": "gone", "table": "unknown"}
    if worker.generation is None:
        return {"sign": "unknown", "word": "alive", "table": "unknown: it did not say"}
    if worker.generation >= generation:
        return {"sign": "ok", "word": "alive", "table": f"{worker.generation}, the newest"}
    behind = f"{worker.generation}; {generation} is the newest"
    return {"sign": "ok" if is_fresh else "warning", "word": "alive" if is_fresh else "behind", "table": behind}


def await_taken(read: Callable[[], GatewayStanding], monotonic_s: Callable[[], float]) -> str:
    """Wait until workers go by what is published now, but no longer than promised; says in a sentence what came of it.

    `read` is called again and again; a change has been published before. It is not called more often than fits into
    what is promised: a clock that stands still, as a simulated one does, makes nobody wait longer.
    """
    began_s, pause = monotonic_s(), threading.Event()  # nobody sets it: workers are asked, they do not tell
    first = standing = read()
    for _ in range(_LOOKS_MAX):
        if not standing.alive or standing.has_taken(first.generation) or monotonic_s() - began_s >= PROMISED_S:
            break
        pause.wait(_ASK_EVERY_S)
        standing = read()
    took_s = monotonic_s() - began_s
    alive, taken = standing.alive, [w for w in standing.alive if (w.generation or 0) >= first.generation]
    if not alive:
        return "Published. No gateway worker is alive; each goes by it from its start."
    if len(taken) == len(alive):
        return f"In force in {_all(len(alive))} after {seconds(max(took_s, 0.001))}."
    unsaid = [worker.name for worker in alive if worker.generation is None]
    if unsaid:
        return f"Published. Whether it is in force is unknown: {', '.join(unsaid)} did not say which table they go by."
    behind = ", ".join(worker.name for worker in alive if worker not in taken)
    return f"Published, but not in force everywhere: {behind} did not take it within {PROMISED_S:g} s. See Health."


def _all(count: int) -> str:
    return "the one worker" if count == 1 else f"all {plural(count, 'workers')}"


def standing_document(standing: GatewayStanding) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "generation": standing.generation,
        "published_at": isoformat(standing.published_at_us) if standing.generation else None,
        "port": standing.port,
        "workers": [
            {
                "name": worker.name,
                "alive": worker.is_alive,
                "pid": worker.pid,
                "generation": worker.generation,
                "connections": worker.connections,
                "breakers": dict(worker.breakers),
            }
            for worker in standing.workers
        ],
    }
