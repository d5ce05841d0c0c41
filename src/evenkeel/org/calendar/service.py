"""The use cases around the calendar: entering maintenance and calling it off. Both are audited."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from sqlalchemy import func, insert, select, update

from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, Window, format_duration, isoformat
from evenkeel.org.calendar.model import Entry, EntryKind, covering, excluded_spans
from evenkeel.org.calendar.records import calendar_entries, load_entries
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail

#: Longer than this it is no maintenance but a service that is switched off.
LENGTH_MAX_US: Final = 31 * US_PER_DAY
#: Counters by the hour are kept this long: what lies before cannot be taken out of any figure.
AGE_MAX_US: Final = 400 * US_PER_DAY
#: Every reading goes through all entries; ten a day for a year are fewer.
ENTRIES_MAX: Final = 5_000
REASON_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be entered. An empty environment or service means all of them."""

    starts_us: int
    ends_us: int
    reason: str
    environment: str = ""
    service: str = ""
    kind: EntryKind = EntryKind.MAINTENANCE


class Calendar:
    """Holds the entries in memory, as every reading asks for them. Safe to use from any thread."""

    def __init__(self, records: Records, clock: Clock, ids: Ids) -> None:
        self._records = records
        self._clock = clock
        self._ids = ids
        self._lock = threading.Lock()
        self._entries: Sequence[Entry] = ()
        self._load()

    def entries(self) -> Sequence[Entry]:
        """All of them, the latest start first."""
        with self._lock:
            return self._entries

    def in_maintenance(self, key: ServiceKey, at_us: int) -> str | None:
        """Why a service is in maintenance at a moment and until when, or None."""
        entry = covering(self.entries(), key, at_us)
        return None if entry is None else f"{entry.reason} (until {isoformat(entry.ends_us)}, by {entry.author})"

    def excluded(self, key: ServiceKey, window: Window) -> tuple[Window, ...]:
        """The parts of `window` that no budget of a service is charged for."""
        return excluded_spans(self.entries(), key, window)

    def add(self, asked: NewEntry, *, actor: str) -> Entry:
        """Enter a span. Raises InvalidInputError for one that makes no sense."""
        now_us = self._clock.now_us()
        _check(asked, now_us)
        entry = Entry(
            id=self._ids.new_id()[-12:],
            kind=asked.kind,
            environment=asked.environment.strip(),
            service=asked.service.strip(),
            starts_us=asked.starts_us,
            ends_us=asked.ends_us,
            reason=asked.reason.strip(),
            author=actor,
            created_at_us=now_us,
        )
        with self._records.transaction() as connection:
            counts = calendar_entries.c.ends_us > now_us - AGE_MAX_US
            held = connection.execute(select(func.count()).where(counts)).scalar_one()
            if held >= ENTRIES_MAX:
                raise ConflictError(
                    f"The calendar holds {held} entries of the last 400 days, the most there may be.",
                    hint="Enter one span for several services, or one for all of them.",
                )
            connection.execute(insert(calendar_entries).values(**asdict(entry) | {"kind": entry.kind.value}))
            after = {"scope": entry.scope, "from": isoformat(entry.starts_us), "to": isoformat(entry.ends_us)}
            after["retroactive"] = "yes" if entry.is_retroactive else "no"
            change = trail.Change(actor, "calendar.add", entry.id, after=after, reason=entry.reason)
            trail.record(connection, change, now_us)
        self._load()
        return entry

    def cancel(self, entry_id: str, *, actor: str, reason: str) -> Entry:
        """Call an entry off, or end it now if it runs. Raises NotFoundError, and ConflictError for a second time."""
        now_us = self._clock.now_us()
        entry = next((each for each in self.entries() if each.id == entry_id), None)
        if entry is None:
            raise NotFoundError(f"The calendar has no entry {entry_id[:40]!r}.", hint="`evenkeel calendar list`.")
        if not reason.strip():
            raise InvalidInputError("To cancel an entry needs a reason.", hint="It is kept in the audit trail.")
        with self._records.transaction() as connection:
            values = {"cancelled_at_us": now_us, "cancelled_by": actor}
            still = (calendar_entries.c.id == entry_id) & calendar_entries.c.cancelled_at_us.is_(None)
            if connection.execute(update(calendar_entries).where(still).values(**values)).rowcount == 0:
                raise ConflictError(f"The entry {entry_id} is cancelled already.")
            before = {"scope": entry.scope, "from": isoformat(entry.starts_us), "to": isoformat(entry.ends_us)}
            change = trail.Change(actor, "calendar.cancel", entry_id, before=before, reason=reason.strip()[:REASON_MAX])
            trail.record(connection, change, now_us)
        self._load()
        return replace(entry, cancelled_at_us=now_us, cancelled_by=actor)

    def _load(self) -> None:
        with self._lock, self._records.transaction() as connection:
            self._entries = tuple(load_entries(connection))


def _check(asked: NewEntry, now_us: int) -> None:
    length_us = asked.ends_us - asked.starts_us
    if length_us <= 0:
        raise InvalidInputError(
            f"It ends ({isoformat(asked.ends_us)}) before it starts ({isoformat(asked.starts_us)}).",
            hint="Give an end after the start.",
        )
    if length_us > LENGTH_MAX_US:
        raise InvalidInputError(
            f"A maintenance of {format_duration(length_us / US_PER_SECOND)} is longer than 31 d.",
            hint="Take what is off for good out of the configuration (judged: false).",
        )
    if abs(asked.starts_us - now_us) > AGE_MAX_US:
        raise InvalidInputError(
            f"{isoformat(asked.starts_us)} is more than 400 days away.", hint="Is it the right year?"
        )
    if not asked.reason.strip() or len(asked.reason) > REASON_MAX:
        raise InvalidInputError(
            "Maintenance needs a reason of 1 to 500 characters.",
            hint="It takes time out of figures that others rely on; the reason is shown beside them and audited.",
        )
    if len(asked.environment) > 200 or len(asked.service) > 200:
        raise InvalidInputError("The name of an environment or service has at most 200 characters.")
