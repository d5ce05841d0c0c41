"""Requests without a connection: what is sent in answer is kept."""

from __future__ import annotations

from evenkeel.gateway.http.incoming import Incoming


class WrittenLine:
    """A line whose end is this list."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []  # one for each write
        self.is_paused = False
        self.is_finished = False
        self.date = b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
        self.skip_bytes = 1024

    def send(self, data: bytes) -> None:
        """Keep it."""
        self.sent.append(data)

    async def drained(self) -> None:
        """It takes more at once."""
        self.is_paused = False

    def read_on(self) -> None:
        """There is nothing to be read."""

    def finished(self, incoming: Incoming) -> None:
        """An answer is whole."""
        del incoming
        self.is_finished = True


def incoming(
    line: WrittenLine, method: str = "POST", target: bytes = b"/", headers: dict[bytes, bytes] | None = None
) -> Incoming:
    """A request of which nothing but the head has come."""
    given = headers or {}
    return Incoming(line, method, target, list(given.items()), given)
