"""How often a service is heard from, and the holes where it should have been.

Without heartbeats the cadence is learned. For traffic that comes independently at a mean interval τ, a
silence of 24 τ happens by chance once in e^24 (26 billion) intervals; traffic in bursts is bounded by the
mean gap between minutes that hold anything. A silence of more than twice the cadence is a hole: what
happened in it is missing, not good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.objectives.model import WindowName
from evenkeel.kernel.event import Kind
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.kernel.verdict import Status, Verdict, end_early
from evenkeel.observe.probes.model import FOR_AVAILABILITY, HERE
from evenkeel.store.telemetry.probe_port import ProbeRow

INTERVALS: Final = 12.0  # half of the silence, in mean intervals, that is not chance
GAPS: Final = 5.0  # the same for gaps between active minutes
CADENCE_MIN_S: Final = 20.0  # exporters send every 5 s; below this their pauses would read as silence
CADENCE_MAX_S: Final = 6 * 3_600.0
#: Where too little was seen to learn from, an hour's silence is a hole; after a busy first minute, ten minutes'.
CADENCE_UNKNOWN_S: Final = 1_800.0
CADENCE_NEW_S: Final = 300.0
BUSY_SIGNALS: Final = 30.0
#: A probe from elsewhere that was silent for longer than this and than three of its intervals was ended by somebody.
PROBE_ENDED_US: Final = US_PER_HOUR
#: Events that tell of earlier ones.
LIFELESS: Final = frozenset((Kind.OUTCOME, Kind.FEEDBACK, Kind.REVIEW, Kind.VALUE, Kind.COST))
#: With this many active minutes in the last hour, its gaps are known without the night before.
KNOWN_MINUTES: Final = 30


@dataclass(frozen=True, slots=True)
class Activity:
    """A minute in which a service was heard from."""

    at_us: int
    signals: float  # requests, heartbeats and probes


@dataclass(frozen=True, slots=True)
class Coverage:
    """The part of a window in which the service was heard from."""

    share: float
    missing_s: float
    holes: tuple[Window, ...]


def learn_cadence_s(activity: Sequence[Activity]) -> float:
    """The expected interval between signs of life, in seconds, from the minutes that held any.

    >>> busy = [Activity(minute * US_PER_MINUTE, 120) for minute in range(60)]
    >>> learn_cadence_s(busy)
    20.0
    >>> learn_cadence_s([])
    1800.0
    """
    if len(activity) < 2:
        is_busy = bool(activity) and activity[0].signals >= BUSY_SIGNALS
        return CADENCE_NEW_S if is_busy else CADENCE_UNKNOWN_S
    recent = [minute for minute in activity if minute.at_us > activity[-1].at_us - US_PER_HOUR]
    chosen = recent if len(recent) >= 2 else list(activity[-2:])
    span_s = (chosen[-1].at_us - chosen[0].at_us) / US_PER_SECOND + 60.0
    interval_s = span_s / sum(minute.signals for minute in chosen)
    telling = recent if len(recent) >= KNOWN_MINUTES else activity
    mean_gap_s = (telling[-1].at_us - telling[0].at_us) / US_PER_SECOND / (len(telling) - 1)
    bursts_s = GAPS * mean_gap_s if mean_gap_s > 75.0 else 0.0
    return min(CADENCE_MAX_S, max(CADENCE_MIN_S, INTERVALS * interval_s, bursts_s))


def probed_cadence_s(rows: Sequence[ProbeRow], now_us: int) -> float | None:
    """How often probes that are not configured here say they ask the service itself, seconds; None where none does.

    Our own prober runs what is configured and nothing else: a probe of it that the configuration does not tell of
    was taken out.
    """
    heard = (
        row.last_every_s
        for row in rows
        if row.last_every_s is not None
        and row.kind in FOR_AVAILABILITY
        and row.vantage != HERE
        and now_us - row.last_at <= max(PROBE_ENDED_US, 3 * row.last_every_s * US_PER_SECOND)
    )
    every_s = min(heard, default=None)
    return None if every_s is None else max(CADENCE_MIN_S, every_s)


def find_coverage(activity: Sequence[Activity], window: Window, cadence_s: float, *, heard_until_us: int) -> Coverage:
    """Which part of `window` is covered. `heard_until_us` is the exact time of the latest sign of life.

    A hole begins after the last minute before it and ends with the first one after it. Before the first
    activity of all there is nothing to miss if the service did not exist: pass a window that starts then.

    >>> minutes = [Activity(i * US_PER_MINUTE, 60) for i in [*range(60), *range(240, 300)]]
    >>> day = Window(0, 300 * US_PER_MINUTE)
    >>> find_coverage(minutes, day, 20.0, heard_until_us=day.end_us).share
    0.4
    """
    allowed_us = max(2 * cadence_s * US_PER_SECOND, US_PER_MINUTE)
    holes: list[Window] = []
    heard_us = window.start_us
    for minute in activity:
        if minute.at_us >= window.end_us:
            break
        if minute.at_us - heard_us > allowed_us:
            holes.append(Window(heard_us, minute.at_us))
        heard_us = max(heard_us, minute.at_us + US_PER_MINUTE)
    if heard_until_us < window.end_us:
        heard_us = max(window.start_us, min(heard_us, heard_until_us))
        if window.end_us - heard_us > 2 * cadence_s * US_PER_SECOND:
            holes.append(Window(heard_us, window.end_us))
    missing_s = sum(hole.seconds for hole in holes)
    share = 1.0 - missing_s / window.seconds if window.seconds else 1.0
    return Coverage(max(0.0, min(1.0, share)), missing_s, tuple(holes))


def is_silent(last_at_us: int, cadence_s: float, now_us: int) -> bool:
    """Whether a service has been quiet for more than twice its cadence."""
    return now_us > silent_from_us(last_at_us, cadence_s)


def has_shown_life(kinds: frozenset[str]) -> bool:
    """Whether a service ever proved life: of one that sent nothing but ratings and outcomes no silence is missed."""
    return not kinds <= LIFELESS


def silent_from_us(last_at_us: int, cadence_s: float) -> int:
    """The last moment at which a service that has not been heard from since `last_at_us` is not yet silent."""
    return last_at_us + int(2 * cadence_s * US_PER_SECOND)


def while_heard(verdict: Verdict, name: WindowName, silent_us: int, now_us: int) -> Verdict:
    """Silence never stays green: what is not bad news holds no longer than twice the cadence.

    A report is of the past.
    """
    if name is WindowName.REPORT or verdict.status in (Status.BREACH, Status.WARNING):
        return verdict
    return end_early(verdict, silent_us, now_us)
