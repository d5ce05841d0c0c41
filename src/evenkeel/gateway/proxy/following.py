"""Follows what control publishes: looks for new tables all the time, ends what a new one has killed, purges.

A look is one `stat` per table; a request reads what the last look found and touches no file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from evenkeel.gateway.cache.model import Purge
from evenkeel.gateway.cache.purging import obey
from evenkeel.gateway.cache.shared import SharedAnswers
from evenkeel.gateway.cache.store import AnswerCache
from evenkeel.gateway.proxy.waiting import KILLED
from evenkeel.gateway.proxy.worker import OpenExchanges
from evenkeel.gateway.routes.model import RouteTable

log = logging.getLogger(__name__)

#: A flip is in force within a second (SPEC GW-3), of which this is the worker's part.
LOOK_EVERY_S: Final = 0.05


class Following:
    """The newest table of routes, and the kills in it carried out."""

    def __init__(
        self, look: Callable[[], RouteTable], open_now: OpenExchanges, purge: Callable[[], None] | None = None
    ) -> None:
        self._look = look
        self._open = open_now
        self._purge = purge  # carries out what control wants purged
        self.table = look()

    def routes(self) -> RouteTable:
        """The table in force."""
        return self.table

    def look(self) -> int:
        """Take over a new table, if there is one; answers how many requests in flight it ended."""
        newest = self._look()
        if self._purge is not None:  # after the look: a worker that says it goes by a table has done its purges
            self._purge()
        if newest is self.table:
            return 0
        self.table = newest
        ended = sum(self._open.interrupt(route.name, KILLED) for route in newest.routes.values() if route.kill)
        log.info("table %d is in force; %d requests in flight ended", newest.generation, ended)
        return ended

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()


class Purging:
    """Purges of a cache as control publishes them, each done once."""

    def __init__(
        self, cache: AnswerCache, look: Callable[[], Sequence[Purge]], shared: SharedAnswers | None = None
    ) -> None:
        self._cache = cache
        self._look = look
        self._shared = shared
        self._done_seq = 0
        self._seen: Sequence[Purge] = ()

    def __call__(self) -> None:
        """Do what is new."""
        purges = self._look()
        if purges is not self._seen:
            self._seen = purges
            self._done_seq = obey(self._cache, purges, self._done_seq)
        if self._shared is not None:
            self._shared.obey(purges)
