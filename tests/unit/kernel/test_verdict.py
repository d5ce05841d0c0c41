"""The verdict function, row by row of DESIGN §2's table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.kernel.estimate import Estimate, Need
from evenkeel.kernel.time import Window
from evenkeel.kernel.verdict import (
    RISK_ORDER,
    Limits,
    Status,
    Verdict,
    end_early,
    judge_verdict,
    read_status,
    worst_status,
)

LIMITS = Limits(0.001, 0.005)
NEED = Need(350, "requests", 21_600.0)


def estimate(low: float, high: float, **more: object) -> Estimate:
    base = Estimate(
        value=(low + high) / 2,
        unit="ratio",
        low=low,
        high=high,
        level_low=0.999,
        level_high=0.95,
        n=1_000,
        method="exact",
        window=Window(0, 60),
        coverage=1.0,
        as_of_us=100,
        watermark_us=100,
        needs=NEED,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def judged(given: Estimate, limits: Limits = LIMITS, now_us: int = 100) -> Verdict:
    return judge_verdict(given, limits, now_us=now_us, valid_for_us=50, objective_version="v")


@pytest.mark.parametrize(
    ("low", "high", "status", "proved"),
    [
        (0.0051, 0.9, Status.BREACH, False),
        (0.005, 0.9, Status.WARNING, False),  # lo = A is not beyond it
        (0.0011, 0.005, Status.WARNING, False),
        (0.001, 0.005, Status.OK, False),  # lo = T and hi = A are both within
        (0.0, 0.0011, Status.OK, False),
        (0.0, 0.001, Status.OK, True),  # hi = T is proved
        (0.0, 0.0, Status.OK, True),
        (0.001, 0.0051, Status.UNKNOWN, False),
        (0.0, 1.0, Status.UNKNOWN, False),
    ],
)
def test_the_table_holds_at_its_edges(low: float, high: float, status: Status, proved: bool) -> None:
    verdict = judged(estimate(low, high))
    assert (verdict.status, verdict.proved) == (status, proved)


@pytest.mark.parametrize(
    ("low", "high", "status", "proved"),
    [
        (0.9, 0.9849, Status.BREACH, False),
        (0.9, 0.985, Status.WARNING, False),
        (0.985, 0.9899, Status.WARNING, False),
        (0.985, 0.99, Status.OK, False),
        (0.99, 0.999, Status.OK, True),
        (0.98, 0.999, Status.UNKNOWN, False),
    ],
)
def test_where_smaller_is_worse_the_table_is_mirrored(low: float, high: float, status: Status, proved: bool) -> None:
    verdict = judged(estimate(low, high), Limits(0.99, 0.985, larger_is_worse=False))
    assert (verdict.status, verdict.proved) == (status, proved)


def test_without_an_alert_the_target_is_the_alert() -> None:
    limits = Limits(0.001)
    assert judged(estimate(0.0011, 0.002), limits).status is Status.BREACH
    assert judged(estimate(0.0, 0.001), limits).status is Status.OK
    assert judged(estimate(0.0, 0.0011), limits).status is Status.UNKNOWN


@pytest.mark.parametrize(("target", "alert", "larger"), [(0.005, 0.001, True), (0.985, 0.99, False)])
def test_an_alert_stricter_than_its_target_is_refused(target: float, alert: float, larger: bool) -> None:
    with pytest.raises(ValueError, match="must not be stricter"):
        Limits(target, alert, larger)


@pytest.mark.parametrize("given", [estimate(0.0, 1.0, value=None), estimate(0.0, 0.0, n=0), estimate(0.9, 1.0, n=0)])
def test_without_evidence_nothing_is_known(given: Estimate) -> None:
    assert judged(given).status is Status.UNKNOWN
    assert not judged(given).proved


class TestGaps:
    def test_what_breaches_with_the_missing_part_good_is_a_breach(self) -> None:
        assert judged(estimate(0.02, 0.03, if_missing_good=0.006, if_missing_bad=0.5)).status is Status.BREACH

    def test_what_is_ok_with_the_missing_part_bad_is_ok(self) -> None:
        verdict = judged(estimate(0.0, 0.0005, if_missing_good=0.0, if_missing_bad=0.005))
        assert (verdict.status, verdict.proved) == (Status.OK, False)

    def test_proof_needs_the_missing_part_too(self) -> None:
        assert judged(estimate(0.0, 0.0005, if_missing_bad=0.001)).proved
        assert not judged(estimate(0.0, 0.0005, if_missing_bad=0.0011)).proved

    @pytest.mark.parametrize(
        ("low", "high", "good", "bad"),
        [
            (0.02, 0.03, 0.0, 0.5),  # a breach of what was seen, ok if the rest was good
            (0.0, 0.0005, 0.0, 0.5),  # ok of what was seen, a breach if the rest was bad
        ],
    )
    def test_between_the_two_it_is_no_green_and_no_red(self, low: float, high: float, good: float, bad: float) -> None:
        assert judged(estimate(low, high, if_missing_good=good, if_missing_bad=bad)).status is Status.PARTIAL

    def test_what_misses_the_target_with_the_missing_part_good_is_a_warning(self) -> None:
        assert judged(estimate(0.02, 0.03, if_missing_good=0.004, if_missing_bad=0.5)).status is Status.WARNING

    def test_a_gap_that_changes_no_bound_leaves_unknown_unknown(self) -> None:
        assert judged(estimate(0.0, 0.5, if_missing_good=0.0, if_missing_bad=0.5)).status is Status.UNKNOWN

    def test_gaps_are_mirrored_where_smaller_is_worse(self) -> None:
        limits = Limits(0.99, 0.985, larger_is_worse=False)
        breached = estimate(0.5, 0.6, if_missing_good=0.98, if_missing_bad=0.3)
        assert judged(breached, limits).status is Status.BREACH
        assert judged(replace(breached, if_missing_good=0.995), limits).status is Status.PARTIAL
        assert judged(estimate(0.995, 1.0, if_missing_bad=0.985), limits).status is Status.OK
        assert judged(estimate(0.995, 1.0, if_missing_bad=0.9), limits).status is Status.PARTIAL


class TestSampling:
    @pytest.mark.parametrize(("low", "high"), [(0.1, 0.2), (0.002, 0.003), (0.0, 0.0005)])
    def test_unknown_sampling_makes_every_answer_partial(self, low: float, high: float) -> None:
        verdict = judged(estimate(low, high, reasons=("sampling_unknown",)))
        assert (verdict.status, verdict.proved) == (Status.PARTIAL, False)
        assert verdict.needs == NEED

    def test_too_little_evidence_stays_unknown(self) -> None:
        assert judged(estimate(0.0, 0.5, reasons=("sampling_unknown",))).status is Status.UNKNOWN


class TestExpiry:
    def test_a_verdict_holds_until_its_last_microsecond_and_then_reads_stale(self) -> None:
        verdict = judged(estimate(0.0, 0.0005))
        assert verdict.valid_until_us == 150
        assert read_status(verdict, 150) is Status.OK
        assert read_status(verdict, 151) is Status.STALE

    def test_what_is_judged_too_late_is_born_stale_and_says_so(self) -> None:
        verdict = judged(estimate(0.0, 0.0005, reasons=("silent",)), now_us=151)
        assert (verdict.status, verdict.proved) == (Status.STALE, False)
        assert verdict.reasons == ("silent", "expired")
        assert verdict.needs == NEED

    def test_one_that_is_ended_early_reads_as_one_that_ended_by_itself(self) -> None:
        verdict = judged(estimate(0.0, 0.0005, reasons=("silent",)))
        assert end_early(verdict, 150, 120) is verdict
        cut = end_early(verdict, 130, 130)
        assert (read_status(cut, 130), read_status(cut, 131)) == (Status.OK, Status.STALE)
        gone = end_early(verdict, 130, 131)
        assert replace(gone, decided_at_us=0) == replace(
            judge_verdict(verdict.estimate, LIMITS, now_us=131, valid_for_us=30, objective_version="v"), decided_at_us=0
        )

    def test_a_breach_goes_stale_too(self) -> None:
        assert read_status(judged(estimate(0.1, 0.2)), 1_000) is Status.STALE


def test_what_would_settle_it_is_said_where_nothing_is_settled_and_only_there() -> None:
    assert judged(estimate(0.0, 0.5)).needs == NEED
    assert judged(estimate(0.02, 0.03, if_missing_good=0.0, if_missing_bad=0.5)).needs == NEED
    for low, high in ((0.0, 0.0005), (0.002, 0.003), (0.1, 0.2)):
        assert judged(estimate(low, high)).needs is None


def test_a_verdict_carries_what_it_was_decided_from() -> None:
    given = estimate(0.0, 0.0005)
    verdict = judged(given, now_us=120)
    assert (verdict.estimate, verdict.limits, verdict.decided_at_us, verdict.objective_version) == (
        given, LIMITS, 120, "v",
    )  # fmt: skip


def test_a_summary_shows_the_worst_and_unknown_is_worse_than_ok() -> None:
    assert [status.value for status in RISK_ORDER] == ["breach", "warning", "stale", "partial", "unknown", "ok"]
    assert set(RISK_ORDER) == set(Status)
    assert worst_status((Status.OK, Status.UNKNOWN)) is Status.UNKNOWN
    assert worst_status((Status.STALE, Status.WARNING, Status.OK)) is Status.WARNING
    assert worst_status(()) is Status.UNKNOWN
