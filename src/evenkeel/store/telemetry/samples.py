"""The evidence of a window for judging: its requests in clusters, and their latencies.

Windows of a look end at the same moment and lie within each other, so the longest is read and the others are
cut from it. Where callers are the clusters, the requests themselves are fetched and grouped here: for as many
as a window usually holds, that is several times cheaper than asking the engine for each window's groups.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.store.telemetry.port import Clusters, Histogram, Sample
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, histograms, in_series, latency_parts
from evenkeel.store.telemetry.schema import ZERO_BUCKET
from evenkeel.store.telemetry.state import StoreState

#: More requests than this are grouped by the engine, which needs no memory for each of them (about 50 bytes).
REQUESTS_MAX: Final = 200_000

_COUNTED: Final = "counts_request AND outcome <> 'excluded'"


@dataclass(frozen=True, slots=True)
class Counted:
    """Which counters are read: those per `minute` or per `hour`, with those beyond `thresholds` (seconds)."""

    by: str
    thresholds: Sequence[float]


def samples_by_caller(
    con: Any, state: StoreState, series: Sequence[int], windows: Sequence[Window], thresholds: Sequence[float]
) -> list[Sample]:
    """Requests grouped by caller; those that name none, by minute. Reads the windows' events."""
    requests = _fetch(con, series, _hull(windows))
    if requests is not None:
        return [_sample(requests.within(window), thresholds) for window in windows]
    return [
        Sample(_grouped(con, series, window, thresholds), _latencies(con, state, series, window, thresholds))
        for window in windows
    ]


def samples_by_time(
    con: Any, state: StoreState, series: Sequence[int], windows: Sequence[Window], wanted: Counted
) -> list[Sample]:
    """Requests grouped by `minute` or `hour`, from the counters."""
    starts, columns = _counted(con, series, _hull(windows), by=wanted.by, thresholds=wanted.thresholds)
    found: list[Sample] = []
    for window in windows:
        first, last = np.searchsorted(starts, (window.start_us, window.end_us))
        total, bad, timed, unknown, *slow = columns[:, first:last]
        clusters = Clusters(
            wanted.by,
            _plain(total),
            _plain(bad),
            _plain(timed),
            dict(zip(wanted.thresholds, map(_plain, slow), strict=True)),
            bool(unknown.any()),
        )
        found.append(Sample(clusters, _latencies(con, state, series, window, wanted.thresholds)))
    return found


def _hull(windows: Sequence[Window]) -> Window:
    return Window(min(window.start_us for window in windows), max(window.end_us for window in windows))


def _plain(values: NDArray[Any]) -> array[float]:
    """Numbers that are a sequence for everybody and need no conversion to be reckoned with."""
    return array("d", np.ascontiguousarray(values, dtype=np.float64).tobytes())


def _latencies(
    con: Any, state: StoreState, series: Sequence[int], window: Window, thresholds: Sequence[float]
) -> Histogram:
    if not thresholds:
        return Histogram({})
    return histograms(con, latency_parts(state, window), series).get(0, Histogram({}))


# --- requests, grouped here


@dataclass(frozen=True, slots=True)
class _Requests:
    """Requests in order of time, a column each."""

    at: NDArray[np.int64]
    caller: NDArray[np.uint64]
    named: NDArray[np.bool_]
    known: NDArray[np.bool_]  # somebody said how it ended
    bad: NDArray[np.bool_]
    weight: NDArray[np.float64]
    latency_s: NDArray[np.float64]  # NaN where there is none
    bucket: NDArray[np.int16]  # meaningless where there is no latency
    sampled_unknown: NDArray[np.bool_]

    def within(self, window: Window) -> _Requests:
        first, last = np.searchsorted(self.at, (window.start_us, window.end_us))
        return _Requests(*(getattr(self, name)[first:last] for name in self.__slots__))


def _fetch(con: Any, series: Sequence[int], window: Window) -> _Requests | None:
    """The requests of a window, or None when they are more than `REQUESTS_MAX`."""
    columns = con.execute(
        "SELECT epoch_us(\"at\"), caller, outcome <> 'none', outcome = 'bad', weight, latency_s, bucket,"
        f" sampled_unknown FROM events WHERE {IN_WINDOW} AND {in_series(series)} AND {_COUNTED}"
        f" LIMIT {REQUESTS_MAX + 1}",
        bounds(window),
    ).fetchnumpy()
    at, caller, known, bad, weight, latency_s, bucket, unknown = columns.values()
    if len(at) > REQUESTS_MAX:
        return None
    order = np.argsort(at, kind="stable")
    filled: tuple[Any, ...] = (
        np.ma.filled(at, 0),
        np.ma.filled(caller, 0),
        ~np.ma.getmaskarray(caller),
        np.ma.filled(known, False),
        np.ma.filled(bad, False),
        np.ma.filled(weight, 0.0),
        np.ma.filled(latency_s, np.nan),
        np.ma.filled(bucket, 0),
        np.ma.filled(unknown, False),
    )
    return _Requests(*(column[order] for column in filled))


