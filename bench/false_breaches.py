"""How often a verdict is wrong, and how fast it is right: simulated months through the rule that decides.

A service whose true value equals its target is looked at at the end of every minute for months: page, verdict and
report windows, as the engine cuts them, each with the alpha that it spends. A false breach is a stretch of minutes
in which any of the three reads breach. Each alert is tried as the defaults have it, and equal to the target (A = T).

A quick bound on the evidence rules out most looks; the rest are decided by `kernel.stats.clusters.wealth` itself.
`tests/golden/test_false_breaches.py` compares the decisions with those of the engine on a real store.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from bench.report import Row
from bench.traffic import Floats, minutes

from evenkeel.judge.objectives.look import ALPHA_HIGH
from evenkeel.kernel.stats.binomial import needed_for_upper
from evenkeel.kernel.stats.clusters import STAKES, TIME_HITS_MIN, wealth
from evenkeel.kernel.stats.poisson import poisson_interval
from evenkeel.kernel.stats.shares import share_bounds
from evenkeel.kernel.stats.spending import BUDGET_PER_MONTH, alpha_for

HEADING = "False breaches per objective and month at true value = target (95 % upper bound), false ok, detection"
RATES: Final = (1, 10, 60, 600, 6_000)
MONTH: Final = 43_200
PAGE: Final = 5
VERDICTS: Final = (61, 121, 241, 481, 961, 1_441)  # whole minutes that a window ending within one touches
SEED: Final = 20_261_124
MONTHS: Final = 32  # without a single false breach, enough to exclude more than 0.094 a month
RUNS: Final = 20
LEAD: Final = 1_440  # minutes of health before something breaks
HORIZON: Final = 2_880


@dataclass(frozen=True, slots=True)
class Case:
    """An objective: the share of bad ones at the target, and the share beyond which it is a breach."""

    name: str
    at_target: float
    allowed: float
    needed: float
    worse: tuple[tuple[str, float], ...]  # (how much worse than the alert, share of bad ones then)
    is_minutes: bool = False


def _share(name: str, target: float, alert: float, *, is_minutes: bool = False) -> Case:
    worse = (("2 ×", 2 * alert), ("5 ×", 5 * alert), ("10 ×", 10 * alert), ("outage", 1.0))
    needed = 1.0 if is_minutes else needed_for_upper(alert, ALPHA_HIGH)
    return Case(name, target, alert, needed, worse, is_minutes)


#: Latency is lognormal with spread 0.85 of its logarithm: at p95 = 2 s, 1.7 % take longer than the alert of 3 s;
#: at 2, 5, 10 times the alert 20, 60, 86 % do.
CASES: Final = (
    _share("error rate", 0.001, 0.005),
    _share("error rate, A = T", 0.001, 0.001),
    _share("availability", 0.001, 0.005, is_minutes=True),
    _share("availability, A = T", 0.001, 0.001, is_minutes=True),
    Case("latency p95", 0.017, 0.05, needed_for_upper(0.05, ALPHA_HIGH),
         (("2 ×", 0.203), ("5 ×", 0.598), ("10 ×", 0.856), ("outage", 1.0))),
    Case("latency p95, A = T", 0.05, 0.05, needed_for_upper(0.05, ALPHA_HIGH), ()),
)  # fmt: skip


def patterns_of(case: Case) -> tuple[str, ...]:
    """Minutes of availability are bad or not: requests that share a minute are one of them already."""
    return ("independent", "retry") if case.is_minutes else ("independent", "by minute", "retry", "by caller")


def measure(*, full: bool = False) -> Sequence[Row]:
    """All cells; with `full`, ten times the months."""
    months = MONTHS * (10 if full else 1)
    defaults = [case for case in CASES if case.worse and "A = T" not in case.name]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        work: list[Future[Row]] = [
            pool.submit(false_breaches, case, pattern, rate, months=months)
            for case in CASES
            for pattern in patterns_of(case)
            for rate in RATES
        ]
        work += [
            pool.submit(false_ok, case, pattern, rate)
            for case in defaults
            for pattern in patterns_of(case)
            for rate in RATES
        ]
        work += [
            pool.submit(detection, case, how, share, rate)
            for case in defaults
            for how, share in case.worse
            for rate in RATES
        ]
        return [future.result() for future in work]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How requests come and fail: a pattern of `bench.traffic`, and how many an hour."""

    pattern: str
    per_hour: float


