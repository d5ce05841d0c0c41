"""A store that machines share, empty at the beginning of each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evenkeel.testing.redis_server import RedisServer, find_binary


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if not find_binary():
        pytest.skip("no Redis is installed (Debian package redis-server)")
    server = RedisServer(tmp_path_factory.mktemp("redis"), keeps=False).start()
    yield server
    server.stop()


@pytest.fixture
def store(running: RedisServer) -> RedisServer:
    running.run("FLUSHALL")
    return running
