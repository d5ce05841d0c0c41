"""How much waits for a person: the same words in the inbox, on the health page and in the JSON beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.gateway.guard.model import GuardAction
from evenkeel.gateway.reviews.service import Reviews
from evenkeel.kernel.time import US_PER_SECOND, format_duration, isoformat
from evenkeel.org.approvals.model import Tally
from evenkeel.org.config.gateway import GatewayConfig
from evenkeel.ui.formats import plural

#: What workers hold is taken in every second. When that was so long ago, the figures tell nothing.
STILL_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, what nobody came to within a day, and whether that can be told."""

    tally: Tally
    mood: str  # ok, warning, unknown
    sentence: str
    todo: str = ""

    @property
    def is_worth_saying(self) -> bool:
        """Whether other pages than that of reviews mention it."""
        return bool(self.tally.waiting) or self.mood != "ok"


def read_backlog(reviews: Reviews, config: GatewayConfig, now_us: int) -> Backlog | None:
    """How the queue stands; None where nothing can be held, nothing waits, and nothing expired within a day.

    Somebody has to look when half of the time of one is over, or when one expired. Its caller was told no: that is what
    the guard was asked for, and no breach.
    """
    tally = reviews.tally()
    if not (can_hold(config) or tally.waiting or tally.expired):
        return None
    stepped_at_us = reviews.stepped_at_us
    if stepped_at_us is None or now_us - stepped_at_us > STILL_S * US_PER_SECOND:
        since = "since the start" if stepped_at_us is None else f"for {_length(now_us - stepped_at_us)}"
        sentence = f"What workers hold was not taken in {since}: how many reviews wait is not known."
        return Backlog(tally, "unknown", sentence, "evenkeel's log says why. What nobody decides expires unsent.")
    is_late = bool(tally.late or tally.expired)
    todo = "Decide in Reviews: callers wait, and what nobody decides expires unsent." if tally.waiting else ""
    if tally.expired and not todo:
        todo = "Agree who looks at Reviews, or give people more time (`hold.expires`)."
    return Backlog(tally, "warning" if is_late else "ok", _sentence(tally, now_us), todo)


def can_hold(config: GatewayConfig) -> bool:
    """Whether any guard may put something before a person."""
    guards = (route.guard for route in config.routes.values())
    return any(GuardAction.HOLD in guard.actions.values() for guard in guards if guard is not None)


def backlog_document(backlog: Backlog | None) -> dict[str, Any] | None:
    """The same as JSON."""
    if backlog is None:
        return None
    tally, is_known = backlog.tally, backlog.mood != "unknown"
    return {
        "mood": backlog.mood,
        "sentence": backlog.sentence,
        "waiting": tally.waiting if is_known else None,
        "late": tally.late if is_known else None,
        "oldest_asked_at": _moment(tally.oldest_at_us),
        "next_expires_at": _moment(tally.next_expires_at_us),
        "expired_last_day": tally.expired if is_known else None,
    }


def add_backlog(answers: Mapping[str, str], backlog: Backlog | None) -> dict[str, str]:
    """The answers on top of the inbox, with what waits for a decision. An alert goes first."""
    if backlog is None or not backlog.is_worth_saying:
        return dict(answers)
    mood = backlog.mood if answers["mood"] == "ok" else answers["mood"]
    how = f"{answers['how']} {backlog.sentence}"
    return {**answers, "how": how, "mood": mood, "todo": answers["todo"] or backlog.todo}


def _sentence(tally: Tally, now_us: int) -> str:
    waiting = "No review waits for a decision."
    if tally.oldest_at_us is not None and tally.next_expires_at_us is not None:
        wait = "waits" if tally.waiting == 1 else "wait"
        since, until = _length(now_us - tally.oldest_at_us), _length(tally.next_expires_at_us - now_us)
        oldest = f"for {since}; it" if tally.waiting == 1 else f"the oldest for {since}; the next"
        waiting = f"{plural(tally.waiting, 'reviews')} {wait} for a decision, {oldest} expires in {until}."
    if not tally.expired:
        return waiting
    return f"{waiting} {plural(tally.expired, 'reviews')} expired in the last 24 h: nobody decided in time."


def _length(us: int) -> str:
    return format_duration(max(0, us) // US_PER_SECOND)


def _moment(at_us: int | None) -> str | None:
    return None if at_us is None else isoformat(at_us)
