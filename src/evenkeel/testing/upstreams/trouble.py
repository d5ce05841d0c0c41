"""What goes wrong with an upstream, on demand."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

#: What stands instead of an answer.
Garbage = Literal["", "http", "json", "half_json"]
#: What is said of the usage: as documented, not at all, null, 0 though text was given, or (OpenAI's streams) in a
#: last chunk that also holds a choice.
UsageSaid = Literal["right", "missing", "null", "zero", "with_choices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """How requests are treated badly. What is not set is as it should be.

    Example:
        >>> Trouble(status=429, retry_after_s=2, times=1).all_headers
        {'retry-after': '2'}
    """

    times: int | None = None  # requests; None: all
    path: str = ""  # only requests whose path ends so
    # another answer
    status: int | None = None  # a failure in the provider's words, nothing generated
    headers: Mapping[str, str] = field(default_factory=dict[str, str])  # beside the answer's own, or instead of them
    retry_after_s: float | None = None
    body: bytes | None = None  # instead of the answer's
    content_type: str | None = None
    gzip: bool = False
    garbage: Garbage = ""
    ignores_stream: bool = False  # answers plainly when a stream is asked for
    # time, seconds
    headers_delay_s: float = 0.0  # before the first byte
    header_byte_delay_s: float = 0.0  # between two bytes of the head
    body_delay_s: float = 0.0  # between head and body
    event_delay_s: float = 0.0  # before each event of a stream
    hang: threading.Event | None = None  # waits until it is set, or the client or the double is gone
    hang_at: int | Literal["headers", "body"] = "headers"  # a number: before that event, from 0
    # connection
    reset_at_byte: int | None = None  # of the answer with its head; 0: instead of an answer
    close_at_event: int | None = None  # a stream ends after so many events, without its end
    error_at_event: int | None = None  # a stream says after so many events that it failed, and ends
    content_length_off: int = 0  # bytes; above 0 more is promised than sent, and closed; below 0 fewer are promised
    # what is said
    usage: UsageSaid = "right"
    words: int | None = None  # of the answer, unless fewer are allowed
    overrun: int = 1  # gives so many times what was allowed, and says it stopped of its own accord

    @property
    def all_headers(self) -> dict[str, str]:
        """Headers that are to be added."""
        given = dict(self.headers)
        if self.retry_after_s is not None:
            given["retry-after"] = f"{self.retry_after_s:g}"
        return given


NO_TROUBLE: Final = Trouble()


class Troubles:
    """The troubles that are in force, in order; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: deque[tuple[Trouble, int | None]] = deque()

    def set(self, *troubles: Trouble) -> None:
        """Have these from now on, each as often as it says, and no others."""
        with self._lock:
            self._left = deque((trouble, trouble.times) for trouble in troubles)

    def take(self, path: str) -> Trouble:
        """The trouble of one request: the first that is about its path; NO_TROUBLE where there is none."""
        with self._lock:
            for index, (trouble, left) in enumerate(self._left):
                if not path.endswith(trouble.path):
                    continue
                if left is None or left > 1:
                    self._left[index] = (trouble, None if left is None else left - 1)
                else:
                    del self._left[index]
                return trouble if left != 0 else NO_TROUBLE
        return NO_TROUBLE

    @property
    def waiting(self) -> Sequence[Trouble]:
        """Those that are still to come."""
        with self._lock:
            return [trouble for trouble, _ in self._left]
