"""Who answers for the gateway here, and by which table each goes: asked of the workers themselves."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from evenkeel.app.home import Home
from evenkeel.app.notices import Notice, read_notices
from evenkeel.gateway.cache.model import CacheStats, StoreUse
from evenkeel.web.gateway_numbers import Series, WorkerNumbers
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker

#: A worker answers this in well under a millisecond, unless it is in trouble: a page does not wait for it.
_TIMEOUT_S: Final = 0.3
_GENERATION: Final = re.compile(rb"^evenkeel_gateway_generation ([0-9]{1,18})$", re.MULTILINE)
_CONNECTIONS: Final = re.compile(rb"^evenkeel_gateway_connections ([0-9]{1,18})$", re.MULTILINE)
_BREAKER: Final = re.compile(
    rb'^evenkeel_gateway_breaker\{upstream="((?:[^"\\\n]|\\.)*)",state="([a-z_]+)"\} 1$', re.MULTILINE
)
_SAMPLE: Final = re.compile(r"^(evenkeel_gateway_[a-z_]+)(?:\{(.+)\})? ([0-9]{1,18})$", re.MULTILINE)
_LABEL: Final = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\.)*)"')
_CACHE: Final = re.compile(rb"^evenkeel_gateway_cache_([a-z_]+) ([0-9]{1,18})$", re.MULTILINE)
_ESCAPED: Final = re.compile(r"\\(.)")
_ANSWER_BYTES_MAX: Final = 1 << 20


def read_standing(home: Home) -> GatewayStanding:
    """What is published in a home, and who goes by it. What cannot be read is not known, and no error."""
    published = _object(home.routes)
    return GatewayStanding(
        int(published.get("generation", 0)),
        int(published.get("at_us", 0)),
        tuple(_worker(notice) for notice in read_notices(home.gateways)),
    )


def read_numbers(home: Home) -> Sequence[WorkerNumbers]:
    """What each worker of a home counted since it began; of one that does not answer, that it does not."""
    return tuple(
        WorkerNumbers(notice.writer, notice.pid, _numbers(_ask(notice.own_port)))
        for notice in read_notices(home.gateways)
        if notice.is_alive and notice.own_port is not None
    )


def _numbers(said: bytes) -> Mapping[Series, float] | None:
    found = {
        (name, tuple((label, _unescape(value.encode())) for label, value in _LABEL.findall(labels))): float(value)
        for name, labels, value in _SAMPLE.findall(said.decode(errors="replace"))
    }
    return found or None


def _worker(notice: Notice) -> GatewayWorker:
    said = _ask(notice.own_port) if notice.is_alive and notice.own_port is not None else b""
    told = {name.decode().removesuffix("_total"): int(value) for name, value in _CACHE.findall(said)}
    generation, connections = _GENERATION.search(said), _CONNECTIONS.search(said)
    return GatewayWorker(
        notice.writer,
        notice.port,
        notice.pid,
        notice.is_alive,
        None if generation is None else int(generation.group(1)),
        None if connections is None else int(connections.group(1)),
        {_unescape(name): state.decode() for name, state in _BREAKER.findall(said)},
        _cache(told),
        _store(told),
    )


def _cache(told: Mapping[str, int]) -> CacheStats | None:
    names = ("hits", "misses", "bytes", "entries", "evicted", "expired", "bytes_max")
    return CacheStats(**{name: told[name] for name in names}) if all(name in told for name in names) else None


def _store(told: Mapping[str, int]) -> StoreUse | None:
    if "store_up" not in told:
        return None
    return StoreUse(bool(told["store_up"]), *(told.get(f"store_{name}", 0) for name in ("hits", "misses", "unkept")))


def _ask(port: int) -> bytes:
    """What the worker at a port tells of itself; empty when it does not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/metrics")
        said = connection.getresponse().read(_ANSWER_BYTES_MAX)
        return said if len(said) < _ANSWER_BYTES_MAX else b""  # half a number is none
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        connection.close()


def _unescape(name: bytes) -> str:
    """A label's value as Prometheus writes it."""
    return _ESCAPED.sub(lambda found: "\n" if found.group(1) == "n" else found.group(1), name.decode())


def _object(path: Path) -> Mapping[str, Any]:
    try:
        document: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}
