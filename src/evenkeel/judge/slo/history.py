"""An SLO's own past, minute by minute, for a backtest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.judge.slo.backtest import Backtest, RuleSet, run_backtest
from evenkeel.judge.slo.catalogue import choose_catalogue
from evenkeel.judge.slo.counting import count_sli, count_slo, probes_of, thresholds_of
from evenkeel.judge.slo.model import BurnRule, ErrorsSli, MinutesSli, Slo
from evenkeel.judge.slo.stream import Buckets, Floats
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE, Window, floor_minute
from evenkeel.store.telemetry.port import Telemetry

#: A month with what lies before it: a longer past says little of today's rules, and takes long to replay.
DAYS_MAX: Final = 40
DAYS_DEFAULT: Final = 30


@dataclass(frozen=True, slots=True)
class History:
    """Dense minutes: `total[i]` and `bad[i]` of the minute that begins at `start_us` + i minutes."""

    start_us: int
    total: Floats
    bad: Floats

    def at_us(self, minute: int) -> int:
        """When a minute of it began."""
        return self.start_us + minute * US_PER_MINUTE


def read_history(telemetry: Telemetry, slo: Slo, now_us: int, *, days: int = DAYS_DEFAULT) -> History:
    """What `slo` counted in the last `days`, from its first minute on. Raises InvalidInputError for too many days."""
    if not 1 <= days <= DAYS_MAX:
        raise InvalidInputError(f"{days} days cannot be replayed.", hint=f"Write 1 to {DAYS_MAX}.")
    end_us = floor_minute(now_us)
    window = Window(end_us - days * US_PER_DAY, end_us)
    found = telemetry.counts(
        window, step_minutes=1, keys=(slo.key,), thresholds=thresholds_of((slo,)), probes=probes_of((slo,))
    ).get(slo.key)
    counted = Buckets.none() if found is None else count_slo(slo, count_sli(slo.sli, found))
    if not counted.at.size:
        return History(end_us, np.empty(0), np.empty(0))
    start_us = int(counted.at[0])
    places = (counted.at - start_us) // US_PER_MINUTE
    length = (end_us - start_us) // US_PER_MINUTE
    total, bad = np.zeros(length), np.zeros(length)
    total[places], bad[places] = counted.total, counted.bad
    return History(start_us, total, bad)


def rule_set(slo: Slo, rules: tuple[BurnRule, ...] | None = None) -> RuleSet:
    """What is tried on an SLO: the rules it has, or edited ones; the outage rule where it carries it."""
    if rules is None:
        catalogue = choose_catalogue(slo)
        rules = () if catalogue is None else catalogue.rules
    return RuleSet(rules, slo.budget_ratio, with_outage=isinstance(slo.sli, ErrorsSli | MinutesSli))


def backtest_slo(
    telemetry: Telemetry, slo: Slo, now_us: int, *, days: int = DAYS_DEFAULT, rules: tuple[BurnRule, ...] | None = None
) -> tuple[History, Backtest]:
    """Replay an SLO's past against its rules, or against `rules`."""
    history = read_history(telemetry, slo, now_us, days=days)
    return history, run_backtest(history.total, history.bad, rule_set(slo, rules))
