"""How a service's evaluations stand, read again only where something was said since: objectives ask every hour."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from itertools import islice
from typing import Final

from evenkeel.judge.evaluations import records
from evenkeel.judge.evaluations.model import Evaluation
from evenkeel.judge.evaluations.service import Standing
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey

#: Evaluations of a service and time that are told at most, the newest ones.
TOLD_MAX: Final = 50
#: Evaluations of 500 answers that two people rated take about half a megabyte each.
_HELD_MAX: Final = 128

_Revision = tuple[int, int]  # ratings, which are only ever added, and answers that were lost


class KnownStandings:
    """What was read of evaluations. Safe to use from any thread."""

    def __init__(self, given: Records) -> None:
        self._records = given
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[_Revision, Standing]] = OrderedDict()

    def of(self, key: ServiceKey, since_us: int, until_us: int | None = None) -> list[Standing]:
        """A service's evaluations of answers that it gave since then (and until then), the newest answers first.

        Those that were uploaded are none of these. What did not change is the same object as before.
        """
        with self._records.transaction() as connection:
            # Answers are drawn once they were given: one that was created before then has none of them.
            found = records.load_evaluations_since(connection, key.environment, key.service, since_us)
            wanted = (
                each
                for each in found
                if since_us < each.end_us and (until_us is None or each.end_us <= until_us) and not each.is_upload
            )
            chosen = list(islice(wanted, TOLD_MAX))
            revisions = records.load_revisions(connection, [each.id for each in chosen])
            told = [self._standing(connection, each, revisions[each.id]) for each in chosen]
        return sorted(told, key=_newest_first)

    def _standing(self, connection: records.Connection, evaluation: Evaluation, revision: _Revision) -> Standing:
        with self._lock:
            held = self._held.get(evaluation.id)
        if held is None or held[0] != revision:
            drawn, said = records.load_items(connection, evaluation.id), records.load_ratings(connection, evaluation.id)
            standing = Standing(evaluation, drawn, said)
        elif held[1].evaluation != evaluation:  # it was closed
            standing = replace(held[1], evaluation=evaluation)
        else:
            standing = held[1]
        with self._lock:
            self._held[evaluation.id] = revision, standing
            self._held.move_to_end(evaluation.id)
            while len(self._held) > _HELD_MAX:
                self._held.popitem(last=False)
        return standing


def _newest_first(standing: Standing) -> tuple[int, int, str]:
    evaluation = standing.evaluation
    return -evaluation.end_us, -evaluation.created_at_us, evaluation.id