def _sample(requests: _Requests, thresholds: Sequence[float]) -> Sample:
    numbers, groups = _cluster_numbers(requests)
    timed = ~np.isnan(requests.latency_s)

    def count(which: NDArray[np.bool_]) -> array[float]:
        return _plain(np.bincount(numbers[which], weights=requests.weight[which], minlength=groups))

    slow = {threshold: count(timed & (requests.latency_s > threshold)) for threshold in thresholds}
    unknown = bool(requests.sampled_unknown.any())
    clusters = Clusters("caller", count(requests.known), count(requests.bad), count(timed), slow, unknown)
    if not thresholds:
        return Sample(clusters, Histogram({}))
    buckets, places = np.unique(requests.bucket[timed], return_inverse=True)
    sums = np.bincount(places, weights=requests.weight[timed], minlength=len(buckets))
    counts = {bucket: n for bucket, n in zip(buckets.tolist(), sums.tolist(), strict=True) if n > 0}
    return Sample(clusters, Histogram(counts, counts.pop(ZERO_BUCKET, 0.0)))


def _cluster_numbers(requests: _Requests) -> tuple[NDArray[np.intp], int]:
    """(each request's cluster, how many there are), numbered in order of their first requests."""
    named = requests.named
    numbers = np.empty(len(named), dtype=np.intp)
    callers, numbers[named] = np.unique(requests.caller[named], return_inverse=True)
    minutes, by_minute = np.unique(requests.at[~named] // US_PER_MINUTE, return_inverse=True)
    numbers[~named] = by_minute + len(callers)
    groups = len(callers) + len(minutes)
    first = np.empty(groups, dtype=np.intp)
    first[numbers[::-1]] = np.arange(len(named))[::-1]  # the earliest is written last
    rank = np.empty(groups, dtype=np.intp)
    rank[np.argsort(first)] = np.arange(groups)
    return rank[numbers], groups


# --- groups, made by the engine


def _grouped(con: Any, series: Sequence[int], window: Window, thresholds: Sequence[float]) -> Clusters:
    slow = "".join(
        f", coalesce(sum(weight) FILTER (latency_s > {threshold!r}), 0)" for threshold in map(float, thresholds)
    )
    _, total, bad, timed, unknown, *beyond = con.execute(
        "SELECT min(\"at\") AS first_at, coalesce(sum(weight) FILTER (outcome <> 'none'), 0),"
        " coalesce(sum(weight) FILTER (outcome = 'bad'), 0),"
        f" coalesce(sum(weight) FILTER (latency_s IS NOT NULL), 0), coalesce(bool_or(sampled_unknown), false){slow}"
        f" FROM events WHERE {IN_WINDOW} AND {in_series(series)} AND {_COUNTED}"
        " GROUP BY caller, CASE WHEN caller IS NULL THEN date_trunc('minute', \"at\") END ORDER BY first_at",
        bounds(window),
    ).fetchnumpy().values()  # fmt: skip
    by_threshold = dict(zip(thresholds, map(_plain, beyond), strict=True))
    return Clusters("caller", _plain(total), _plain(bad), _plain(timed), by_threshold, bool(unknown.any()))


def _counted(
    con: Any, series: Sequence[int], window: Window, *, by: str, thresholds: Sequence[float]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(starts of the buckets, a row each of total, bad, timed, sampled_unknown and slow per threshold)."""
    starts, *counts = con.execute(
        f'SELECT epoch_us("at") AS bucket, sum(good + bad), sum(bad), sum(timed), sum(sampled_unknown)'
        f" FROM counters_{by} WHERE {IN_WINDOW} AND {in_series(series)} GROUP BY 1"
        " HAVING sum(good + bad) > 0 OR sum(timed) > 0 ORDER BY 1",
        bounds(window),
    ).fetchnumpy().values()  # fmt: skip
    columns = np.zeros((4 + len(thresholds), len(starts)))
    columns[:4] = counts
    if not thresholds or not len(starts):
        return starts, columns
    wanted = ", ".join(repr(float(threshold)) for threshold in thresholds)
    slow = con.execute(
        f'SELECT epoch_us("at") AS bucket, threshold, sum(n) FROM slow_{by}'
        f" WHERE {IN_WINDOW} AND {in_series(series)} AND threshold IN ({wanted}) GROUP BY 1, 2",
        bounds(window),
    ).fetchnumpy()
    at, limits, n = slow.values()
    for place, threshold in enumerate(thresholds, start=4):
        chosen = (limits == float(threshold)) & np.isin(at, starts)
        columns[place, np.searchsorted(starts, at[chosen])] = n[chosen]
    return starts, columns
