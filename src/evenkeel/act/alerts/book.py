"""What is open, kept in memory beside the database, and how both change together.

A look at a thousand rules of which none changed reads no database and writes none. Everything that one change
touches — alerts, histories, silences, the audit trail, what is to be told — is one transaction; the memory follows
once that is durable, so that a change that fails is simply tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Final

from sqlalchemy import Connection

from evenkeel.act.alerts import records as rows
from evenkeel.act.alerts.flapping import SAME_US, is_same
from evenkeel.act.alerts.lifecycle import Step
from evenkeel.act.alerts.model import Alert, Entry, Silence, Source
from evenkeel.act.notify.model import Message
from evenkeel.kernel.ports import Ids
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail

#: Silences that are not over; as many are made by mistake only.
SILENCES_MAX: Final = 1_000

Key = tuple[Source, str]
Enqueue = Callable[[Connection, Message, int], object]


@dataclass
class Draft:
    """What one transaction writes."""

    connection: Connection
    ids: Ids
    now_us: int
    enqueue: Enqueue
    alerts: dict[str, Alert] = field(default_factory=dict[str, Alert])
    silences: list[Silence] = field(default_factory=list[Silence])
    _alerts: dict[str, Alert] = field(default_factory=dict[str, Alert])  # not written yet
    _entries: list[Entry] = field(default_factory=list[Entry])

    def save(self, alert: Alert, *entries: Entry) -> None:
        """Have an alert written down at the end, with lines of its history."""
        self.alerts[alert.id] = self._alerts[alert.id] = alert
        self._entries += entries

    def flush(self) -> None:
        """Write down what waits: many at once cost little more than one."""
        rows.save_alerts(self.connection, list(self._alerts.values()))
        rows.save_entries(self.connection, [(self.ids.new_id(), entry) for entry in self._entries])
        self._alerts, self._entries = {}, []

    def silence(self, silence: Silence) -> None:
        """Write a silence down."""
        rows.save_silence(self.connection, silence)
        self.silences.append(silence)

    def record(self, change: trail.Change) -> None:
        """Add what somebody did to the audit trail."""
        trail.record(self.connection, change, self.now_us)

    def tell(self, message: Message) -> None:
        """Hand a message to those who send it; what it is about is written down by then, and its history in order."""
        self.flush()
        self.enqueue(self.connection, message, self.now_us)


class Book:
    """Open alerts, those that ended just now, and silences. Safe to share between threads."""

    def __init__(self, records: Records, ids: Ids, enqueue: Enqueue, now_us: int) -> None:
        self.lock = RLock()
        self.records = records
        self.ids = ids
        self._enqueue = enqueue
        self.open: dict[Key, Alert] = {}
        self.recent: dict[Key, Alert] = {}
        self.silences: list[Silence] = []
        with records.transaction() as connection:
            self._take(rows.load_open(connection, now_us - SAME_US))
            self.silences = rows.load_silences(connection, now_us, SILENCES_MAX)

    @contextmanager
    def writing(self, now_us: int) -> Generator[Draft]:
        """A draft in a transaction; the memory follows when the block ends well."""
        with self.lock:
            with self.records.transaction() as connection:
                draft = Draft(connection, self.ids, now_us, self._enqueue)
                yield draft
                draft.flush()
            self._take(draft.alerts.values())
            changed = {silence.id for silence in draft.silences}
            kept = [each for each in self.silences if each.id not in changed]
            self.silences = [each for each in (*kept, *draft.silences) if each.ends_at_us > now_us]

    def remember(self, steps: Iterable[Step]) -> None:
        """Take over what changed and need not be written down: numbers in sentences."""
        for step in steps:
            self.open[step.alert.source, step.alert.fingerprint] = step.alert

    def forget_old(self, now_us: int) -> None:
        """Drop what ended too long ago to fire again as the same, and silences that are over."""
        old = [key for key, alert in self.recent.items() if not is_same(alert.resolved_at_us or 0, now_us)]
        for key in old:
            del self.recent[key]
        if any(silence.ends_at_us <= now_us for silence in self.silences):
            self.silences = [silence for silence in self.silences if silence.ends_at_us > now_us]

    def find(self, alert_id: str) -> Alert | None:
        """The alert of an id, as new as it is known."""
        with self.lock:
            found = next((alert for alert in self.open.values() if alert.id == alert_id), None)
        if found is not None:
            return found
        with self.records.transaction() as connection:
            return rows.load_alert(connection, alert_id)

    def _take(self, changed: Iterable[Alert]) -> None:
        for alert in changed:
            key = alert.source, alert.fingerprint
            if alert.is_firing:
                self.open[key] = alert
                self.recent.pop(key, None)
                continue
            known = self.open.get(key)
            if known is None or known.id == alert.id:
                self.open.pop(key, None)
                newest = self.recent.get(key)
                if newest is None or (newest.resolved_at_us or 0) <= (alert.resolved_at_us or 0):
                    self.recent[key] = alert
