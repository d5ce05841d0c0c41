"""What one server takes of its callers, and what it calls the requests that it does not understand."""

from __future__ import annotations

from dataclasses import dataclass

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """How long a caller may take, and how much it may send before anybody looks at it."""

    head_s: float = 10.0  # to send a whole head, from its first byte on; also for the first byte of a connection
    keep_alive_s: float = 75.0  # between two requests: callers who find theirs closed would have to ask again
    write_s: float = 60.0  # without reading anything of what is left of an answer
    linger_s: float = 5.0  # to go on sending what is not read any more
    linger_bytes: int = 256 * 1024
    sweep_s: float = 1.0  # how often all of these are looked at
    line_bytes: int = 16 * 1024  # of a target, or a header
    head_bytes: int = 64 * 1024
    headers: int = 100
    unread_bytes: int = 256 * 1024  # of a body that nobody takes yet: more is left to the network
    chunk_waste_bytes: int = 16 * 1024  # sizes and extensions of chunks, beyond what small chunks need
    pipelined: int = 16  # requests of one connection, the one that is answered included
    connections: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something was no request that can be answered: the connection ends with it."""

    status: int
    code: str
    message: str
    target: bytes = b""  # as far as it came
    headers: tuple[tuple[bytes, bytes], ...] = ()  # as far as they came


class FaultError(Exception):
    """The bytes that came are a fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault
