"""False pages and detection of the alert rules, beside the textbook's: simulated months through the rules themselves.

A service that burns half its budget (99.9 %, burn 0.5) is judged at the end of every minute for months. A false
page is a stretch of firing, counted anew after an hour without; the textbook's rules (SRE Workbook, table 5-8) are
judged on the same streams. Detection: a healthy day, then something breaks; the outage rule sees single events.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import numpy as np
from bench.report import Row
from bench.traffic import minutes

from evenkeel.judge.slo.catalogue import load_catalogues
from evenkeel.judge.slo.model import BurnRule, Severity
from evenkeel.judge.slo.outage import judge_outage
from evenkeel.judge.slo.replay import Flags, Replay, stretches
from evenkeel.judge.slo.suspect import SUSPECT_AT, cumulate
from evenkeel.kernel.stats.poisson import poisson_interval
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.telemetry.series import OutcomeAt

HEADING = "False pages per service and month at 99.9 %, burn 0.5, beside the textbook's; detection"
RATES: Final = (10, 60, 600, 6_000)
PATTERNS: Final = ("independent", "by minute", "retry")
BUDGET: Final = 0.001
BURN: Final = 0.5
MONTH: Final = 43_200
MONTHS: Final = 64
PIECE: Final = 4  # months simulated at once
SEED: Final = 20_261_125
RUNS: Final = 400
LEAD: Final = 1_440
RULES: Final = load_catalogues()["30d"].rules
PAGES: Final = tuple(rule for rule in RULES if rule.severity is Severity.PAGE)
TICKETS: Final = tuple(rule for rule in RULES if rule.severity is Severity.TICKET)


def _months(pattern: str, rate: int, number: int) -> tuple[int, int, int, int, int]:
    """(textbook pages, our pages by burn, by outage, our tickets, suspicions) of one piece."""
    rng = np.random.default_rng([SEED, rate, PATTERNS.index(pattern), number])
    total, bad = minutes(rng, pattern, rate, BURN * BUDGET, MONTH * PIECE)
    replay = Replay(total, bad, BUDGET)
    level, suspected = 0.0, np.zeros(total.size, dtype=np.bool_)
    for at in range(total.size) if rate <= 600 or number == 0 else ():
        level = cumulate([total[at]], [bad[at]], BUDGET, start=level)
        suspected[at] = level >= SUSPECT_AT
    return (
        len(stretches(_any(replay.textbook, PAGES))),
        len(stretches(_any(replay.fires, PAGES))),
        len(stretches(replay.outage(rng, per_minute=rate / 60))),
        len(stretches(_any(replay.fires, TICKETS))),
        len(stretches(suspected)),
    )


def _any(judge: Callable[[BurnRule], Flags], rules: Sequence[BurnRule]) -> Flags:
    return np.logical_or.reduce([judge(rule) for rule in rules])


def detect_burn(rate: int, share: float, run: int, horizon: int) -> float | None:
    """Minutes from the break to the end of the first minute in which a page rule fires."""
    rng = np.random.default_rng([SEED, rate, round(share * 1_000), run])
    before = minutes(rng, "independent", rate, BURN * BUDGET, LEAD)
    after = minutes(rng, "independent", rate, share, horizon)
    total, bad = (np.concatenate(pair) for pair in zip(before, after, strict=True))
    fired = np.flatnonzero(_any(Replay(total, bad, BUDGET).fires, PAGES)[LEAD:])
    return float(fired[0] + 1) if fired.size else None


def detect_outage(rate: float, run: int, *, probe_every_s: float | None = None) -> float:
    """Seconds from the start of a total outage until its rule fires, looked at every second."""
    rng = np.random.default_rng([SEED, int(rate), run, int(probe_every_s or 0)])
    horizon_s = 3_600.0
    at = list(np.cumsum(rng.exponential(3_600 / rate, int(rate * horizon_s / 3_600 * 2 + 50))))
    failures = [(t, False) for t in at if t < horizon_s]
    if probe_every_s:
        failures += [(t, True) for t in np.arange(rng.uniform(0, probe_every_s), horizon_s, probe_every_s)]
    failures.sort()
    usual = rate / 60 + (60 / probe_every_s if probe_every_s else 0)
    events = [OutcomeAt(int(t * US_PER_SECOND), bad=True, probe=p, caller=None, weight=1.0) for t, p in failures]
    # After two thousand failures there is nothing more to learn.
    for second in range(1, int(horizon_s)):
        now_us = second * US_PER_SECOND
        seen = [event for event in events[:2_000] if event.at_us <= now_us]
        if len(seen) >= 4:
            judged = judge_outage(seen[::-1], per_minute=usual, budget_ratio=BUDGET, now_us=now_us)
            if judged is not None and judged.fires:
                return float(second)
    return horizon_s


def measure(*, full: bool = False) -> Sequence[Row]:
    """False pages of every cell, then detection."""
    months = MONTHS * (10 if full else 1)
    rows: list[Row] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        cells = {
            (pattern, rate): [pool.submit(_months, pattern, rate, n) for n in range(months // PIECE)]
            for pattern in PATTERNS
            for rate in RATES
        }
        for (pattern, rate), pieces in cells.items():
            book, burn, outage, ticket, suspect = (
                sum(each) for each in zip(*(f.result() for f in pieces), strict=True)
            )
            _, high = poisson_interval(burn + outage, alpha_low=0.025, alpha_high=0.05)
            rows.append(
                Row(
                    what=f"false pages a month, {pattern}, {rate:,}/h",
                    measured=(burn + outage) / months,
                    unit="pages",
                    required=0.1 if pattern != "retry" else None,
                    at_most=True,
                    beside=f"textbook {book / months:.2f}; ours < {high / months:.3f} at 95 %; by outage {outage},"
                    f" tickets {ticket / months:.3f}, suspicions {suspect / months:.2f}",
                )
            )
        rows += _detection(pool)
    return rows


def _detection(pool: ProcessPoolExecutor) -> list[Row]:
    def all_of(work: Callable[..., float | None], *given: object, **named: object) -> list[float | None]:
        return [f.result() for f in [pool.submit(work, *given, run, **named) for run in range(RUNS)]]

    rows: list[Row] = []
    for what, rate, probe_s, required in (
        ("total outage, 10/s", 36_000.0, None, 15.0),
        ("total outage, 60/h, no probes", 60.0, None, 300.0),
        ("total outage, 60/h, probes every 30 s", 60.0, 30.0, 90.0),
    ):
        found = [seconds for seconds in all_of(detect_outage, rate, probe_every_s=probe_s) if seconds is not None]
        rows.append(Row(f"{what}: median to a page", statistics.median(found), "s", required, at_most=True))
    caught = [f.result() for f in [pool.submit(detect_burn, 10, 0.02, run, 1_440) for run in range(RUNS)]]
    share = sum(minute is not None for minute in caught) / RUNS
    rows.append(
        Row("2 % bad at 10/h: caught within 24 h", share, "of runs", 0.55, beside="plain guard of 5 errors 0.07")
    )
    for bad, rate in ((0.2, 600), (0.02, 600), (0.02, 60), (0.02, 6_000)):
        times = [f.result() for f in [pool.submit(detect_burn, rate, bad, run, 1_440) for run in range(40)]]
        seen = [minute for minute in times if minute is not None]
        rows.append(
            Row(
                f"{bad:.0%} bad at {rate:,}/h: median to a page",
                statistics.median(seen) if seen else float("inf"),
                "min",
                beside=f"{len(seen)} of {len(times)} runs",
            )
        )
    return rows
