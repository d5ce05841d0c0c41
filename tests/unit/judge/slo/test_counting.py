"""What an SLI counts of a service's counters, and what counts against a budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenkeel.judge.slo.counting import (
    count_sli,
    count_slo,
    count_trials,
    hours_of,
    is_sliced,
    probes_of,
    thresholds_of,
)
from evenkeel.judge.slo.model import (
    CompositeSli,
    ErrorsSli,
    LatencySli,
    Method,
    MinutesSli,
    ProbesSli,
    Slo,
    SourceSli,
)
from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.series import CountSeries, ProbeRuns

BOT = ServiceKey("production", "bot")
NONE = np.zeros(3)
SERIES = CountSeries(
    at=np.array([0, 1, 2], np.int64) * US_PER_MINUTE,
    good=np.array([9.0, 0, 5]),
    bad=np.array([1.0, 0, 5]),
    undetermined=NONE,
    excluded=NONE,
    timed=np.array([10.0, 0, 9]),
    probes_good=np.array([2.0, 2, 0]),
    probes_bad=np.array([0.0, 0, 2]),
    minutes_known=np.array([1.0, 1, 1]),
    minutes_bad=np.array([0.0, 0, 1]),
    slow={2.0: np.array([3.0, 0, 1])},
    by_probe={
        "returns": ProbeRuns(np.array([1.0, 0, 0]), np.array([0.0, 0, 2])),
        "cert": ProbeRuns(np.array([0.0, 1, 0]), NONE),
    },
)
ERRORS = Slo(BOT, "errors", "Errors", ErrorsSli(), 0.9)


@pytest.mark.parametrize(("sli", "total", "bad"), [
    (ErrorsSli(), [10, 10], [1, 5]),
    (LatencySli(2.0), [10, 9], [3, 1]),
    (MinutesSli(), [1, 1, 1], [0, 0, 1]),
    (ProbesSli(), [2, 2, 2], [0, 0, 2]),
    (ProbesSli(("returns",)), [1, 2], [0, 2]),
    (ProbesSli(("returns", "cert")), [1, 1, 2], [0, 0, 2]),
    (ProbesSli(("nobody's",)), [], []),
    (LatencySli(9.0), [], []),
    (SourceSli("prom"), [], []),
    (CompositeSli((("errors", 1.0),)), [], []),
])  # fmt: skip
def test_each_sli_counts_its_own(sli: ErrorsSli, total: list[float], bad: list[float]) -> None:
    found = count_sli(sli, SERIES)
    assert found.total.tolist() == total
    assert found.bad.tolist() == bad


def test_each_probe_that_an_slo_names_is_asked_for_once() -> None:
    named = replace(ERRORS, sli=ProbesSli(("returns", "cert")))
    assert probes_of((ERRORS, named, replace(named, sli=ProbesSli(("cert",))))) == ("cert", "returns")
    assert probes_of((replace(ERRORS, sli=ProbesSli()),)) == ()


def test_trials_are_requests_and_probes_together() -> None:
    assert count_trials(SERIES).total.tolist() == [12, 2, 12]
    assert count_trials(SERIES).bad.tolist() == [1, 0, 7]


def test_timeslices_count_minutes_and_ratio_timeslices_their_shares() -> None:
    minutes = count_sli(ErrorsSli(), SERIES)
    sliced = replace(ERRORS, method=Method.TIMESLICES, slice_target=0.8)
    assert count_slo(sliced, minutes).bad.tolist() == [0, 1]
    ratio = replace(ERRORS, method=Method.RATIO_TIMESLICES)
    assert count_slo(ratio, minutes).bad.tolist() == pytest.approx([0.1, 0.5])
    assert hours_of(ratio, minutes).bad.tolist() == pytest.approx([0.6])
    assert count_slo(ERRORS, minutes) is minutes


def test_bad_minutes_are_slices_already() -> None:
    assert not is_sliced(replace(ERRORS, sli=MinutesSli(), method=Method.TIMESLICES))
    assert is_sliced(replace(ERRORS, method=Method.TIMESLICES))


def test_latency_limits_need_exact_counters() -> None:
    slos = (ERRORS, replace(ERRORS, sli=LatencySli(2.0)), replace(ERRORS, sli=LatencySli(0.5)))
    assert thresholds_of(slos) == (0.5, 2.0)
