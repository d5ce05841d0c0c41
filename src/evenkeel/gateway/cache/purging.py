"""What control wants purged, done by a worker that looks at the published table now and then."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.gateway.cache.model import Purge
from evenkeel.gateway.cache.store import AnswerCache


def obey(cache: AnswerCache, purges: Sequence[Purge], done_seq: int) -> int:
    """Do the purges that come after `done_seq`; returns the number of the last one that is done now.

    `purges` are the latest ones in their order, as `parse_purges` gives them. When some in between are not among
    them any more, or when the numbers went back (control was restored from a backup), it cannot be told what was
    meant: everything is purged. A worker that begins, with nothing kept, begins with 0.

    >>> obey(AnswerCache(1_000), [Purge(1, service="bot"), Purge(2)], 1)
    2
    """
    last_seq = purges[-1].seq if purges else 0
    if last_seq == done_seq:
        return done_seq
    if last_seq < done_seq or purges[0].seq > done_seq + 1:
        cache.purge()
        return last_seq
    numbers = [purge.seq for purge in purges]
    if numbers != [*range(numbers[0], last_seq + 1)]:
        cache.purge()
        return last_seq
    for purge in purges:
        if purge.seq > done_seq:
            cache.purge(environment=purge.environment, service=purge.service, version=purge.version, user=purge.user)
    return last_seq
