"""Pulling: what each query is asked next, and what becomes of the answer.

A minute is asked for once it is complete there, and again for a while, because sources complete their minutes
late. A source that is away is asked for the same minutes later; only what it then no longer knows stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from evenkeel.kernel.errors import EvenkeelError, InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE, US_PER_SECOND, Window, floor_minute
from evenkeel.observe.sources.model import PulledQuery, PullState, SourceMinute
from evenkeel.observe.sources.prometheus import MINUTES_MAX, Prometheus
from evenkeel.observe.sources.records import save_pull, save_trouble
from evenkeel.store.records.engine import Records

#: Minutes before the last pulled one that are asked for again.
LATE_US: Final = 5 * US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class PullPlan:
    """How a source is pulled."""

    every_s: int = 60
    delay_s: int = 60  # a minute is complete this long after its end
    backfill_days: int = 7


def next_window(state: PullState | None, plan: PullPlan, now_us: int) -> Window | None:
    """The minutes to ask for next, at most what one answer holds; None when nothing new is complete.

    >>> day = 20_000 * US_PER_DAY
    >>> first = next_window(None, PullPlan(backfill_days=1), day)
    >>> first.minutes, (day - first.end_us) // US_PER_MINUTE
    (1440.0, 1)
    """
    complete_us = floor_minute(now_us - plan.delay_s * US_PER_SECOND)
    oldest_us = complete_us - plan.backfill_days * US_PER_DAY
    # Pulled beyond what there can be: the clock ran ahead, and what was asked for then was not there yet.
    ran_ahead = state is not None and state.pulled_until_us > complete_us + US_PER_MINUTE
    if state is None or state.pulled_until_us == 0 or ran_ahead:
        start_us = oldest_us
    elif state.pulled_until_us >= complete_us:
        return None
    else:
        start_us = max(oldest_us, state.pulled_until_us - LATE_US)
    end_us = min(complete_us, start_us + MINUTES_MAX * US_PER_MINUTE)
    return Window(start_us, end_us) if end_us > start_us else None


def is_due(state: PullState | None, plan: PullPlan, now_us: int) -> bool:
    """Whether it is time to ask again."""
    if state is None or now_us < state.pulled_at_us:  # never, or the clock was set back
        return True
    behind = not state.trouble and now_us - state.pulled_until_us > US_PER_DAY  # still catching up
    return behind or now_us - state.pulled_at_us >= plan.every_s * US_PER_SECOND


@dataclass(frozen=True, slots=True)
class Puller:
    """Pulls the queries of one source."""

    records: Records
    client: Prometheus
    plan: PullPlan

    def pull(self, query: PulledQuery, state: PullState | None, now_us: int) -> PullState:
        """Ask for the next minutes and keep the answer; answers the new state, which says what went wrong."""
        known = state or PullState(query.id, query.source, 0, 0)
        window = next_window(state, self.plan, now_us)
        if window is None:
            return replace(known, pulled_at_us=now_us)
        try:
            minutes, doubt = fetch_minutes(self.client, query, window)
        except EvenkeelError as error:
            troubled = _troubled(replace(known, pulled_at_us=now_us), f"{error.message} {error.hint}", now_us)
            save_trouble(self.records, troubled)
            return troubled
        done = replace(known, pulled_until_us=window.end_us, pulled_at_us=now_us, minutes=len(minutes))
        done = _troubled(done, doubt, now_us)
        save_pull(self.records, done, window, minutes)
        return done


def fetch_minutes(client: Prometheus, query: PulledQuery, window: Window) -> tuple[list[SourceMinute], str]:
    """(minutes that the source knows, what looks wrong about them). Raises SourceAwayError, InvalidInputError."""
    part = client.minutes(query.part, window)
    if query.raw:
        shares = {at: share if query.raw_failure else 1.0 - share for at, share in part.items()}
        if any(not -1e-9 <= share <= 1.0 + 1e-9 for share in shares.values()):
            raise InvalidInputError("The query `raw` yields what is no share.", hint="It yields numbers from 0 to 1.")
        return [SourceMinute(at, 1.0, min(1.0, max(0.0, share))) for at, share in sorted(shares.items())], ""
    total = client.minutes(query.total, window)
    # Without its part a total says nothing: taking what is absent for 0 would be green for a mistyped query.
    both = sorted(total.keys() & part.keys())
    minutes = [_minute(at, total[at], part[at], is_good=bool(query.good)) for at in both]
    doubt = ""
    if any(total[at] > 0 for at in total.keys() - part.keys()):
        name = "good" if query.good else "bad"
        doubt = f"`total` yields numbers where `{name}` yields none. If that means 0, write `… or vector(0)`."
    return minutes, doubt


def _minute(at_us: int, total: float, part: float, *, is_good: bool) -> SourceMinute:
    """Extrapolated increases are no whole numbers, and the part may exceed its total by a little."""
    whole = max(0.0, total)
    bad = whole - part if is_good else part
    return SourceMinute(at_us, whole, min(whole, max(0.0, bad)))


def _troubled(state: PullState, sentence: str, now_us: int) -> PullState:
    """The state with its trouble, which is as old as the first pull that met with any; or with none."""
    if not sentence:
        return replace(state, trouble="", trouble_since_us=None)
    return replace(state, trouble=sentence, trouble_since_us=state.trouble_since_us or now_us)
