"""What a double has seen and given: the truth that records and bills are compared with."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenkeel.testing.upstreams.dialect import Seen


@dataclass(frozen=True, slots=True)
class Cut:
    """An answer that the client did not wait for to the end."""

    seen: Seen
    events: int  # that were sent; 0 as well where it was no stream
    tokens: int  # that those gave


class Tally:
    """Counts of one double; thread-safe. Tokens are words.

    Tokens of a prompt count when its answer begins, those of a plain answer when it is made, those of a stream
    with each event: what a provider has generated it bills, whether somebody reads it or not.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: list[Seen] = []
        self._cuts: list[Cut] = []
        self._tokens_in: Counter[str] = Counter()
        self._tokens_out: Counter[str] = Counter()
        self._connections = 0
        self._open = 0
        self._answered = 0

    @property
    def requests(self) -> Sequence[Seen]:
        """Every request so far, in order."""
        with self._changed:
            return list(self._requests)

    @property
    def cuts(self) -> Sequence[Cut]:
        """Answers that clients cut."""
        with self._changed:
            return list(self._cuts)

    @property
    def tokens_in(self) -> Counter[str]:
        """Tokens of prompts by model."""
        with self._changed:
            return Counter(self._tokens_in)

    @property
    def tokens_out(self) -> Counter[str]:
        """Tokens given by model."""
        with self._changed:
            return Counter(self._tokens_out)

    @property
    def connections(self) -> int:
        """Connections that were ever made."""
        with self._changed:
            return self._connections

    @property
    def connections_open(self) -> int:
        """Connections that are open now."""
        with self._changed:
            return self._open

    @property
    def answered(self) -> int:
        """Answers that were sent to their end."""
        with self._changed:
            return self._answered

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Return when `condition` holds, looking whenever something is counted. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(condition, timeout_s):
                msg = f"after {timeout_s:g} s: {len(self._requests)} requests, {len(self._cuts)} cuts"
                raise TimeoutError(f"{msg}, {self._open} of {self._connections} connections open")

    def wait_for(self, count: int, timeout_s: float = 10.0) -> None:
        """Return when `count` requests have come. Raises TimeoutError."""
        self.wait_until(lambda: len(self._requests) >= count, timeout_s)

    def connect(self) -> int:
        """Count a connection; its number, from 1."""
        with self._changed:
            self._connections += 1
            self._open += 1
            self._changed.notify_all()
            return self._connections

    def disconnect(self) -> None:
        """Count the end of a connection."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def ask(self, seen: Seen) -> None:
        """Count a request."""
        with self._changed:
            self._requests.append(seen)
            self._changed.notify_all()

    def give(self, model: str, tokens_in: int, tokens_out: int) -> None:
        """Count tokens; what names no model gives none."""
        if not model:
            return
        with self._changed:
            self._tokens_in[model] += tokens_in
            self._tokens_out[model] += tokens_out
            self._changed.notify_all()

    def finish(self) -> None:
        """Count an answer that was sent to its end."""
        with self._changed:
            self._answered += 1
            self._changed.notify_all()

    def cut(self, cut: Cut) -> None:
        """Count an answer that was cut."""
        with self._changed:
            self._cuts.append(cut)
            self._changed.notify_all()
