"""Indicator: one thing that can be measured of a service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """How an indicator is computed, which also says in what shape its evidence is asked for."""

    SHARE = "share"  # bad requests of all requests
    LATENCY = "latency"  # a quantile of latency, decided by the share beyond the limits
    MINUTES = "minutes"  # good minutes of all minutes
    LOAD = "load"  # busiest five minutes against a declared capacity
    ASSESSED = "assessed"  # looked at by the hour, by the assessor of its `reads` (`judge.objectives.assessing`)


class Reads(StrEnum):
    """What assessed indicators are computed from."""

    LABELS = "labels"  # predictions whose truth is known
    SCORES = "scores"  # scores of predictions whose truth is known
    ERRORS = "errors"  # predicted numbers beside the true ones
    TRIALS = "trials"  # what was judged one by one
    RETRIEVAL = "retrieval"  # golden probes, or runs of golden queries
    DRIFT = "drift"  # counts of features beside their reference
    GROUPS = "groups"  # counts of groups, by the criteria that are configured
    PEOPLE = "people"  # what people say of answers that were drawn for them
    AUDITS = "audits"  # months whose audit people signed
    HISTORY = "history"  # predictions whose truth is known, beside those of the weeks before


@dataclass(frozen=True, slots=True)
class Scale:
    """From how bad trials were on average, 0 to 1, to the indicator's unit: a straight line."""

    at_good: float  # the value where none was bad
    at_bad: float  # the value where all were as bad as can be

    def value(self, badness: float) -> float:
        """The value of a badness.

        >>> Scale(5.0, 1.0).value(0.25)
        4.0
        """
        return self.at_good + (self.at_bad - self.at_good) * badness

    def badness(self, value: float) -> float:
        """The badness of a value, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.at_good) / (self.at_bad - self.at_good)))


#: Where the value is the share of bad ones, or of good ones.
BAD_SHARE = Scale(0.0, 1.0)
GOOD_SHARE = Scale(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing that can be measured of a service."""

    name: str
    title: str
    unit: str  # ratio | s | points | of 5 | psi
    measure: Measure
    larger_is_worse: bool
    counts: str  # what n counts, plural
    definition: str
    quantile: float | None = None  # LATENCY only
    # ASSESSED only
    reads: Reads | None = None
    source: str = ""  # which trials (`store.telemetry.trial_port.Source`), figure of labels, question to people
    scale: Scale = BAD_SHARE
    kinds: frozenset[str] = frozenset()  # of events that a service must have sent to be judged by it
    shows: str = ""  # kind of events that are its evidence
