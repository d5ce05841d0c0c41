"""An upstream that sends exactly these bytes, in these pieces: for what no trouble has a name for."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Literal, Self

_REQUEST_BYTES_MAX: Final = 50_000_000
_PATIENCE_S: Final = 10.0  # for a client that neither sends nor reads

#: Bytes are sent, a number is waited in seconds; `read` takes a request (its head and what its content-length
#: promises), `reset` ends the connection with RST, `half_close` says that there is no more to come.
Action = bytes | float | Literal["read", "reset", "half_close"]


class RawUpstream:
    """Plays its script on every connection, one connection after the other, and closes it then.

    A script of bytes is sent after one request. `requests` is what came, as bytes.

    Example:
        >>> with RawUpstream(b"HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n") as up:
        ...     with socket.create_connection(("127.0.0.1", up.port)) as client:
        ...         client.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
        ...         client.recv(15)
        b'HTTP/1.1 200 OK'
    """

    def __init__(self, script: bytes | Sequence[Action]) -> None:
        self._script: Sequence[Action] = ("read", script) if isinstance(script, bytes) else script
        self.requests: list[bytes] = []
        self._stopping = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listening.getsockname()[1]
        self._talking: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name=f"raw-upstream-{self.port}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End the server and its thread."""
        self._stopping.set()
        for sock in (self._listening, self._talking):
            if sock is not None and sock.fileno() >= 0:
                _shut(sock)
        self._thread.join()
        self._listening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return  # shut by `stop`
            with sock:
                self._talking = sock
                sock.settimeout(_PATIENCE_S)
                self._play(sock)

    def _play(self, sock: socket.socket) -> None:
        try:
            for action in self._script:
                self._act(sock, action)
        except OSError:
            return  # the client has left

    def _act(self, sock: socket.socket, action: Action) -> None:
        if isinstance(action, bytes):
            sock.sendall(action)
        elif isinstance(action, float | int):
            self._stopping.wait(action)
        elif action == "read":
            self.requests.append(_read_request(sock))
        elif action == "half_close":
            sock.shutdown(socket.SHUT_WR)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()


def _read_request(sock: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _REQUEST_BYTES_MAX:
        more = sock.recv(65_536)
        if not more:
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line.lower().partition(b":") for line in head.split(b"\r\n")]
    length = min(next((int(value) for name, _, value in lines if name == b"content-length"), 0), _REQUEST_BYTES_MAX)
    while len(body) < length and (more := sock.recv(65_536)):
        body += more
    return head + b"\r\n\r\n" + body


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was shut already