def simulate(
    rng: np.random.Generator, case: Case, arrivals: Arrivals, length: int, share: float
) -> tuple[Floats, Floats]:
    """(n, bad) per minute, in what the case counts: requests, or minutes that hold any."""
    pattern, rate = arrivals.pattern, arrivals.per_hour
    if not case.is_minutes:
        return minutes(rng, pattern, rate, share, length)
    total, _ = minutes(rng, "independent", rate, 0.0, length)
    known = (total > 0).astype(float)
    hit = known * (rng.uniform(size=length) < share)
    if pattern == "retry" and rate <= 600:  # one retrying caller outweighs the others: two minutes in a row
        first = known * (rng.uniform(size=length) < share / 1.67)
        hit = np.maximum(first, np.roll(first, 1) * (rng.uniform(size=length) < 0.67))
        known = np.maximum(known, hit)
    return known, hit


def false_breaches(case: Case, pattern: str, rate: float, *, months: int, seed: int = SEED) -> Row:
    """Stretches of breach per month while nothing is worse than the target."""
    rng = np.random.default_rng([seed, CASES.index(case), rate])
    found = 0
    for _ in range(months):
        total, bad = simulate(rng, case, Arrivals(pattern, rate), MONTH, case.at_target)
        reads = breaches(total, bad, case)
        found += int((reads[1:] & ~reads[:-1]).sum()) + int(reads[0])
    upper = poisson_interval(found, alpha_low=0.05, alpha_high=0.05)[1] / months
    what = f"{case.name}, {pattern}, {rate:,}/h"
    return Row(what, upper, "per month", BUDGET_PER_MONTH, True, f"{found} in {months} months")


def false_ok(case: Case, pattern: str, rate: float, *, looks: int = 100, seed: int = SEED) -> Row:
    """Share of looks that read ok while the true value equals the alert."""
    rng = np.random.default_rng([seed, 1, CASES.index(case), rate])
    greens = 0
    for _ in range(looks):
        total, bad = simulate(rng, case, Arrivals(pattern, rate), VERDICTS[-1], case.allowed)
        n, k = _verdict_window(total, bad, case)
        if n.sum() <= 0:
            continue
        if case.is_minutes:  # whole window known and no worse than the alert, see estimate_availability
            whole = max(VERDICTS[0], n.size)
            greens += 1.0 - (k.sum() + whole - n.sum()) / whole >= 1 - case.allowed
            continue
        bounds = share_bounds(n, k, alpha_low=alpha_for("verdict"), alpha_high=ALPHA_HIGH)
        greens += bounds.high <= case.allowed
    note = "describes its minutes, no sample" if case.is_minutes else f"nominal {ALPHA_HIGH:g}, {looks} looks"
    return Row(f"{case.name} at its alert reads ok: {pattern}, {rate:,}/h", greens / looks, "of looks", beside=note)


def _verdict_window(total: Floats, bad: Floats, case: Case) -> tuple[Floats, Floats]:
    length = next((w for w in VERDICTS if total[-w:].sum() >= case.needed), VERDICTS[-1])
    n, k = total[-length:], bad[-length:]
    return (n, k) if n.ndim == 1 else (n.sum(axis=0), k.sum(axis=0))


def detection(case: Case, how: str, share: float, rate: float, *, seed: int = SEED) -> Row:
    """Median minutes from the moment it breaks to breach."""
    rng = np.random.default_rng([seed, 2, CASES.index(case), rate, round(share * 1e6)])
    taken: list[float] = []
    for _ in range(RUNS):
        before = simulate(rng, case, Arrivals("independent", rate), LEAD, case.at_target)
        after = simulate(rng, case, Arrivals("independent", rate), HORIZON, share)
        total, bad = (np.concatenate(parts) for parts in zip(before, after, strict=True))
        reads = breaches(total, bad, case, with_report=False, first_from=LEAD)
        taken.append(float(np.argmax(reads[LEAD:]) + 1) if reads[LEAD:].any() else float("inf"))
    median = statistics.median(taken)
    what = f"{case.name} at {how if how == 'outage' else how + ' its alert'}, {rate:,}/h: minutes to breach"
    seen = sum(minute < float("inf") for minute in taken)
    return Row(what, median, "min", beside=f"seen in {seen} of {RUNS} within two days")


