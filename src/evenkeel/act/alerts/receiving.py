"""Alerts of others: written down as they came, and shown in the same inbox. Nobody is told of them: they were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import SQLAlchemyError

from evenkeel.act.alerts import records as rows
from evenkeel.act.alerts.book import Book, Draft
from evenkeel.act.alerts.model import Alert, AlertState, Entry, Received, Source, What
from evenkeel.kernel.errors import OverloadedError

RETRY_AFTER_S = 5
#: Alerts in one transaction: a storm of them must not hold up what rules of ours say.
BATCH = 200
#: Labels that name a service, the most telling first; rules that sloth made carry their own.
_SERVICE_LABELS = ("service", "sloth_service", "job", "app", "instance")
_SUMMARY = ("summary", "description", "message")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery: alerts that are new, and those that were delivered before."""

    new: int
    again: int


class Receiving:
    """Takes deliveries, a batch in a transaction."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def take(self, received: Sequence[Received], now_us: int) -> Taken:
        """Return when all is durable. Raises OverloadedError when the database cannot take it now."""
        new = 0
        try:
            for begin in range(0, len(received), BATCH):
                with self._book.writing(now_us) as draft:
                    taking = _Taking(self._book, draft)
                    new += sum(taking.take(each) for each in received[begin : begin + BATCH])
        except SQLAlchemyError as error:
            raise OverloadedError(
                "The records cannot be written at the moment; not everything was taken.",
                hint="Send it again.",
                retry_after_s=RETRY_AFTER_S,
            ) from error
        return Taken(new, len(received) - new)


class _Taking:
    """One delivery: what is open is what was open before it and what it opened itself."""

    def __init__(self, book: Book, draft: Draft) -> None:
        self._draft = draft
        self._open = dict(book.open)
        self._begun: set[tuple[Source, str, int]] = set()  # by this delivery

    def take(self, received: Received) -> bool:
        """Whether it is new."""
        draft = self._draft
        if not rows.save_received(draft.connection, draft.ids.new_id(), received, draft.now_us):
            return False
        key = received.source, received.fingerprint
        known = self._open.get(key)
        if known is None:
            self._begin(received)
        elif received.starts_at_us < known.since_us:
            pass  # a late word about an earlier time
        elif received.status is AlertState.FIRING:
            self._put(replace(known, since_us=received.starts_at_us, sentence=sentence_of(received)), What.AGAIN)
        else:
            over = {"state": AlertState.RESOLVED, "resolved_at_us": _end_of(received, draft.now_us)}
            self._put(replace(known, **over), What.RESOLVED)
        return True

    def _begin(self, received: Received) -> None:
        draft = self._draft
        known = received.source, received.fingerprint, received.starts_at_us
        if known in self._begun or rows.find_alert(draft.connection, *known) is not None:
            return  # a late word about one that is over
        self._begun.add(known)
        alert = to_alert(received, draft.ids.new_id(), draft.now_us)
        self._put(alert, What.OPENED if alert.is_firing else What.RESOLVED)

    def _put(self, alert: Alert, what: What) -> None:
        entry = Entry(alert.id, self._draft.now_us, what, alert.sentence, alert.source.value)
        self._draft.save(alert, entry)
        key = alert.source, alert.fingerprint
        if alert.is_firing:
            self._open[key] = alert
        else:
            self._open.pop(key, None)


def to_alert(received: Received, alert_id: str, now_us: int) -> Alert:
    """A foreign alert as the inbox shows it."""
    labels = received.labels
    is_over = received.status is AlertState.RESOLVED
    name = labels.get("alertname") or labels.get("rulename") or "alert without a name"
    service = next((labels[each] for each in _SERVICE_LABELS if labels.get(each)), "")
    return Alert(
        id=alert_id,
        fingerprint=received.fingerprint,
        source=received.source,
        labels=labels,
        environment=labels.get("environment") or labels.get("env") or labels.get("namespace") or "",
        service=service,
        rule=name,
        severity=labels.get("severity", ""),
        title=f"{service}: {name}" if service else name,
        sentence=sentence_of(received),
        link=received.generator_url if received.generator_url.startswith(("http://", "https://")) else "",
        facts={},
        since_us=received.starts_at_us,
        opened_at_us=now_us,
        group_id=alert_id,
        state=received.status,
        resolved_at_us=_end_of(received, now_us) if is_over else None,
        saved_at_us=now_us,
    )


def _end_of(received: Received, now_us: int) -> int:
    """When it ended by what the sender says; now where that cannot be: a clock ahead of ours, or no end at all."""
    ends_us = received.ends_at_us
    return now_us if ends_us is None or not received.starts_at_us <= ends_us <= now_us else ends_us


def sentence_of(received: Received) -> str:
    """What the sender says about it."""
    found = next((received.annotations[name] for name in _SUMMARY if received.annotations.get(name)), "")
    return found or ", ".join(f"{name} {value}" for name, value in sorted(received.labels.items()))
