"""From what a store counted to what an SLI counts: (total, bad) of each minute or hour."""

from __future__ import annotations

import numpy as np

from evenkeel.judge.slo.model import ErrorsSli, LatencySli, Method, MinutesSli, ProbesSli, Sli, Slo
from evenkeel.judge.slo.stream import Buckets, Floats, by_hour, ratio_slices, slices
from evenkeel.store.telemetry.series import CountSeries


def count_sli(sli: Sli, series: CountSeries) -> Buckets:
    """What the service's own telemetry says of `sli`; nothing for SLIs that are counted elsewhere."""
    match sli:
        case ErrorsSli():
            return _held(series, series.good + series.bad, series.bad)
        case LatencySli(threshold_s):
            slow = series.slow.get(threshold_s)
            return Buckets.none() if slow is None else _held(series, series.timed, slow)
        case MinutesSli():
            return _held(series, series.minutes_known, series.minutes_bad)
        case ProbesSli(names) if names:
            runs = [series.by_probe[name] for name in names if name in series.by_probe]
            bad = sum((each.bad for each in runs), np.zeros(series.at.size))
            return _held(series, sum((each.good for each in runs), bad), bad)
        case ProbesSli():
            return _held(series, series.probes_good + series.probes_bad, series.probes_bad)
        case _:
            return Buckets.none()


def count_trials(series: CountSeries) -> Buckets:
    """Requests and probes alike: what could have succeeded."""
    total = series.good + series.bad + series.probes_good + series.probes_bad
    return _held(series, total, series.bad + series.probes_bad)


def is_sliced(slo: Slo) -> bool:
    """Whether its budget is spent by slices of time that only minutes can tell."""
    return slo.method is not Method.OCCURRENCES and not isinstance(slo.sli, MinutesSli)


def count_slo(slo: Slo, minutes: Buckets) -> Buckets:
    """What counts against the budget of `slo`, from what its SLI counted a minute at a time."""
    if not is_sliced(slo):
        return minutes
    if slo.method is Method.TIMESLICES:
        return slices(minutes, slo.slice_s, slo.target if slo.slice_target is None else slo.slice_target)
    return ratio_slices(minutes, slo.slice_s)


def hours_of(slo: Slo, minutes: Buckets) -> Buckets:
    """The same an hour at a time, for SLOs whose hours only minutes can tell."""
    return by_hour(count_slo(slo, minutes))


def thresholds_of(slos: tuple[Slo, ...]) -> tuple[float, ...]:
    """The latency limits (seconds) that need an exact counter."""
    return tuple(sorted({slo.sli.threshold_s for slo in slos if isinstance(slo.sli, LatencySli)}))


def probes_of(slos: tuple[Slo, ...]) -> tuple[str, ...]:
    """The probes whose runs are counted one by one."""
    return tuple(sorted({name for slo in slos if isinstance(slo.sli, ProbesSli) for name in slo.sli.names}))


def _held(series: CountSeries, total: Floats, bad: Floats) -> Buckets:
    held = total > 0
    return Buckets(series.at[held], total[held], np.minimum(bad[held], total[held]))
