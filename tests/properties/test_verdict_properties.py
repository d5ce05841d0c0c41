"""What the verdict function promises for every estimate: total, exactly the table, monotone, never green by absence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.estimate import Estimate, Need
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import Limits, Status, Verdict, judge_verdict, read_status, worst_status

#: Few distinct numbers, so that bounds often meet limits exactly; and any number there is.
NUMBERS = st.integers(0, 8).map(lambda eighth: eighth / 8) | st.floats(allow_nan=False, allow_infinity=True)
SEVERITY = {Status.OK: 0, Status.UNKNOWN: 1, Status.PARTIAL: 1, Status.WARNING: 2, Status.BREACH: 3}


@st.composite
def estimates(draw: st.DrawFn, *, gaps: bool = True) -> Estimate:
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    missing = st.none() | NUMBERS if gaps else st.none()
    return Estimate(
        value=draw(st.none() | NUMBERS) if gaps else low,
        unit="ratio",
        low=low,
        high=high,
        level_low=0.999,
        level_high=0.95,
        n=draw(st.sampled_from([0.0, 0.5, 1.0, 1e9])) if gaps else 10.0,
        method="any",
        window=Window(0, 1),
        coverage=draw(st.floats(0, 1)),
        as_of_us=draw(st.integers(0, 100)),
        watermark_us=0,
        if_missing_good=draw(missing),
        if_missing_bad=draw(missing),
        needs=Need(1, "requests"),
        reasons=draw(st.sampled_from([(), ("silent",), ("sampling_unknown",)])) if gaps else (),
    )


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    larger_is_worse = draw(st.booleans())
    first, second = sorted((draw(NUMBERS), draw(NUMBERS)), reverse=not larger_is_worse)
    return Limits(first, draw(st.sampled_from([None, second])), larger_is_worse)


def judged(estimate: Estimate, against: Limits, now_us: int = 0) -> Verdict:
    return judge_verdict(estimate, against, now_us=now_us, valid_for_us=100)


@settings(max_examples=400, deadline=None)
@given(estimates(), limits(), st.integers(0, 1_000))
def test_every_estimate_has_a_verdict(estimate: Estimate, against: Limits, now_us: int) -> None:
    verdict = judged(estimate, against, now_us)
    assert verdict.status in Status
    assert (verdict.status is Status.STALE) == (now_us > estimate.as_of_us + 100)
    assert verdict.proved <= (verdict.status is Status.OK)
    decided = verdict.status in (Status.OK, Status.WARNING, Status.BREACH)
    assert (verdict.needs is None) == decided
    assert judged(estimate, against, now_us) == verdict


@settings(max_examples=600, deadline=None)
@given(estimates(gaps=False), limits())
def test_without_gaps_it_is_the_table_and_nothing_else(estimate: Estimate, against: Limits) -> None:
    if against.larger_is_worse:
        t, lo, hi = against.target, estimate.low, estimate.high
        a = against.target if against.alert is None else against.alert
    else:
        t, lo, hi = -against.target, -estimate.high, -estimate.low
        a = -(against.target if against.alert is None else against.alert)
    rows = {
        Status.BREACH: lo > a,
        Status.WARNING: t < lo <= a,
        Status.OK: lo <= t and hi <= a,
    }
    matching = [status for status, applies in rows.items() if applies] or [Status.UNKNOWN]
    verdict = judged(estimate, against)
    assert [verdict.status] == matching
    assert verdict.proved == (verdict.status is Status.OK and hi <= t)


@settings(max_examples=400, deadline=None)
@given(estimates(gaps=False), limits(), NUMBERS, NUMBERS)
def test_worse_bounds_never_read_better(estimate: Estimate, against: Limits, first: float, second: float) -> None:
    """Replacing low and high by worse ones, each alone or both, never lowers the severity."""
    low, high = estimate.low, estimate.high
    if against.larger_is_worse:
        worse = (max(low, first), max(high, second, first))
    else:
        worse = (min(low, second, first), min(high, first))
    after = replace(estimate, low=min(worse), high=max(worse))
    assert SEVERITY[judged(after, against).status] >= SEVERITY[judged(estimate, against).status]


@settings(max_examples=400, deadline=None)
@given(estimates(), limits(), NUMBERS)
def test_a_looser_limit_never_reads_worse(estimate: Estimate, against: Limits, other: float) -> None:
    alert = against.target if against.alert is None else against.alert
    looser: Any = max if against.larger_is_worse else min
    for loosened in (
        Limits(against.target, looser(alert, other), against.larger_is_worse),
        Limits(looser(against.target, other), looser(alert, other), against.larger_is_worse),
    ):
        before = judged(estimate, against, estimate.as_of_us).status
        after = judged(estimate, loosened, estimate.as_of_us).status
        assert SEVERITY[after] <= SEVERITY[before]


@settings(max_examples=400, deadline=None)
@given(estimates(), limits())
def test_more_missing_never_turns_doubt_into_an_answer(estimate: Estimate, against: Limits) -> None:
    """With everything missing counted both ways at its extreme, nothing is proved that was not."""
    worst, best = (float("inf"), float("-inf")) if against.larger_is_worse else (float("-inf"), float("inf"))
    missing = replace(estimate, if_missing_good=best, if_missing_bad=worst)
    status = judged(missing, against).status
    if against.target not in (worst, best) and against.alert not in (worst, best):
        assert status in (Status.UNKNOWN, Status.PARTIAL)


@settings(max_examples=400, deadline=None)
@given(estimates(), limits(), NUMBERS)
def test_a_gap_can_only_take_an_answer_away(estimate: Estimate, against: Limits, missing: float) -> None:
    whole = replace(estimate, if_missing_good=None, if_missing_bad=None)
    before = judged(whole, against, estimate.as_of_us).status
    after = judged(replace(whole, if_missing_good=missing), against, estimate.as_of_us).status
    assert SEVERITY[after] <= max(SEVERITY[before], 1)
    after = judged(replace(whole, if_missing_bad=missing), against, estimate.as_of_us).status
    assert SEVERITY[after] >= min(SEVERITY[before], 1)
    assert (after is Status.BREACH) == (before is Status.BREACH)


@settings(max_examples=200, deadline=None)
@given(estimates(), limits(), st.integers(0, 400), st.integers(0, 400))
def test_silence_never_stays_green(estimate: Estimate, against: Limits, decided: int, read: int) -> None:
    verdict = judged(estimate, against, decided)
    if read > verdict.valid_until_us:
        assert read_status(verdict, read) is Status.STALE
    else:
        assert read_status(verdict, read) is verdict.status


@settings(deadline=None)
@given(st.lists(st.sampled_from(Status)))
def test_a_summary_is_ok_only_when_all_are(statuses: list[Status]) -> None:
    assert (worst_status(tuple(statuses)) is Status.OK) == (bool(statuses) and set(statuses) == {Status.OK})
    assert worst_status(tuple(statuses)) is worst_status(tuple(reversed(statuses)))
