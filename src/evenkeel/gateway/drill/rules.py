"""The route that is drilled, and what the last drill says about now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from evenkeel.gateway.commands.model import Effective, Own
from evenkeel.gateway.drill.model import ENVIRONMENT, LIMIT_S, SERVICE, VERSIONS, Drill, Standing
from evenkeel.gateway.keys.model import KeyTable, VirtualKey
from evenkeel.gateway.keys.table import keys_document
from evenkeel.gateway.routes.model import Dialect, Route, Timeouts, Upstream, Version
from evenkeel.kernel.time import US_PER_SECOND, format_duration, isoformat

#: A drill this many times the pace old says nothing about now.
_STALE_PACES: Final = 3
_TIMEOUTS: Final = Timeouts(connect_s=1.0, first_byte_s=5.0, idle_s=30.0, total_s=60.0)


def own_route(base_url: str, in_force: str) -> Own:
    """The route of two versions, of which one answers. Both are asked at `base_url`, where only their path differs."""
    upstreams = {
        f"{ENVIRONMENT}:{version}": Upstream(
            f"{ENVIRONMENT}:{version}", f"{base_url}/{version}", Dialect.OPENAI, timeouts=_TIMEOUTS
        )
        for version in VERSIONS
    }
    versions = tuple(Version(name, float(name == in_force), (f"{ENVIRONMENT}:{name}",)) for name in VERSIONS)
    route = Route(ENVIRONMENT, SERVICE, versions, retries_max=0)
    return Own(Effective({route.name: route}), upstreams)


def own_key(secret: str) -> Mapping[str, Any]:
    """The key of the drill's route as workers read it."""
    digest = sha256(secret.encode()).hexdigest()
    key = VirtualKey(digest[:12], ENVIRONMENT, environment=ENVIRONMENT, services=frozenset((SERVICE,)))
    return keys_document(KeyTable(0, {digest: key}))["keys"][0]


def stand(last: Drill | None, proven: Drill | None, now_us: int, every_s: float) -> tuple[Standing, str, str]:
    """(what is known now, in a sentence, what to do about it)."""
    if last is None:
        return Standing.UNKNOWN, "No flip was proven yet: no gateway worker runs, or it has just started.", _LOOK
    age_s = (now_us - last.at_us) / US_PER_SECOND
    if age_s > _STALE_PACES * every_s:
        finding = f"The last drill was {format_duration(age_s)} ago: whether a flip is obeyed now is not known."
        return Standing.UNKNOWN, finding, _LOOK
    if last.is_proven:
        times = ", ".join(
            f"{what} {seconds:.3f} s"
            for what, seconds in (("flip", last.flip_s), ("kill", last.kill_s), ("old key dead", last.old_key_s))
        )
        workers = f"{len(last.workers)} worker{'s' if len(last.workers) > 1 else ''}"
        return Standing.PROVEN, f"Proven in {workers} {format_duration(age_s)} ago: {times}.", ""
    since = f" The last one that was proven: {isoformat(proven.at_us)}." if proven else " None was proven so far."
    return Standing.FAILED, f"{'; '.join(_faults(last))}.{since}", _ACT


def _faults(drill: Drill) -> list[str]:
    """What was wrong, worker by worker."""
    found: list[str] = []
    for proof in drill.workers:
        if proof.fault:
            found.append(f"{proof.worker} {proof.fault}")
        found.extend(
            f"{proof.worker} took {seconds:.2f} s for {what}, more than {LIMIT_S:g} s"
            for what, seconds in (("a flip", proof.flip_s), ("a kill", proof.kill_s), ("a new key", proof.old_key_s))
            if seconds is not None and seconds >= LIMIT_S
        )
    return found


_LOOK: Final = "`evenkeel gateway drill --now` holds one; the log says why none is held."
_ACT: Final = (
    "Do not count on a flip or a kill: restart the worker that did not obey, and hold `evenkeel gateway drill --now`."
)
