"""What was retrieved for traces that are not at their end: an exporter may send the answer with its next batch.

Texts are held in memory only, for two minutes at most and within a bound.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.observe.evaluators.evaluating import Evaluating

#: Exporters send every few seconds; an answer takes a minute at most.
HELD_US: Final = 120 * US_PER_SECOND
#: Of all traces together, in characters; the oldest goes first.
CHARACTERS_MAX: Final = 8 * 1024 * 1024

_Key = tuple[str, bytes]


class RecentContexts:
    """Of one door, by service and request.

    >>> recent = RecentContexts()
    >>> recent.add(("bot", b"1"), ["It takes two days."], now_us=0)
    >>> recent.of(("bot", b"1"), now_us=1), recent.of(("bot", b"1"), now_us=HELD_US + 1)
    (('It takes two days.',), ())
    """

    def __init__(self, characters_max: int = CHARACTERS_MAX) -> None:
        self._held: OrderedDict[_Key, tuple[int, tuple[str, ...]]] = OrderedDict()
        self._characters_max = characters_max
        self._characters = 0

    def add(self, key: _Key, contexts: Iterable[str], now_us: int) -> None:
        """Hold what was retrieved for a request, with what is held of it already."""
        known = self.of(key, now_us)
        self._drop(key)
        texts = tuple(dict.fromkeys((*known, *contexts)))
        self._held[key] = (now_us, texts)
        self._characters += sum(map(len, texts))
        while self._held and (self._characters > self._characters_max or self._is_old(next(iter(self._held)), now_us)):
            self._drop(next(iter(self._held)))

    def of(self, key: _Key, now_us: int) -> tuple[str, ...]:
        """What was retrieved for a request; nothing after a while."""
        return () if key not in self._held or self._is_old(key, now_us) else self._held[key][1]

    def _is_old(self, key: _Key, now_us: int) -> bool:
        return now_us - self._held[key][0] > HELD_US

    def _drop(self, key: _Key) -> None:
        _, texts = self._held.pop(key, (0, ()))
        self._characters -= sum(map(len, texts))


@dataclass(frozen=True, slots=True)
class Looking:
    """What looks at content, and what it has seen of traces that go on."""

    evaluating: Evaluating
    recent: RecentContexts = field(default_factory=RecentContexts)
