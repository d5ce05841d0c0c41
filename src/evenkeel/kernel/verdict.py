"""The verdict function of DESIGN §2: pure, total, monotone.

Oriented so that larger is worse. T is the target, A the alert, [lo, hi] the bounds that decide:

    breach   lo > A
    warning  T < lo <= A
    ok       lo <= T and hi <= A
    unknown  otherwise, with what would settle it

Where telemetry is missing, the missing part is first counted as good: what still breaches is a breach.
Then it is counted as bad: what is still ok is ok. Between the two the verdict is `partial`, as it is
while the labels of the window are still to come, whatever those at hand say. After
`valid_until` a verdict reads `stale`, whatever its writer does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from evenkeel.kernel.estimate import Estimate, Need


class Status(StrEnum):
    """How a service stands against one objective."""

    BREACH = "breach"
    WARNING = "warning"
    UNKNOWN = "unknown"
    PARTIAL = "partial"
    STALE = "stale"
    OK = "ok"


#: Worst first: what a list is sorted by and what a summary of several shows.
RISK_ORDER: Final[tuple[Status, ...]] = (
    Status.BREACH,
    Status.WARNING,
    Status.STALE,
    Status.PARTIAL,
    Status.UNKNOWN,
    Status.OK,
)


#: Labels of the window are still to come: early ones are seldom a fair sample, so that no bound of them decides.
IMMATURE: Final = frozenset(("immature_labels", "label_arrival_unknown", "labels_overdue"))

#: What was looked at may be unlike the whole.
_OF_A_PART: Final = frozenset(("sampling_unknown", "days_missing"))


@dataclass(frozen=True, slots=True)
class Limits:
    """Target and alert of an objective, in the unit of its estimate.

    `larger_is_worse` is False for indicators such as availability, where a smaller value is worse.
    Without an alert, the target is the alert.
    """

    target: float
    alert: float | None = None
    larger_is_worse: bool = True

    def __post_init__(self) -> None:
        target, alert = self.oriented()
        if alert < target:
            msg = f"the alert ({self.alert}) must not be stricter than the target ({self.target})"
            raise ValueError(msg)

    def oriented(self) -> tuple[float, float]:
        """(T, A) with larger meaning worse."""
        sign = 1.0 if self.larger_is_worse else -1.0
        alert = self.target if self.alert is None else self.alert
        return sign * self.target, sign * alert


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status with everything it was decided from."""

    status: Status
    estimate: Estimate
    limits: Limits
    decided_at_us: int
    valid_until_us: int
    objective_version: str = ""
    proved: bool = False  # the better side of the target is itself proved: hi <= T
    reasons: tuple[str, ...] = ()
    needs: Need | None = None


def judge_verdict(
    estimate: Estimate, limits: Limits, *, now_us: int, valid_for_us: int, objective_version: str = ""
) -> Verdict:
    """The verdict on `estimate` at `now_us`, valid for `valid_for_us` microseconds from its `as_of_us`.

    Total: every estimate has a verdict; nothing raises.
    """
    status, proved = _decide(estimate, limits)
    reasons = estimate.reasons
    if not _OF_A_PART.isdisjoint(reasons) and status is not Status.UNKNOWN:
        status = Status.PARTIAL
    if not IMMATURE.isdisjoint(reasons):
        status = Status.PARTIAL
    valid_until_us = estimate.as_of_us + valid_for_us
    if now_us > valid_until_us:
        status, reasons = Status.STALE, (*reasons, "expired")
    decided = status in (Status.OK, Status.BREACH, Status.WARNING)
    return Verdict(
        status=status,
        estimate=estimate,
        limits=limits,
        decided_at_us=now_us,
        valid_until_us=valid_until_us,
        objective_version=objective_version,
        proved=proved and status is Status.OK,
        reasons=reasons,
        needs=None if decided else estimate.needs,
    )


def end_early(verdict: Verdict, end_us: int, now_us: int) -> Verdict:
    """The same verdict, valid no longer than until `end_us`; `stale` where that has passed."""
    if end_us >= verdict.valid_until_us:
        return verdict
    if now_us <= end_us:
        return replace(verdict, valid_until_us=end_us)
    return replace(
        verdict,
        status=Status.STALE,
        valid_until_us=end_us,
        proved=False,
        reasons=(*verdict.reasons, "expired"),
        needs=verdict.estimate.needs,
    )


#: Clocks of one machine may be read out of order by this much; a verdict from further in the future has no age.
SKEW_US: Final = 5_000_000


def read_status(verdict: Verdict, now_us: int) -> Status:
    """The status as of now: the stored one, or `stale` once it has expired, or if the clock was set back since."""
    is_current = verdict.decided_at_us - SKEW_US <= now_us <= verdict.valid_until_us
    return verdict.status if is_current else Status.STALE


def worst_status(statuses: tuple[Status, ...]) -> Status:
    """The status that a summary of several shows; of none, `unknown`."""
    return min(statuses, key=RISK_ORDER.index, default=Status.UNKNOWN)


def _decide(estimate: Estimate, limits: Limits) -> tuple[Status, bool]:
    """The status, and whether the better side of the target is proved."""
    if estimate.value is None or estimate.n <= 0:
        return Status.UNKNOWN, False
    target, alert = limits.oriented()
    low, high, best, worst = _oriented_bounds(estimate, limits)
    if best > alert:
        return Status.BREACH, False
    if best > target:
        return Status.WARNING, False
    if low <= target and worst <= alert:
        return Status.OK, worst <= target
    has_gap = best < low or worst > high
    return (Status.PARTIAL if has_gap else Status.UNKNOWN), False


def _oriented_bounds(estimate: Estimate, limits: Limits) -> tuple[float, float, float, float]:
    """(low, high, low if what is missing was good, high if it was bad), larger meaning worse."""
    good, bad = estimate.if_missing_good, estimate.if_missing_bad
    if limits.larger_is_worse:
        low, high = estimate.low, estimate.high
    else:
        low, high = -estimate.high, -estimate.low
        good = None if good is None else -good
        bad = None if bad is None else -bad
    return low, high, low if good is None else min(low, good), high if bad is None else max(high, bad)
