"""The alerts of a house: what rules say becomes alerts, people act on them, others send theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import RowMapping

from evenkeel.act.alerts import records as rows
from evenkeel.act.alerts.book import SILENCES_MAX, Book, Enqueue
from evenkeel.act.alerts.fingerprints import identify, rule_of
from evenkeel.act.alerts.flapping import is_same
from evenkeel.act.alerts.handling import Handling
from evenkeel.act.alerts.lifecycle import Step, open_alert, reopen, see_clear, see_firing, see_gone, see_nothing
from evenkeel.act.alerts.model import Alert, AlertFilter, Entry, Silence, Source
from evenkeel.act.alerts.receiving import Receiving
from evenkeel.act.alerts.telling import InMaintenance, Quietness, Telling, decide_telling
from evenkeel.judge.slo.model import Observation
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey

#: Alerts a list shows, and lines of a history: more is not read by anybody.
LISTED_MAX = 500
ENTRIES_MAX = 200
#: Alerts that are set side by side; a month of an alerting that pages 300 times a day.
BETWEEN_MAX = 10_000
#: Alerts that are over are kept as long as somebody may compare with the same month a year ago.
KEPT_DAYS = 400


@dataclass(frozen=True, slots=True)
class AlertsDependencies:
    """What alerts stand on."""

    records: Records
    clock: Clock
    ids: Ids
    enqueue: Enqueue  # hands a message on, in the transaction it is called in
    in_maintenance: InMaintenance = lambda _key, _at_us: None
    is_shadow: Callable[[], bool] = lambda: False  # nobody is told of anything
    tell: Callable[[ServiceKey], None] = lambda _key: None  # something changed that pages show


class Alerts:
    """Safe to share between threads."""

    def __init__(self, given: AlertsDependencies) -> None:
        self._given = given
        self._book = Book(given.records, given.ids, given.enqueue, given.clock.now_us())
        self.handling = Handling(self._book)
        self.receiving = Receiving(self._book)

    def reconcile(self, observation: Observation, now_us: int) -> None:
        """Make alerts what the rules say. The same observation twice changes nothing the second time.

        Everything that follows from it is one transaction; where nothing changed there is none.
        """
        with self._book.lock:
            steps = self._steps(observation, now_us)
            alerts = [step.alert for step in steps]
            told = decide_telling(
                [alert for alert in alerts if alert.is_firing],
                [alert for alert in alerts if not alert.is_firing],
                Quietness(self._book.silences, self._given.in_maintenance, now_us, is_shadow=self._given.is_shadow()),
            )
            changed = {step.alert.id: step.alert for step in steps if step.is_written} | told.changed
            if changed:
                self._write(changed, [entry for step in steps for entry in step.entries], told, now_us)
            self._book.remember(step for step in steps if step.alert.id not in changed)
            self._book.forget_old(now_us)
        for key in {ServiceKey(alert.environment, alert.service) for alert in changed.values()}:
            self._given.tell(key)

    def _write(self, changed: Mapping[str, Alert], seen: Sequence[Entry], told: Telling, now_us: int) -> None:
        entries: dict[str, list[Entry]] = {alert_id: [] for alert_id in changed}
        for entry in (*seen, *told.entries):
            entries[entry.alert_id].append(entry)
        with self._book.writing(now_us) as draft:
            for alert_id, alert in changed.items():
                draft.save(alert, *entries[alert_id])
            for message in told.messages:
                draft.tell(message)

    def _steps(self, observation: Observation, now_us: int) -> list[Step]:
        """What each rule makes of its alert: firing ones, and open ones that do not fire."""
        book = self._book
        steps: list[Step] = []
        firing: set[str] = set()
        for each in observation.firing:
            fingerprint = identify(each)
            if fingerprint in firing:
                continue
            firing.add(fingerprint)
            key = Source.EVENKEEL, fingerprint
            if (known := book.open.get(key)) is not None:
                steps.append(see_firing(known, each, now_us))
            elif (past := book.recent.get(key)) is not None and is_same(past.resolved_at_us or 0, now_us):
                steps.append(reopen(past, each, now_us))
            else:
                steps.append(open_alert(each, self._given.ids.new_id(), now_us))
        for alert in book.open.values():
            if alert.source is not Source.EVENKEEL or alert.fingerprint in firing:
                continue
            rule = rule_of(alert.labels)
            if rule in observation.unseen:
                steps.append(Step(alert, is_written=False))
            elif rule in observation.undecided:
                steps.append(see_nothing(alert, now_us))
            elif observation.judged is not None and (rule.key, rule.objective) not in observation.judged:
                steps.append(see_gone(alert, now_us))
            else:
                steps.append(see_clear(alert, now_us))
        return steps

    def list(self, chosen: AlertFilter | None = None, *, limit: int = LISTED_MAX) -> Sequence[Alert]:
        """Alerts that fit: those that fire first, then the ones that were opened last."""
        wanted = chosen or AlertFilter()
        found = sorted(
            (alert for alert in self.firing() if wanted.fits(alert)),
            key=lambda alert: (
                alert.severity != "page",
                alert.acknowledged_at_us is not None or bool(alert.quiet),
                -alert.opened_at_us,
                alert.id,
            ),
        )
        if wanted.state in ("", "resolved") and len(found) < limit:
            with self._given.records.transaction() as connection:
                found += rows.list_resolved(connection, replace(wanted, state=""), limit - len(found))
        return found[:limit]

    def firing(self) -> Sequence[Alert]:
        """Every open alert, as new as the last look."""
        with self._book.lock:
            return list(self._book.open.values())

    def between(self, window: Window, *, limit: int = BETWEEN_MAX) -> Sequence[Alert]:
        """Those that were open in a stretch of time, from everywhere; the one opened last first."""
        with self._given.records.transaction() as connection:
            return rows.list_between(connection, window.start_us, window.end_us, limit)

    def touching(self, key: ServiceKey, window: Window, *, limit: int = BETWEEN_MAX) -> Sequence[Alert]:
        """Our own of a service that were open at any time in `window`; the one opened last first."""
        place = key.environment, key.service
        with self._given.records.transaction() as connection:
            return rows.list_touching(connection, place, window.start_us, window.end_us, limit)

    def get(self, alert_id: str) -> Alert:
        """One of them. Raises NotFoundError."""
        found = self._book.find(alert_id)
        if found is None:
            raise NotFoundError(f"There is no alert {alert_id[:40]!r}.", hint="/alerts lists them.")
        return found

    def history(self, alert_id: str) -> Sequence[Entry]:
        """What happened to it, newest first."""
        with self._given.records.transaction() as connection:
            return rows.load_entries(connection, alert_id, ENTRIES_MAX)

    def silences(self, *, with_past: bool = False) -> Sequence[Silence]:
        """Silences that are not over; with those that are, if asked for."""
        now_us = self._given.clock.now_us()
        with self._given.records.transaction() as connection:
            return rows.load_silences(connection, 0 if with_past else now_us, SILENCES_MAX)

    def last_received_us(self, alert: Alert) -> int | None:
        """When an alert of others was last delivered as firing; None for our own."""
        with self._given.records.transaction() as connection:
            return rows.last_received_us(connection, alert)

    def forget(self, now_us: int) -> None:
        """Delete what was over more than `KEPT_DAYS` ago."""
        with self._given.records.transaction() as connection:
            rows.delete_before(connection, now_us - KEPT_DAYS * US_PER_DAY)

    def received(self, *, after_us: int = 0) -> Sequence[RowMapping]:
        """What others sent after that time, oldest first."""
        with self._given.records.transaction() as connection:
            return rows.list_received(connection, after_us=after_us)
