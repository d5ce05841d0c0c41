"""What people do with alerts: each act is in the audit trail and in the alert's history, with who and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from evenkeel.act.alerts import records as rows
from evenkeel.act.alerts.book import Book
from evenkeel.act.alerts.matching import REASON_LENGTH_MAX, SILENCE_S_MAX, check_matchers
from evenkeel.act.alerts.model import Alert, Entry, Matcher, Silence, What
from evenkeel.act.alerts.wording import write_message
from evenkeel.act.notify.model import Event
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.time import US_PER_SECOND, format_duration, isoformat
from evenkeel.store.trail.trail import Change


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, why and when."""

    actor: str
    reason: str
    at_us: int


@dataclass(frozen=True, slots=True)
class AskedSilence:
    """A silence to be made."""

    matchers: Sequence[Matcher]
    duration_s: int
    starts_at_us: int | None = None  # None: now


class Handling:
    """The use cases around alerts that people have."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def acknowledge(self, alert_id: str, by: By) -> Alert:
        """Say that somebody looks after it, and with it after all that people were told of together.

        Doing so again changes nothing. Raises ConflictError when it is over.
        """
        _check_reason(by)
        with self._book.lock:
            alert = self._open(alert_id)
            unseen = [each for each in self._group(alert) if each.acknowledged_at_us is None]
            if alert.acknowledged_at_us is not None:
                return alert
            seen = [replace(each, acknowledged_by=by.actor, acknowledged_at_us=by.at_us) for each in unseen]
            self._save(unseen, seen, What.ACKNOWLEDGED, by)
        return seen[0]

    def unacknowledge(self, alert_id: str, by: By) -> Alert:
        """Say that nobody looks after it any more, nor after what people were told of together with it."""
        _check_reason(by)
        with self._book.lock:
            alert = self._open(alert_id)
            seen = [each for each in self._group(alert) if each.acknowledged_at_us is not None]
            if alert.acknowledged_at_us is None:
                return alert
            unseen = [replace(each, acknowledged_by="", acknowledged_at_us=None) for each in seen]
            self._save(seen, unseen, What.UNACKNOWLEDGED, by)
        return unseen[0]

    def comment(self, alert_id: str, by: By) -> None:
        """Add a line to its history. Raises InvalidInputError without a text."""
        _check_reason(by, needed="A comment")
        with self._book.lock:
            alert = self._known(alert_id)
            with self._book.writing(by.at_us) as draft:
                draft.save(alert, Entry(alert_id, by.at_us, What.COMMENTED, by.reason, by.actor))
                draft.record(Change(by.actor, "alert.comment", alert_id, reason=by.reason))

    def silence(self, asked: AskedSilence, by: By) -> Silence:
        """Tell nobody of alerts that fit, for a time. Raises InvalidInputError."""
        _check_reason(by, needed="A silence")
        if not 60 <= asked.duration_s <= SILENCE_S_MAX:
            raise InvalidInputError(
                f"A silence of {format_duration(asked.duration_s)} is not possible.",
                hint=f"Choose 1 min to {format_duration(SILENCE_S_MAX)}.",
            )
        starts_us = by.at_us if asked.starts_at_us is None else asked.starts_at_us
        if not 0 <= starts_us - by.at_us <= SILENCE_S_MAX * US_PER_SECOND:
            raise InvalidInputError("A silence begins now or within 90 days.", hint="Leave the beginning out for now.")
        made = Silence(
            id=self._book.ids.new_id(),
            matchers=check_matchers(asked.matchers),
            starts_at_us=starts_us,
            ends_at_us=starts_us + asked.duration_s * US_PER_SECOND,
            reason=by.reason,
            author=by.actor,
            created_at_us=by.at_us,
        )
        with self._book.writing(by.at_us) as draft:
            draft.silence(made)
            after = {
                "matchers": [str(matcher) for matcher in made.matchers],
                "from": isoformat(made.starts_at_us),
                "to": isoformat(made.ends_at_us),
            }
            draft.record(Change(by.actor, "silence.create", made.id, after=after, reason=by.reason))
        return made

    def expire(self, silence_id: str, by: By) -> Silence:
        """End a silence now; one that is over stays as it is. Raises NotFoundError."""
        _check_reason(by)
        with self._book.writing(by.at_us) as draft:
            silence = rows.load_silence(draft.connection, silence_id)
            if silence is None:
                raise NotFoundError(f"There is no silence {silence_id[:40]!r}.", hint="`evenkeel alerts silences`.")
            if silence.ends_at_us <= by.at_us:
                return silence
            ended = replace(silence, starts_at_us=min(silence.starts_at_us, by.at_us), ends_at_us=by.at_us)
            draft.silence(ended)
            before = {"to": isoformat(silence.ends_at_us)}
            draft.record(Change(by.actor, "silence.expire", silence_id, before=before, reason=by.reason))
        return ended

    def _known(self, alert_id: str) -> Alert:
        alert = self._book.find(alert_id)
        if alert is None:
            raise NotFoundError(f"There is no alert {alert_id[:40]!r}.", hint="`evenkeel alerts list` shows them.")
        return alert

    def _open(self, alert_id: str) -> Alert:
        alert = self._known(alert_id)
        if not alert.is_firing:
            raise ConflictError("This alert is over.", hint="Only one that is open can be acknowledged.")
        return alert

    def _group(self, alert: Alert) -> list[Alert]:
        """It, and what fires beside it in the same notification, as far as people were told of it."""
        others = (
            each
            for each in self._book.open.values()
            if each.group_id == alert.group_id and each.id != alert.id and each.told_at_us is not None
        )
        return [alert, *others]

    def _save(self, before: Sequence[Alert], after: Sequence[Alert], what: What, by: By) -> None:
        """What became of a group by one act: the first of it is what somebody acted on."""
        verb = "acknowledge" if what is What.ACKNOWLEDGED else "unacknowledge"
        with self._book.writing(by.at_us) as draft:
            for old, new in zip(before, after, strict=True):
                draft.save(new, Entry(new.id, by.at_us, what, by.reason, by.actor))
                change = Change(
                    by.actor,
                    f"alert.{verb}",
                    new.id,
                    before={"acknowledged_by": old.acknowledged_by},
                    after={"acknowledged_by": new.acknowledged_by},
                    reason=by.reason,
                )
                draft.record(change)
            lead = after[0]
            if lead.told_at_us is not None:
                known = [alert for alert in self._group(lead) if alert.told_at_us is not None]
                event = Event.ACKNOWLEDGE if what is What.ACKNOWLEDGED else Event.TRIGGER
                draft.tell(write_message(event, lead, known, by.at_us))


def _check_reason(by: By, *, needed: str = "") -> None:
    if needed and not by.reason.strip():
        raise InvalidInputError(f"{needed} needs a text.", hint="Say in a few words why.")
    if len(by.reason) > REASON_LENGTH_MAX:
        raise InvalidInputError(f"The text has {len(by.reason)} characters.", hint=f"Use at most {REASON_LENGTH_MAX}.")
