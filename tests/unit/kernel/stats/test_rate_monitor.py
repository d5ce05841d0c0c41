"""A rate that gets worse is noticed soon, and one that does not hardly ever."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from evenkeel.kernel.stats.rate_monitor import (
    RateMonitor,
    Watch,
    Within,
    is_alarm,
    log_evidence,
    observe,
    worse_since,
)


def alarmed_at(monitor: RateMonitor, bad: np.ndarray, n: int) -> int | None:
    watch = Watch()
    for batch, count in enumerate(bad.tolist(), 1):
        watch = observe(monitor, watch, count, n)
        if is_alarm(monitor, watch):
            return batch
    return None


@pytest.mark.parametrize("within", Within)
def test_at_the_baseline_the_expected_evidence_is_the_number_of_batches(within: Within) -> None:
    """All outcomes of four batches of two, weighed by their probability."""
    monitor, base = RateMonitor(0.3, 100.0, within), 0.3
    expected = 0.0
    for outcome in itertools.product(range(3), repeat=4):
        watch = Watch()
        for bad in outcome:
            watch = observe(monitor, watch, bad, 2)
        chance = math.prod(math.comb(2, bad) * base**bad * (1 - base) ** (2 - bad) for bad in outcome)
        expected += chance * math.exp(log_evidence(watch))
    assert expected == pytest.approx(4.0)


def test_below_the_baseline_the_evidence_is_less() -> None:
    monitor, watch = RateMonitor(0.3, 100.0), Watch()
    for _ in range(20):
        watch = observe(monitor, watch, 5, 20)
    assert math.exp(log_evidence(watch)) < 20


@pytest.mark.parametrize("within", Within)
def test_false_alarms_are_as_rare_as_stated_over_any_horizon(within: Within) -> None:
    """400 streams of 100 batches at the baseline; at most 100 / 1,000 of them may alarm, and 3 standard errors."""
    chance, monitor = np.random.default_rng(1), RateMonitor(0.1, 1_000.0, within)
    streams = 400
    alarmed = sum(alarmed_at(monitor, chance.binomial(20, 0.1, 100), 20) is not None for _ in range(streams))
    assert alarmed / streams <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / streams)


def test_batches_that_fail_as_a_whole_do_not_fool_the_dependent_watch() -> None:
    """A tenth of all batches is bad from end to end: the rate is the baseline, and nothing in them is independent."""
    chance = np.random.default_rng(2)
    streams = [20 * (chance.random(100) < 0.1) for _ in range(200)]
    careful, careless = RateMonitor(0.1, 1_000.0, Within.DEPENDENT), RateMonitor(0.1, 1_000.0)
    assert sum(alarmed_at(careful, bad, 20) is not None for bad in streams) <= 20 + 13
    assert sum(alarmed_at(careless, bad, 20) is not None for bad in streams) > 190


def test_a_rise_from_ten_to_fifteen_in_a_hundred_is_noticed_within_700_observations() -> None:
    """As ADWIN does, here with at most 2 % of false alarms in 20,000; the median of 40 streams."""
    chance, monitor = np.random.default_rng(3), RateMonitor(0.1, 1_000_000 / 25)
    found = [alarmed_at(monitor, chance.binomial(25, 0.15, 100), 25) for _ in range(40)]
    assert np.median([25 * batch for batch in found if batch is not None]) <= 700
    assert None not in found


def test_the_alarm_knows_since_when() -> None:
    chance, monitor, watch = np.random.default_rng(4), RateMonitor(0.1, 10_000.0), Watch()
    for rate in [0.1] * 200 + [0.3] * 30:
        watch = observe(monitor, watch, int(chance.binomial(20, rate)), 20)
    assert is_alarm(monitor, watch)
    assert abs((worse_since(watch) or 0) - 200) <= 5


def test_empty_batches_teach_nothing_and_before_the_first_there_is_no_evidence() -> None:
    monitor = RateMonitor(0.1, 100.0)
    assert observe(monitor, Watch(), 0, 0) == Watch()
    assert not is_alarm(monitor, Watch())
    assert worse_since(Watch()) is None


@pytest.mark.parametrize(("baseline", "between"), [(0.0, 10.0), (1.0, 10.0), (0.1, 0.0), (math.nan, 10.0)])
def test_impossible_monitors_are_refused(baseline: float, between: float) -> None:
    with pytest.raises(ValueError, match="are needed"):
        RateMonitor(baseline, between)


@pytest.mark.parametrize(("bad", "n"), [(3, 2), (-1, 2), (math.nan, 2)])
def test_impossible_batches_are_refused(bad: float, n: float) -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        observe(RateMonitor(0.1, 10.0), Watch(), bad, n)
