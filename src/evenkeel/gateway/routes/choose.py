"""Who answers a request: the version by weight, kept for a caller; its upstreams, then those of the fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol, cast

from evenkeel.gateway.routes.hashing import key_of, pick, ranked, salt, unit
from evenkeel.gateway.routes.model import Asked, Balance, Choice, Route, Sticky, Version

#: An upstream with this many times the mean load of its siblings is passed over by prefix affinity (the c of
#: Mirrokni, Thorup, Zadimoghaddam: Consistent Hashing with Bounded Loads, 2018): a prompt that everybody uses
#: warms more caches than one instead of filling one upstream.
LOAD_FACTOR: Final = 1.25
#: Below this load (recent requests, `breaker.LOAD_S`) nobody is passed over: a warm cache is worth more.
LOAD_MIN: Final = 32.0


class Health(Protocol):
    """Who can be asked (`breaker.Breakers`)."""

    def is_well(self, upstream: str, now_s: float) -> bool:
        """Whether it is worth asking now."""
        ...


class Load(Protocol):
    """Health that also knows how much each is asked (`breaker.Breakers`): prefix affinity fills nobody up."""

    def load(self, upstream: str, now_s: float) -> float:
        """Requests of the last seconds, older ones counting less."""
        ...


def choose(route: Route, asked: Asked, health: Health, *, draw: float, now_s: float) -> Choice:
    """The attempts at answering a request, in order. `draw` is uniform in [0, 1), `now_s` monotonic.

    First the upstreams of the chosen version that are well, then those of the fallbacks, and after them, in the
    same order, those that are not: they are asked only if nobody else is left and they have recovered meanwhile.
    A version that a tester names has no fallback: the answer of another one would be taken for its own. A shadow
    is asked for its share of the requests, whoever the callers are, but never beside itself or for a tester.

    >>> from evenkeel.gateway.routes.breaker import Breakers
    >>> route = Route("production", "bot", (Version("1", 1.0, ("a", "b")), Version("2", 0.0, ("c",))), fallback=("2",))
    >>> choose(route, Asked(bytes(16)), Breakers(), draw=0.5, now_s=0.0)
    Choice(attempts=(('1', 'a'), ('1', 'b'), ('2', 'c')), shadow=None, why='weight')
    """
    chosen, why, left = _version(route, asked, draw)
    versions = [] if chosen is None else [chosen]
    if why != "tester":
        versions += [other for name in route.fallback if (other := route.version(name)) and other is not chosen]
    if (
        chosen is not None
        and len(versions) == 1 == len(chosen.upstreams)
        and health.is_well(chosen.upstreams[0], now_s)
    ):
        shadow = None if why == "tester" or route.shadow is None else _shadow(route, asked, chosen.name)
        return Choice(((chosen.name, chosen.upstreams[0]),), shadow, why)
    load: Callable[[str], float] | None = None
    if route.balance is Balance.PREFIX and hasattr(health, "load"):  # isinstance of a protocol takes 5 µs
        load = partial(cast("Load", health).load, now_s=now_s)
    attempts: list[tuple[str, str]] = []
    unwell: list[tuple[str, str]] = []
    for version in versions:
        fit: list[str] = []
        for upstream in version.upstreams:
            if health.is_well(upstream, now_s):
                fit.append(upstream)
            else:
                unwell.append((version.name, upstream))
        attempts += [(version.name, each) for each in _ordered(fit, route.balance, asked.prefix, left, load)]
    attempts += unwell
    first = attempts[0][0] if attempts else ""
    if chosen is None or first != chosen.name:
        why = "fallback"
    return Choice(tuple(attempts), None if why == "tester" else _shadow(route, asked, first), why)


def _version(route: Route, asked: Asked, draw: float) -> tuple[Version | None, str, float]:
    """(version, why, a draw that is still uniform once the version is known)."""
    if asked.version and asked.key_id in route.testers:
        named = route.version(asked.version)
        if named is not None:
            return named, "tester", draw
    key = _kept_by(route.sticky, asked)
    if key is not None:
        name = pick(route.name, [(version.name, version.weight) for version in route.versions], key_of(key))
        return (None if name is None else route.version(name)), "sticky", draw
    if len(route.versions) == 1 and route.versions[0].weight > 0:
        return route.versions[0], "weight", draw
    left = draw * sum(version.weight for version in route.versions)
    last: Version | None = None
    for version in route.versions:
        if version.weight > 0:
            last = version
            if left < version.weight:
                return version, "weight", left / version.weight
            left -= version.weight
    return last, "weight", draw  # rounding: the last one that takes traffic


def _kept_by(sticky: Sticky, asked: Asked) -> int | None:
    """Whom a version is kept for. A session that has no id is kept by its user."""
    if sticky is Sticky.NONE:
        return None
    if sticky is Sticky.SESSION and asked.session is not None:
        return asked.session
    return asked.user


def _shadow(route: Route, asked: Asked, version: str) -> str | None:
    shadow = route.shadow
    if shadow is None or shadow.version == version:
        return None
    return shadow.version if unit(salt(route.name, "", "shadow"), asked.request_id) < shadow.share else None


def _ordered(
    upstreams: Sequence[str], balance: Balance, prefix: int, draw: float, load: Callable[[str], float] | None
) -> Sequence[str]:
    """Upstreams that are well, in the order in which they are asked."""
    if len(upstreams) < 2 or balance is Balance.ORDERED:
        return upstreams
    if balance is Balance.PREFIX and prefix:
        preferred = ranked(upstreams, key_of(prefix))
        return preferred if load is None else _unburdened(preferred, [load(name) for name in preferred])
    begin = min(int(draw * len(upstreams)), len(upstreams) - 1)
    return [*upstreams[begin:], *upstreams[:begin]]


def _unburdened(preferred: Sequence[str], loads: Sequence[float]) -> list[str]:
    """Those that are not asked too much already, then the others."""
    bound = max(LOAD_MIN, LOAD_FACTOR * sum(loads) / len(loads))
    free = [name for name, load in zip(preferred, loads, strict=True) if load < bound]
    full = [name for name, load in zip(preferred, loads, strict=True) if load >= bound]
    return free + full
