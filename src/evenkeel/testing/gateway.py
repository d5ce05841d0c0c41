"""A real gateway for tests: a worker process over a home whose tables the test publishes itself."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from evenkeel.app.home import Home
from evenkeel.gateway.cache.model import CachePolicy, Purge
from evenkeel.gateway.cache.table import caches_document, purges_document
from evenkeel.gateway.guard.model import GuardPolicy
from evenkeel.gateway.guard.table import guards_document
from evenkeel.gateway.keys.model import KeyTable, VirtualKey
from evenkeel.gateway.keys.table import keys_document
from evenkeel.gateway.limits.model import Limit
from evenkeel.gateway.limits.sharing import StorePolicy, store_document
from evenkeel.gateway.limits.table import LimitTable, limits_document
from evenkeel.gateway.routes.model import Route, RouteTable, Upstream
from evenkeel.gateway.routes.table import routes_document
from evenkeel.store.lines import publish_lines
from evenkeel.store.tables import publish

_STOP_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class GatewayTables:
    """All that a gateway goes by."""

    routes: tuple[Route, ...]
    upstreams: tuple[Upstream, ...]
    limits: tuple[Limit, ...] = ()
    guards: Mapping[str, GuardPolicy] = field(default_factory=dict[str, GuardPolicy])  # by route name
    caches: Mapping[str, CachePolicy] = field(default_factory=dict[str, CachePolicy])  # by route name
    store: StorePolicy | None = None  # of limits
    cache_store: str = ""  # of the answers that machines share
    purges: tuple[Purge, ...] = ()
    generation: int = 1


def publish_tables(home: Home, tables: GatewayTables) -> None:
    """Put tables in force, as control does."""
    table = RouteTable(
        tables.generation,
        0,
        {route.name: route for route in tables.routes},
        {upstream.name: upstream for upstream in tables.upstreams},
    )
    document = limits_document(LimitTable(tables.limits)) | guards_document(tables.guards)
    document |= store_document(tables.store)
    document |= caches_document(tables.caches, tables.cache_store) | purges_document(tables.purges)
    publish_lines(home.routes, document | routes_document(table))


def publish_keys(home: Home, keys: Mapping[str, VirtualKey], generation: int = 1) -> None:
    """Put keys in force, by their secrets."""
    table = {hashlib.sha256(secret.encode()).hexdigest(): key for secret, key in keys.items()}
    publish(home.gateway_keys, keys_document(KeyTable(generation, table)))


@contextmanager
def gateway_worker(home: Home, writer: str = "g0", port: int = 0) -> Generator[tuple[subprocess.Popen[bytes], int]]:
    """(process, port) of a worker that serves until the end of the block, unless it is killed before."""
    reading, writing = os.pipe()
    words = ["--home", str(home.root), "--writer", writer, "--port", str(port), "--ready-fd", str(writing)]
    process = subprocess.Popen(  # noqa: S603 our own module
        [sys.executable, "-m", "evenkeel.app.gateway", *words], stdin=subprocess.PIPE, pass_fds=(writing,)
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            told = json.loads(pipe.readline())
        yield process, told["port"]
    finally:
        process.terminate()
        process.wait(_STOP_S)
        if process.stdin is not None:
            process.stdin.close()
