"""A command is sent once; an answer is that of its command or none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from evenkeel.store.resp import Address, Connection, RefusedCommandError, Script, packed, parse_address
from evenkeel.testing.redis_server import RedisServer, find_binary


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if not find_binary():
        pytest.skip("no Redis is installed (Debian package redis-server)")
    started = RedisServer(
        tmp_path_factory.mktemp("redis"), keeps=False, options=("--requirepass", "s3cret pass")
    ).start()
    yield started
    started.stop()


def _answering(answer: Callable[[socket.socket], None]) -> Address:
    """A server that does as it is told with the first who comes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as caller:
            caller.recv(1_000)
            answer(caller)

    threading.Thread(target=serve, daemon=True).start()
    return Address("127.0.0.1", listener.getsockname()[1])


def test_addresses_are_read_and_never_shown_with_their_password() -> None:
    address = parse_address("rediss://me:p%40ss@host:7000/3")
    assert address == Address("host", 7000, 3, "me", "p@ss", True)
    assert "p@ss" not in str(address)
    assert parse_address("valkey://[::1]").host == "::1"
    for wrong in (
        "http://host",
        "redis://",
        "redis://host/x",
        "redis://host:99999",
        "redis://host/0?db=1",
        "host:6379",
    ):
        with pytest.raises(ValueError, match=r"write e\.g\. redis://"):
            parse_address(wrong)


def test_every_kind_of_answer_is_read(server: RedisServer) -> None:
    connection = Connection(Address("127.0.0.1", server.port, database=3, password="s3cret pass"), timeout_s=5)
    value = bytes(range(256)) * 1_000
    assert connection.run("SET", "a", value) == b"OK"
    assert connection.run("GET", "a") == value
    assert connection.run("GET", "b") is None
    assert connection.run("STRLEN", "a") == 256_000
    assert connection.run("MGET", "a", "b") == [value, None]
    script = Script("return {1, {KEYS[1], 'x'}, false, redis.call('DBSIZE')}")
    for _ in range(2):  # first it is not known there
        assert connection.run_script(script, ["a"], []) == [1, [b"a", b"x"], None, 1]
    with pytest.raises(RefusedCommandError, match="WRONGTYPE"):
        connection.run("LPUSH", "a", "1")
    assert connection.run("GET", "a") == value, "a refusal is an answer: the connection goes on"
    connection.close()
    assert connection.run("STRLEN", "a") == 256_000, "and begins anew"
    connection.close()


def test_a_wrong_password_is_refused_in_the_servers_words(server: RedisServer) -> None:
    with pytest.raises(RefusedCommandError, match="WRONGPASS"):
        Connection(Address("127.0.0.1", server.port, password="guess"), timeout_s=5).run("PING")
    unknown = Connection(server.address, timeout_s=5)
    with pytest.raises(RefusedCommandError, match="NOAUTH"):
        unknown.run("PING")
    unknown.close()


def test_a_server_that_does_not_answer_in_time_is_given_up() -> None:
    asked = threading.Event()
    connection = Connection(_answering(lambda _: asked.wait(10) and None), timeout_s=0.1)
    with pytest.raises(TimeoutError):
        connection.run("PING")
    asked.set()


@pytest.mark.parametrize("answer", [b"", b"$5\r\nab", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"$-7\r\n", b"*1\r\n:x\r\n"])
def test_an_answer_that_is_none_ends_the_connection(answer: bytes) -> None:
    connection = Connection(_answering(lambda caller: caller.sendall(answer)), timeout_s=5)
    with pytest.raises(OSError):
        connection.run("PING")


def test_commands_are_packed_by_their_bytes() -> None:
    assert packed(["SET", "ä", b"\x00", 12]) == b"*4\r\n$3\r\nSET\r\n$2\r\n\xc3\xa4\r\n$1\r\n\x00\r\n$2\r\n12\r\n"
