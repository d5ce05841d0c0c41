"""Estimate of availability: good minutes of all minutes, minutes without evidence unknown.

Availability describes the very minutes of its window, so the doubt about an `ok` is not sampling but the
minutes nobody saw: they widen the interval (SPEC SLO-4). A breach must moreover be more than noise: a
minute with one request in it is bad when that one fails, so the bad side is decided by the sequential
bound over minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_HOUR
from evenkeel.kernel.verdict import Limits
from evenkeel.store.telemetry.port import MinuteRow

#: Share of failing requests that makes a minute bad (SPEC C).
BAD_SHARE = 0.5


#: Failures of probes further apart than this are not in a row: too much may have been between them.
RUN_APART_US = US_PER_HOUR


@dataclass(frozen=True, slots=True)
class MinuteCounts:
    """Minutes of a stretch of time: with evidence, and bad ones among them."""

    known: int
    bad: int


def is_bad_minute(row: MinuteRow, before: MinuteRow | None = None, after: MinuteRow | None = None) -> bool:
    """Whether at least half of the minute's requests failed, or two probes in a row did.

    `before` and `after` are the nearest minutes with probes, for a run of failures may lie across the border
    of two minutes. A minute in which any probe succeeded holds no such run: counts have no order.
    """
    if _only_fails(row) and (row.probes_bad >= 2 or _goes_on(row, before) or _goes_on(row, after)):
        return True
    return row.requests > 0 and row.bad >= BAD_SHARE * row.requests


def _only_fails(row: MinuteRow) -> bool:
    return row.probes_bad > 0 and not row.probes_good


def _goes_on(row: MinuteRow, other: MinuteRow | None) -> bool:
    """Whether the neighbour's probes failed as well, soon enough to be of the same failure."""
    return other is not None and _only_fails(other) and abs(other.at - row.at) <= RUN_APART_US


def has_evidence(row: MinuteRow) -> bool:
    """Whether the minute says anything about availability."""
    return row.requests > 0 or row.probes_good + row.probes_bad > 0


def count_each(rows: Sequence[MinuteRow]) -> list[tuple[int, MinuteCounts]]:
    """(start, counts) of each minute with evidence, of one-minute rows in order; each is judged beside the others."""
    probed = [row for row in rows if row.probes_good + row.probes_bad > 0]
    neighbours = {
        row.at: (before, after)
        for before, row, after in zip([None, *probed], probed, [*probed[1:], None], strict=False)
    }
    return [
        (row.at, MinuteCounts(1, int(is_bad_minute(row, *neighbours.get(row.at, (None, None))))))
        for row in rows
        if has_evidence(row)
    ]


def count_minutes(rows: Sequence[MinuteRow]) -> MinuteCounts:
    """Known and bad minutes of one-minute rows, in order."""
    counts = [count for _, count in count_each(rows)]
    return MinuteCounts(len(counts), sum(count.bad for count in counts))


def estimate_availability(parts: Sequence[MinuteCounts], limits: Limits, given: Circumstances) -> Estimate:
    """Availability of the window from its minutes; each of `parts` is one cluster (a minute, or an hour).

    `given.window` must end with a whole minute; all its minutes without evidence are missing.
    """
    known = sum(part.known for part in parts)
    bad = sum(part.bad for part in parts)
    whole = max(known, round(given.window.minutes))
    heard = [part for part in parts if part.known]
    bounds = given.bounds([part.known for part in heard], [part.bad for part in heard], by="minute")
    missing = whole - known
    bad_share_low = bounds.low if known else 0.0
    alert = limits.target if limits.alert is None else limits.alert
    # With this share of the minutes unseen, not even a clean rest could prove an ok.
    settled = whole - int((1.0 - alert) * whole)
    scaled = bad_share_low * known / whole if whole else 0.0
    return Estimate(
        value=1.0 - bad / known if known else None,
        unit="ratio",
        low=1.0 - bad / known if known else 0.0,
        high=1.0 - bad_share_low,
        level_low=1 - given.alpha_low,
        level_high=1.0,
        n=known,
        method=f"minutes seen; breach by {bounds.method}",
        window=given.window,
        coverage=known / whole if whole else 0.0,
        as_of_us=given.as_of_us,
        watermark_us=given.watermark_us,
        shown_low=1.0 - (bad + missing) / whole if whole else None,
        shown_high=1.0 - bad / whole if whole else None,
        if_missing_good=1.0 - scaled if missing else None,
        if_missing_bad=1.0 - (bad + missing) / whole if missing else None,
        bad=bad,
        needs=given.need(max(1, settled - known), "minutes with requests or probes", known),
        reasons=given.reasons + (("minutes_without_evidence",) if missing else ()),
        evidence=given.evidence,
        parts={"minutes_good": known - bad, "minutes_bad": bad, "minutes_unknown": missing},
    )
