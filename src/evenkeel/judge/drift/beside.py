"""What a version held in the hours in which the next one was asked: a night beside whole days is no change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from evenkeel.judge.drift.baseline import by_feature
from evenkeel.judge.drift.chance import seeded
from evenkeel.judge.drift.rhythm import of_same_rhythm
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: A version with rows on more days than these has next to all hours alike.
_DAYS_BY_HOUR_MAX: Final = 7
#: The latest days of the version before that are read by the hour, and features at a time: some ten thousand counts.
_DAYS_BEFORE: Final = 7
_FEATURES_READ: Final = 60

#: The most of the newer version's rows that may lie in hours of the clock that the one before never had. Were all of
#: these drift, they would move at most a tenth of the rows; beyond it the two are not compared. Ours, not measured.
_UNSEEN_MAX: Final = 0.1

ByStep = Mapping[str, Mapping[int, Counts]]


def counts_before(
    telemetry: Telemetry, key: ServiceKey, versions: tuple[str, str], window: Window, days: tuple[ByStep, ByStep]
) -> dict[str, Counts]:
    """What a version of (newer, before) is compared with, by feature; none of a feature whose hours were never seen.

    `days` are the counts by day, of the newer version in the window and of the one before.
    """
    now, then = days
    made = {name: merge(list(steps.values())) for name, steps in then.items() if steps}
    held = sorted({at // US_PER_DAY * US_PER_DAY for steps in now.values() for at in steps})
    if not 0 < len(held) <= _DAYS_BY_HOUR_MAX:
        return made
    asked = Window(max(held[0], window.start_us), window.end_us)
    names = list(made)
    for place in range(0, len(names), _FEATURES_READ):
        chosen = names[place : place + _FEATURES_READ]
        latest = {name: sorted(then[name])[-_DAYS_BEFORE:] for name in chosen}
        span = Window(min(each[0] for each in latest.values()), max(each[-1] for each in latest.values()) + US_PER_DAY)
        inside = telemetry.feature_rows(key, asked, versions[0], chosen)
        before = _by_hour(telemetry, key, versions[1], span, chosen)
        for name in chosen:
            hours = before.get(name, {}), inside.get(name, {})
            alike = of_same_rhythm(hours[0], latest[name], hours[1], seeded())
            if alike == () or _unseen(*hours) > _UNSEEN_MAX:
                del made[name]
            elif alike is not None:
                made[name] = merge(alike)
    return made


def _unseen(before: Mapping[int, Counts], now: Mapping[int, int]) -> float:
    """The share of rows in hours of the clock in which there were none before."""
    seen = {at % US_PER_DAY for at, counts in before.items() if counts.n}
    return sum(rows for at, rows in now.items() if at % US_PER_DAY not in seen) / max(1, sum(now.values()))


def _by_hour(
    telemetry: Telemetry, key: ServiceKey, version: str, window: Window, features: Sequence[str]
) -> dict[str, dict[int, Counts]]:
    return by_feature(telemetry.feature_counts(key, window, step="hour", features=features), version)
