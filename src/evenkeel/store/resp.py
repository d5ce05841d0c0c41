"""Redis and Valkey, as far as we need them: commands and answers over one connection (RESP 2).

An own client of a page, because the usual one sends a command again when its answer was lost: what changes counts must
not be done twice (docs/adr/0004-dependencies.md).
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from dataclasses import dataclass
from io import BufferedReader
from typing import Final, TypeAlias
from urllib.parse import unquote, urlsplit

Reply: TypeAlias = "bytes | int | list[Reply] | None"
Part: TypeAlias = "bytes | str | int"

_PORT: Final = 6379
_SCHEMES: Final = {"redis": False, "valkey": False, "rediss": True, "valkeys": True}
#: An answer longer than this is not of our making: everything we keep is smaller.
_BYTES_MAX: Final = 64 * 1024 * 1024
_ITEMS_MAX: Final = 1_000_000
_DEPTH_MAX: Final = 8
_LINE_MAX: Final = 64 * 1024


class RefusedCommandError(Exception):
    """The server understood a command and refused it; its own words."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and who asks."""

    host: str
    port: int = _PORT
    database: int = 0
    user: str = ""
    password: str = ""
    is_encrypted: bool = False

    def __str__(self) -> str:
        """Without the password: it stands in messages."""
        scheme = "rediss" if self.is_encrypted else "redis"
        return f"{scheme}://{self.host}:{self.port}/{self.database}"


def parse_address(url: str) -> Address:
    """The server that a URL names. Raises ValueError, which never repeats a password.

    >>> str(parse_address("rediss://evenkeel:secret@cache.internal/2"))
    'rediss://cache.internal:6379/2'
    """
    try:
        parts = urlsplit(url)
        port = _PORT if parts.port is None else parts.port
    except ValueError:
        parts, port = urlsplit(""), 0
    database = parts.path.strip("/")
    is_number = not database or (database.isascii() and database.isdigit() and len(database) <= 5)
    is_odd = not port or not is_number or bool(parts.query or parts.fragment or re.search(r"\s", url))
    if parts.scheme not in _SCHEMES or not parts.hostname or is_odd:
        raise ValueError("not the address of a Redis or Valkey; write e.g. redis://cache.internal:6379/0")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(parts.hostname, port, int(database or 0), user, password, _SCHEMES[parts.scheme])


class Script:
    """A program that the server runs, all of it or none, between the commands of others."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.digest = hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 the server's own name for it


class Connection:
    """One connection, made when it is needed. For one thread. Nothing is ever sent twice by itself."""

    def __init__(self, address: Address, *, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._reader: BufferedReader | None = None

    def run(self, *parts: Part) -> Reply:
        """The answer to a command.

        Raises OSError when there is none, and nobody knows whether it was done; RefusedCommandError.
        """
        reply = self._exchange(parts)
        if isinstance(reply, RefusedCommandError):
            raise reply
        return reply

    def run_script(self, script: Script, keys: list[Part], arguments: list[Part]) -> Reply:
        """What a script answers; sent whole when the server does not know it yet. Raises as `run` does."""
        given: list[Part] = [len(keys), *keys, *arguments]
        reply = self._exchange(["EVALSHA", script.digest, *given])
        if isinstance(reply, RefusedCommandError) and str(reply).startswith("NOSCRIPT"):  # it did nothing
            reply = self._exchange(["EVAL", script.text, *given])
        if isinstance(reply, RefusedCommandError):
            raise reply
        return reply

    def close(self) -> None:
        """End it; the next command makes another."""
        for each in (self._reader, self._socket):
            if each is not None:
                each.close()
        self._socket = self._reader = None

    def _exchange(self, parts: tuple[Part, ...] | list[Part]) -> Reply | RefusedCommandError:
        try:
            if self._socket is None:
                self._connect()
            return self._ask(parts)
        except (OSError, ValueError) as error:
            self.close()  # an answer that comes later must not be taken for that of another command
            if isinstance(error, OSError):
                raise
            raise ConnectionError("what answers speaks no RESP") from error

    def _connect(self) -> None:
        address = self._address
        opened = socket.create_connection((address.host, address.port), timeout=self._timeout_s)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.is_encrypted:
                opened = ssl.create_default_context().wrap_socket(opened, server_hostname=address.host)
        except BaseException:
            opened.close()
            raise
        self._socket, self._reader = opened, opened.makefile("rb")
        if address.password:
            self._greet("AUTH", *([address.user] if address.user else []), address.password)
        if address.database:
            self._greet("SELECT", address.database)

    def _greet(self, *parts: Part) -> None:
        reply = self._ask(parts)
        if isinstance(reply, RefusedCommandError):
            self.close()
            raise reply

    def _ask(self, parts: tuple[Part, ...] | list[Part]) -> Reply | RefusedCommandError:
        assert self._socket is not None
        self._socket.sendall(packed(parts))
        return self._read(0)

    def _read(self, depth: int) -> Reply | RefusedCommandError:
        assert self._reader is not None
        line = self._reader.readline(_LINE_MAX)
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the connection was closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return RefusedCommandError(rest.decode("utf-8", "replace"))
        number = int(rest)
        if kind == b":":
            return number
        if number == -1 and kind in (b"$", b"*"):
            return None
        if kind == b"$" and 0 <= number <= _BYTES_MAX:
            data = self._reader.read(number + 2)
            if len(data) != number + 2:
                raise ConnectionError("the connection was closed")
            return data[:-2]
        if kind != b"*" or depth > _DEPTH_MAX or not 0 <= number <= _ITEMS_MAX:
            raise ValueError(kind)
        items = [self._read(depth + 1) for _ in range(number)]
        refused = next((item for item in items if isinstance(item, RefusedCommandError)), None)
        return refused or [item for item in items if not isinstance(item, RefusedCommandError)]


def packed(parts: tuple[Part, ...] | list[Part]) -> bytes:
    """A command as it is sent.

    >>> packed(["GET", "a"])
    b'*2\\r\\n$3\\r\\nGET\\r\\n$1\\r\\na\\r\\n'
    """
    pieces = [b"*%d\r\n" % len(parts)]
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode()
        pieces.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(pieces)
