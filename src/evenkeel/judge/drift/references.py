"""The use cases around references: giving one, and going back to a service's own traffic. Both are audited."""

from __future__ import annotations

import logging
import threading
from typing import Final

from sqlalchemy import Connection, insert, update

from evenkeel.judge.drift.limits import PREDICTIONS
from evenkeel.judge.drift.past import WEEK_US, Past, PastDays
from evenkeel.judge.drift.records import GivenReference, drift_references, load_active, of_service, row_of
from evenkeel.judge.drift.retired import RetiredFeatures
from evenkeel.judge.drift.schema import Fit, compare_schema
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.trail import trail

log = logging.getLogger(__name__)

#: More features than a service may have counted: each one costs a comparison and a row of every page.
FEATURES_MAX: Final = 300
REASON_MAX: Final = 500
#: What came within this time is what the service sends.
_RECENT_US: Final = 7 * US_PER_DAY


class DriftReferences:
    """The references that count, in memory, as every judgement asks for them. Safe to use from any thread."""

    def __init__(self, records: Records, telemetry: Telemetry, clock: Clock, ids: Ids) -> None:
        self._records = records
        self._telemetry = telemetry
        self._clock = clock
        self._ids = ids
        self._lock = threading.Lock()
        self.retired = RetiredFeatures(records, telemetry, clock)  # features that are no longer compared
        with records.transaction() as connection:
            self._active = {given.key: given for given in load_active(connection)}
        for given in self._active.values():
            if given.unreadable:
                log.error("The reference %s of %s cannot be read: %s", given.id, given.key, given.unreadable)

    def of(self, key: ServiceKey) -> GivenReference | None:
        """What somebody gave for a service, or None: then its own traffic is the reference."""
        with self._lock:
            return self._active.get(key)

    def fit(self, key: ServiceKey, table: TableProfile) -> Fit:
        """How a reference agrees with what the service has sent so far."""
        now_us = self._clock.now_us()
        recent = self._telemetry.feature_counts(key, Window(now_us - _RECENT_US, now_us), step="day")
        counted = {each.feature for each in recent if each.counts.n > each.counts.apart.missing}
        # A grid that a reference made says what that reference holds, and not what the service sends.
        own = [
            each for each in self._telemetry.feature_grids(key) if each.origin == "traffic" or each.feature in counted
        ]
        return compare_schema(table, {each.feature: each.grid.kind for each in own})

    def give(self, key: ServiceKey, table: TableProfile, *, actor: str, reason: str) -> tuple[GivenReference, Fit]:
        """From now on compare a service with this. Stored events are counted anew on its grids.

        Raises InvalidInputError for a reference without features or with too many, alone or beside those that are
        counted already, or without a reason, and ConflictError where the service sends features and none is in it.
        """
        reason = _reason(reason)
        if not table.sent:
            raise InvalidInputError("This reference holds no feature.", hint="Profile a table with columns.")
        if len(table.sent) > FEATURES_MAX:
            raise InvalidInputError(
                f"This reference holds {len(table.sent)} features.",
                hint=f"At most {FEATURES_MAX} are compared: choose them, `evenkeel drift profile FILE --column NAME`.",
                seen=len(table.sent),
                allowed=FEATURES_MAX,
            )
        fit = self.fit(key, table)
        if not fit.fitting and fit.notes.keys() - table.named:
            raise ConflictError(
                f"No feature of this reference is one that {key} sends.",
                hint=" ".join(f"{name}: {why}" for name, why in list(fit.notes.items())[:5]),
            )
        self._refuse_too_many(key, table)
        return self._keep(GivenReference(*self._made(key, actor, reason), table)), fit

    def choose(self, key: ServiceKey, past: Past, *, actor: str, reason: str) -> GivenReference:
        """From now on compare a service with a time of its own past.

        Raises InvalidInputError without a reason, and ConflictError where nothing was counted at that time.
        """
        reason = _reason(reason)
        now_us = self._clock.now_us()
        span = Window(past.start_us, past.end_us) if isinstance(past, PastDays) else Window(now_us - WEEK_US, now_us)
        if not self._telemetry.feature_counts(key, span, step="day"):
            raise ConflictError(
                f"No feature of {key} has counts of {past.describe()}.",
                hint="Days are kept 400 days; a feature is counted once 500 values of it are there.",
            )
        return self._keep(GivenReference(*self._made(key, actor, reason), past=past))

    def _made(self, key: ServiceKey, actor: str, reason: str) -> tuple[str, ServiceKey, int, str, str]:
        return self._ids.new_id()[-12:], key, self._clock.now_us(), actor, reason

    def _keep(self, given: GivenReference) -> GivenReference:
        key, actor, reason = given.key, given.author, given.reason
        with self._lock:
            before = self._active.get(key)
            with self._records.transaction() as connection:
                self._end(connection, key)
                connection.execute(insert(drift_references).values(**row_of(given)))
                change = trail.Change(actor, "drift.reference.set", str(key), _told(before), _told(given), reason)
                trail.record(connection, change, given.made_at_us)
            self._active[key] = given
        if given.table.sent:
            self._count_on(given)
        return given

    def reset(self, key: ServiceKey, *, actor: str, reason: str) -> None:
        """From now on compare a service with its own traffic again. Raises NotFoundError where nothing was given."""
        reason = _reason(reason)
        with self._lock:
            before = self._active.get(key)
            if before is None:
                raise NotFoundError(
                    f"No reference was given for {key}.", hint="Its own first week is its reference already."
                )
            with self._records.transaction() as connection:
                self._end(connection, key)
                change = trail.Change(actor, "drift.reference.reset", str(key), _told(before), None, reason)
                trail.record(connection, change, self._clock.now_us())
            del self._active[key]

    def restore(self) -> None:
        """Count on the grids that were given, where that was cut short: the record is written before."""
        with self._lock:
            given = list(self._active.values())
        for each in given:
            held = {grid.feature: grid.grid.id for grid in self._telemetry.feature_grids(each.key)}
            if any(held.get(name) != profile.grid.id for name, profile in each.table.sent.items()):
                try:
                    self._count_on(each)
                except InvalidInputError as error:  # nothing that one service has keeps the others from their start
                    log.warning("The reference of %s is not counted: %s", each.key, error)

    def _refuse_too_many(self, key: ServiceKey, table: TableProfile) -> None:
        counted = {grid.feature for grid in self._telemetry.feature_grids(key)} - PREDICTIONS
        many = len(counted | (table.sent.keys() - PREDICTIONS))
        if many > FEATURES_MAX:
            raise InvalidInputError(
                f"{key} would have {many} features that are counted.",
                hint=f"At most {FEATURES_MAX} are, {len(counted)} of them by now; choose columns that it sends.",
                seen=many,
                allowed=FEATURES_MAX,
            )

    def _count_on(self, given: GivenReference) -> None:
        grids = {name: profile.grid for name, profile in given.table.sent.items()}
        self._telemetry.set_feature_grids(given.key, grids, now_us=self._clock.now_us())

    @staticmethod
    def _end(connection: Connection, key: ServiceKey) -> None:
        connection.execute(update(drift_references).where(of_service(key)).values(active=False))


def _reason(given: str) -> str:
    reason = given.strip()
    if not reason or len(reason) > REASON_MAX:
        raise InvalidInputError(
            f"Another reference needs a reason of 1 to {REASON_MAX} characters.",
            hint="It changes what is called drift; the reason is shown beside it and audited.",
        )
    return reason


def _told(given: GivenReference | None) -> dict[str, object] | None:
    if given is None:
        return None
    if given.unreadable:
        return {"unreadable": given.unreadable}
    if given.past is not None:
        return {"past": given.past.describe()}
    table = given.table
    return {"version": table.version, "rows": table.rows, "features": len(table.named), "source": table.source}
