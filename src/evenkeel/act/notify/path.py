"""The alert path's own objective: 99.9 % of messages delivered within 10 s, over 30 days. Pure.

Judged as everything is: by exact bounds. It is kept only where even the upper bound of what was late is small enough,
missed only where even the lower one is too large, and unknown between: an hourly page alone cannot show 99.9 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.stats.binomial import lower_bound, needed_for_upper, upper_bound
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND
from evenkeel.kernel.verdict import Status

TARGET: Final = 0.999
IN_TIME_US: Final = 10 * US_PER_SECOND
WINDOW_US: Final = 30 * US_PER_DAY
#: One-sided, as verdicts have it.
ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True)
class PathStanding:
    """How the alert path stands."""

    status: Status
    sentence: str
    messages: int
    late: int  # delivered after more than 10 s, not yet after that time, or given up
    in_time_low: float  # bounds of the share in time
    in_time_high: float


def judge_path(messages: int, late: int) -> PathStanding:
    """How the path stands after so many messages.

    >>> judge_path(0, 0).status, judge_path(720, 0).status, judge_path(3000, 0).status, judge_path(720, 9).status
    (<Status.UNKNOWN: 'unknown'>, <Status.UNKNOWN: 'unknown'>, <Status.OK: 'ok'>, <Status.BREACH: 'breach'>)
    """
    if messages <= 0:
        sentence = "Nothing was sent in 30 days: nothing is known of the alert path."
        return PathStanding(Status.UNKNOWN, sentence, 0, 0, 0.0, 1.0)
    low, high = lower_bound(late, messages, ALPHA), upper_bound(late, messages, ALPHA)
    allowed = 1.0 - TARGET
    status = Status.OK if high <= allowed else Status.BREACH if low > allowed else Status.UNKNOWN
    interval = f"[{100 * (1 - high):.2f}–{100 * (1 - low):.2f} %]"
    share = f"{messages - late:,} of {messages:,} messages were delivered within 10 s {interval} in 30 days"
    if status is Status.OK:
        said = f"{share}: 99.9 % is kept."
    elif status is Status.BREACH:
        said = f"{share}: 99.9 % is missed."
    elif late:
        said = f"{share}: too few to tell whether 99.9 % is kept."
    else:
        said = f"{share}: none late, but {needed_for_upper(allowed, ALPHA):,} are needed to show 99.9 %."
    return PathStanding(status, said, messages, late, 1.0 - high, 1.0 - low)
