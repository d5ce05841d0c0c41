"""The hard-outage rule: nothing succeeds any more. A sequential test on the failures since the last success.

Each failure in a row multiplies the evidence by the inverse of the chance that it would have failed in a
service that is not down, given those before it in the same burst:

* the first of a burst fails with chance p0 = max(0.002, 2 x the share that the target allows);
* the next in the same minute with chance max(0.2, j / (9 + j)) after j failures: 0.2 is a harmless blip in
  which one in five fails, j / (9 + j) a beta-binomial burst with correlation 0.1 (Polya's urn).

A success ends the run. Every request of a month may begin one, so by the union bound a month of N trials has at
most N / evidence false alarms: the rule fires when the evidence reaches N / `ALARMS_PER_MONTH`. This is the
repeated sequential test of Page (Biometrika 41, 1954) against "every trial fails", where a success has
likelihood zero. A run must moreover last `SPAN_MIN_S` and hold `FAILURES_MIN`: a restart of a few seconds is
no outage. What nobody else met is one caller's trouble: a known caller that fails again counts little
(`CALLER_AGAIN`), and a minute counts no more failures than it usually has trials, so that one who retries in
a quiet hour is no outage either.

Where failures are kept more often than successes (tail sampling), those kept follow each other without an outage.
So of requests only as many failures count as would have been kept at the successes' rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND
from evenkeel.store.telemetry.series import OutcomeAt

ALARMS_PER_MONTH: Final = 0.03
FIRST_FAILS_MIN: Final = 0.002
BLIP_FAILS: Final = 0.2
#: Prior trials of the urn: 1 / correlation - 1.
URN: Final = 9.0
#: The same caller fails again with this chance, whatever the service does: its request may be what is wrong.
CALLER_AGAIN: Final = 0.5
#: Failures of one minute that count, however quiet the service is.
COUNTED_MIN: Final = 3.0
FAILURES_MIN: Final = 4
#: Failures of a run that are looked at: more prove nothing more.
FAILURES_MAX: Final = 2_000
SPAN_MIN_S: Final = 10.0
MINUTES_PER_MONTH: Final = 43_200.0


@dataclass(frozen=True, slots=True)
class Run:
    """The failures since the last success, as evidence."""

    failures: int
    probes: int  # of them
    first_at_us: int
    last_at_us: int
    evidence: float  # base-10 logarithm
    needed: float  # the same, to fire
    fires: bool


def judge_outage(outcomes: Sequence[OutcomeAt], *, per_minute: float, budget_ratio: float, now_us: int) -> Run | None:
    """The run of failures that `outcomes` (latest first) begin with; None when the latest one succeeded.

    `per_minute` is how many requests and probes there usually are: the more, the more runs begin by chance.

    >>> every_10_s = [OutcomeAt(at * 10 * US_PER_SECOND, bad=True, probe=False, caller=None) for at in range(30)]
    >>> run = judge_outage(every_10_s[::-1], per_minute=6.0, budget_ratio=0.001, now_us=300 * US_PER_SECOND)
    >>> run.failures, run.fires
    (30, True)
    """
    failures: list[OutcomeAt] = []
    for outcome in outcomes:
        if not outcome.bad:
            break
        failures.append(outcome)
    if not failures:
        return None
    failures.reverse()
    counting = _thinned(failures, outcomes[len(failures) :])
    evidence = _evidence(counting, max(FIRST_FAILS_MIN, 2.0 * budget_ratio), max(COUNTED_MIN, per_minute))
    needed = math.log10(max(1.0, per_minute) * MINUTES_PER_MONTH / ALARMS_PER_MONTH)
    first, last = failures[0].at_us, failures[-1].at_us
    # How long it has lasted includes the wait since the last failure: nothing succeeded in it either.
    lasted_s = (max(last, min(now_us, last + US_PER_MINUTE)) - first) / US_PER_SECOND
    return Run(
        failures=len(failures),
        probes=sum(failure.probe for failure in failures),
        first_at_us=first,
        last_at_us=last,
        evidence=evidence,
        needed=needed,
        fires=evidence >= needed and len(failures) >= FAILURES_MIN and lasted_s >= SPAN_MIN_S,
    )


def _thinned(failures: Sequence[OutcomeAt], before: Sequence[OutcomeAt]) -> Sequence[OutcomeAt]:
    """Of a run the failures that would have been kept, were failures sampled as the successes `before` it were."""
    successes = [outcome.weight for outcome in before if not outcome.bad and not outcome.probe]
    if not successes:
        return failures
    one = sum(successes) / len(successes) * (1.0 - 1e-9)
    kept: list[OutcomeAt] = []
    stood_for = 0.0
    for failure in failures:
        if failure.probe or failure.weight >= one:
            kept.append(failure)
            continue
        stood_for += failure.weight
        if stood_for >= one:
            kept.append(failure)
            stood_for -= one
    return kept


def _evidence(failures: Sequence[OutcomeAt], first_fails: float, counted_max: float) -> float:
    """The base-10 logarithm of the product over the run; of one minute at most `counted_max` failures count."""
    log, in_burst, burst_from = 0.0, {True: 0, False: 0}, {True: 0, False: 0}
    callers: set[int] = set()
    for failure in failures:
        kind = failure.probe
        if not in_burst[kind] or failure.at_us - burst_from[kind] >= US_PER_MINUTE:
            chance, in_burst[kind], burst_from[kind] = first_fails, 0, failure.at_us
        else:
            chance = max(BLIP_FAILS, in_burst[kind] / (URN + in_burst[kind]))
        in_burst[kind] += 1
        if in_burst[kind] > counted_max:
            continue
        if failure.caller is not None:
            if failure.caller in callers:
                chance = max(chance, CALLER_AGAIN)
            callers.add(failure.caller)
        log -= math.log10(chance)
    return log