def breaches(
    total: Floats, bad: Floats, case: Case, *, with_report: bool = True, first_from: int | None = None
) -> np.ndarray:
    """Per minute, whether page, verdict or report reads breach; with `first_from`, only up to the first one after."""
    length = len(total)
    reads = np.zeros(length, dtype=bool)
    at = np.arange(length)
    sums = _sums(total)
    spans = np.full(length, VERDICTS[-1])
    for window in reversed(VERDICTS[:-1]):
        spans[_window_sum(sums, at, window) >= case.needed] = window
    for name, lengths in (("page", np.full(length, PAGE)), ("verdict", spans)):
        goal = -np.log(alpha_for(name))
        starts = np.maximum(0, at - lengths + 1)
        for look in _suspects(total, bad, starts, case.allowed, goal):
            if first_from is not None and (look < first_from or reads[first_from:look].any()):
                continue
            window = slice(starts[look], look + 1)
            n, k = total[window], bad[window]
            n, k = (n, k) if n.ndim == 1 else (n.sum(axis=0), k.sum(axis=0))
            hits_min = TIME_HITS_MIN if total.ndim == 1 else 1
            is_enough = k.sum() > case.allowed * n.sum() and np.count_nonzero(k) >= hits_min
            if is_enough and wealth(n, k, case.allowed) >= goal:
                reads[look] = True
    if with_report:
        reads |= _report(total, bad, case)
    return reads


def _sums(values: Floats) -> Floats:
    flat = values if values.ndim == 1 else values.sum(axis=1)
    return np.concatenate([[0.0], np.cumsum(flat)])


def _window_sum(sums: Floats, at: np.ndarray, window: int) -> Floats:
    return sums[at + 1] - sums[np.maximum(0, at - window + 1)]


def _suspects(total: Floats, bad: Floats, starts: np.ndarray, allowed: float, goal: float) -> list[int]:
    """Looks whose evidence may reach `goal`: an upper bound of the wealth, by Jensen over the clusters that fail."""
    ends = np.arange(len(total)) + 1

    def over(values: Floats) -> Floats:
        sums = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
        return sums[ends] - sums[starts]

    if total.ndim == 1:
        n, k = over(total), over(bad)
        hits, n_hit = over((bad > 0).astype(float)), over(total * (bad > 0))
        largest = _largest(total, starts)
    else:
        n_by, k_by = over(total), over(bad)
        n, k, hit = n_by.sum(axis=1), k_by.sum(axis=1), k_by > 0
        hits, n_hit, largest = hit.sum(axis=1), (n_by * hit).sum(axis=1), n_by.max(axis=1)
    chosen = np.flatnonzero((k > allowed * n) & (hits > 0))
    n, k, hits, n_hit, largest = (values[chosen] for values in (n, k, hits, n_hit, largest))
    stakes = STAKES[:, None]
    gain = hits * np.log1p(np.maximum(-0.999, stakes * (k / allowed - n_hit) / (largest * hits)))
    bound = (gain - stakes * (n - n_hit) / largest).max(axis=0)
    return [int(look) for look in chosen[bound >= goal]]


def _largest(total: Floats, starts: np.ndarray) -> Floats:
    """The largest minute of each window: doubled windows, as range-minimum tables have them."""
    tables = [total]
    while 2 ** len(tables) <= VERDICTS[-1]:
        step = 2 ** (len(tables) - 1)
        last = tables[-1]
        tables.append(np.maximum(last, np.concatenate([last[step:], np.zeros(min(step, len(last)))])))
    ends = np.arange(len(total))
    level = np.log2(ends - starts + 1).astype(int)
    table = np.stack(tables)
    return np.maximum(table[level, starts], table[level, np.maximum(starts, ends - 2**level + 1)])


def _report(total: Floats, bad: Floats, case: Case) -> np.ndarray:
    """The month so far, hours as clusters, read at the end of each hour from the third day on."""
    hourly = [
        (values if values.ndim == 1 else values.sum(axis=1)).reshape(-1, 60).sum(axis=1) for values in (total, bad)
    ]
    n, k = np.cumsum(hourly[0]), np.cumsum(hourly[1])
    goal = -np.log(alpha_for("report"))
    reads = np.zeros(len(total), dtype=bool)
    for hour in range(48, len(n)):
        so_far = (hourly[0][: hour + 1], hourly[1][: hour + 1])
        if (
            k[hour] > case.allowed * n[hour]
            and np.count_nonzero(so_far[1]) >= TIME_HITS_MIN
            and wealth(*so_far, case.allowed) >= goal
        ):
            reads[hour * 60 + 59 : hour * 60 + 119] = True
    return reads
