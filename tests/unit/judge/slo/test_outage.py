"""The hard-outage rule: a total outage within seconds, and neither blips nor bursts nor one caller's retries."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.slo.outage import FAILURES_MIN, judge_outage
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.telemetry.series import OutcomeAt


def outcome(at_s: float, *, bad: bool = True, probe: bool = False, caller: int | None = None) -> OutcomeAt:
    return OutcomeAt(int(at_s * US_PER_SECOND), bad=bad, probe=probe, caller=caller, weight=1.0)


def fires(outcomes: list[OutcomeAt], *, per_minute: float, now_s: float, budget_ratio: float = 0.001) -> bool:
    latest_first = sorted(outcomes, key=lambda each: -each.at_us)
    now_us = int(now_s * US_PER_SECOND)
    run = judge_outage(latest_first, per_minute=per_minute, budget_ratio=budget_ratio, now_us=now_us)
    return run is not None and run.fires


def test_ten_requests_a_second_that_all_fail_page_after_ten_seconds() -> None:
    failing = [outcome(number / 10) for number in range(400)]
    fired = next(s for s in range(40) if fires(failing[: 10 * s + 1], per_minute=600, now_s=s))
    assert 10 <= fired <= 12


def test_a_restart_of_eight_seconds_is_no_outage() -> None:
    assert not fires([outcome(number / 10) for number in range(80)], per_minute=600, now_s=8)


def test_one_request_a_minute_pages_at_the_fourth_failure() -> None:
    failing = [outcome(60.0 * number) for number in range(FAILURES_MIN)]
    assert not fires(failing[:-1], per_minute=1, now_s=121)
    assert fires(failing, per_minute=1, now_s=181)


def test_probes_are_trials_of_their_own_and_make_it_quicker() -> None:
    requests = [outcome(20.0)]
    probes = [outcome(at, probe=True) for at in (15.0, 45.0, 75.0)]
    assert fires(requests + probes, per_minute=3, now_s=76)


def test_a_success_ends_the_run() -> None:
    outcomes = [outcome(float(second)) for second in range(60)] + [outcome(60.0, bad=False)]
    latest_first = sorted(outcomes, key=lambda each: -each.at_us)
    assert judge_outage(latest_first, per_minute=60, budget_ratio=0.001, now_us=61 * US_PER_SECOND) is None


def test_one_caller_that_retries_in_a_quiet_hour_is_no_outage() -> None:
    retries = [outcome(2.0 * number) for number in range(21)]
    assert not fires(retries, per_minute=1, now_s=41)
    named = [outcome(2.0 * number, caller=7) for number in range(12)]
    assert not fires(named, per_minute=30, now_s=30)


def test_many_callers_that_all_fail_are_an_outage_sooner_than_one() -> None:
    many = [outcome(float(number), caller=number) for number in range(12)]
    one = [outcome(float(number), caller=1) for number in range(12)]
    now_us = 12 * US_PER_SECOND
    runs = [judge_outage(each[::-1], per_minute=60, budget_ratio=0.001, now_us=now_us) for each in (many, one)]
    assert runs[0] is not None
    assert runs[1] is not None
    assert runs[0].evidence > runs[1].evidence + 1


@pytest.mark.parametrize("per_second", [0.2, 1, 10])
def test_blips_in_which_one_in_five_fails_do_not_fire(per_second: float) -> None:
    rng = np.random.default_rng(11)
    for _ in range(300):
        at = np.sort(rng.uniform(0, 60, int(60 * per_second)))
        bad = rng.random(at.size) < 0.2
        outcomes = [outcome(float(t), bad=bool(b)) for t, b in zip(at, bad, strict=True)]
        for last in range(1, len(outcomes)):
            if bad[last] and fires(outcomes[: last + 1], per_minute=60 * per_second, now_s=float(at[last]) + 1):
                pytest.fail(f"a blip at {per_second}/s fired")
            if last > 40:
                break


def test_more_traffic_needs_more_evidence() -> None:
    few, many = (judge_outage([outcome(1.0)], per_minute=rate, budget_ratio=0.001, now_us=0) for rate in (1, 600))
    assert few is not None
    assert many is not None
    assert many.needed == pytest.approx(few.needed + np.log10(600))


def test_failures_that_are_all_kept_among_successes_of_which_few_are_make_no_outage() -> None:
    """Tail sampling: each failure is told, and of 100 successes one, which stands for 100."""
    rng = np.random.default_rng(7)
    told: list[OutcomeAt] = []
    for number in range(36_000):  # an hour at ten a second, of which 5 % fail
        bad = bool(rng.random() < 0.05)
        if bad or rng.random() < 0.01:
            told.append(OutcomeAt(number * US_PER_SECOND // 10, bad=bad, probe=False, weight=1.0 if bad else 100.0))
    latest_first = told[::-1]
    fired = [
        place
        for place in range(len(latest_first) - 50)
        if (run := judge_outage(
            latest_first[place:], per_minute=600, budget_ratio=0.001, now_us=latest_first[place].at_us
        )) and run.fires
    ]  # fmt: skip
    assert not fired


def test_an_outage_of_what_is_sampled_that_way_is_still_told_within_two_minutes() -> None:
    usual = [OutcomeAt(-second * 10 * US_PER_SECOND, bad=False, probe=False, weight=100.0) for second in range(1, 60)]
    failing = [OutcomeAt(number * US_PER_SECOND // 10, bad=True, probe=False, weight=1.0) for number in range(1_200)]
    when = [
        second
        for second in range(5, 120)
        if (run := judge_outage(
            failing[: second * 10][::-1] + usual, per_minute=600, budget_ratio=0.001, now_us=second * US_PER_SECOND
        )) and run.fires
    ]  # fmt: skip
    assert when and 10 <= when[0] <= 120
