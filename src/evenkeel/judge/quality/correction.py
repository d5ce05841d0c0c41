"""The rate of bad answers from a judge that errs, corrected by labels of people.

A judge (a model or a rule) flags or passes every answer; people label a few of them. The labels say how often the judge
is right among those it flagged, and how often it is wrong among those it passed; how many it flagged is known for all.
So the rate is a weighted mean over the strata of the judge's own verdict (post-stratification: Holt and Smith 1979,
JRSS A 142:1). However bad the judge is, the rate stays unbiased; the better it is, the narrower the interval.

The interval joins Jeffreys' of each stratum and Wilson's of the strata's shares by MOVER (`kernel.stats.mover`). Wald's
of the same estimate covers 83 % instead of 95 % where the rate is 2 %.

Which answers were labelled must be known: at random from all, or at random within each verdict, so that flagged ones
may be labelled more often. Labels of another or an unknown choice (complaints, what looked odd) say nothing about the
rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.binomial import Z_95, wilson_interval
from evenkeel.kernel.stats.jeffreys import jeffreys_interval
from evenkeel.kernel.stats.mover import Bounded

#: A little above 95 %: simulated, what comes of it covers 94.6 to 95.8 % (`python -m bench corrected_rates`).
_LEVEL: Final = 0.955

#: With labels drawn from all, the judge may not make the interval wider than this times that of the labels alone.
_WIDER_MAX: Final = 1.05

#: Labels of bad and of good answers from which a judge's sensitivity and specificity are known well enough.
POOLED_MIN: Final = 100


class Design(StrEnum):
    """How the answers to be labelled were chosen."""

    RANDOM = "random"  # from all that were judged
    BY_VERDICT = "by_verdict"  # at random within each verdict, each with a share of its own
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stratum:
    """Answers with one verdict of the judge: how many, how many of them people labelled, how many as bad.

    Raises InvalidInputError for counts that do not contain each other.
    """

    judged: float
    labelled: float = 0
    bad: float = 0

    def __post_init__(self) -> None:
        if not 0 <= self.bad <= self.labelled <= self.judged:
            raise InvalidInputError(
                f"{self.bad} bad of {self.labelled} labelled of {self.judged} judged cannot be.",
                hint="Give counts with 0 ≤ bad ≤ labelled ≤ judged.",
                judged=self.judged,
                labelled=self.labelled,
                bad=self.bad,
            )


def corrected_rate(strata: Mapping[str, Stratum], design: Design, *, is_census: bool = False) -> Figure:
    """The share of bad answers, with its 95 % interval.

    `strata` are the judge's verdicts by name: flagged and passed, and those on which the judge failed, which are no
    less answers than the others. With `is_census` the rate is about these judged answers only, else about the traffic
    that they are a sample of. Without a known design there is no rate, and the figure says so.

    >>> flagged, passed = Stratum(judged=125, labelled=6, bad=2), Stratum(judged=1875, labelled=94, bad=1)
    >>> figure = corrected_rate({"flagged": flagged, "passed": passed}, Design.RANDOM)
    >>> round(figure.value, 4), round(figure.low, 4), round(figure.high, 4)
    (0.0308, 0.012, 0.075)
    """
    method = "post-stratified by verdict, MOVER of Jeffreys"
    judged = sum(stratum.judged for stratum in strata.values())
    labelled = sum(stratum.labelled for stratum in strata.values())
    if judged == 0:
        return Figure.absent(Reason.NO_ROWS, method)
    if labelled == 0:
        return Figure.absent(Reason.NO_LABELS, method)
    if design is Design.UNKNOWN:
        return Figure.absent(Reason.DESIGN_UNKNOWN, method, n=labelled)
    occupied = [stratum for stratum in strata.values() if stratum.judged > 0]
    found = _mixed(occupied, is_census=is_census)
    if design is Design.RANDOM:
        found = _no_wider(found, labelled, sum(stratum.bad for stratum in strata.values()))
    return Figure(found.value, max(0.0, found.low), min(1.0, found.high), labelled, method)


def _mixed(strata: list[Stratum], *, is_census: bool) -> Bounded:
    """The mean over strata: the first one and all others together, of which the same is true."""
    first, rest = strata[0], strata[1:]
    inside = _labelled_share(first)
    if not rest:
        return inside
    outside = _mixed(rest, is_census=is_census)
    judged = sum(stratum.judged for stratum in strata)
    share = first.judged / judged
    low, high = (share, share) if is_census else wilson_interval(first.judged, judged)
    return _mixture(Bounded(share, low, high), inside, outside)


def _labelled_share(stratum: Stratum) -> Bounded:
    low, high = jeffreys_interval(stratum.bad, stratum.labelled, _LEVEL)
    return Bounded(stratum.bad / stratum.labelled if stratum.labelled else 0.5, low, high)


def _mixture(share: Bounded, inside: Bounded, outside: Bounded) -> Bounded:
    """share × inside + (1 - share) × outside, each of the three with its own interval."""
    weight, rest, apart = share.value, 1.0 - share.value, abs(inside.value - outside.value)
    value = weight * inside.value + rest * outside.value
    below = (weight * (inside.value - inside.low), rest * (outside.value - outside.low), apart * (weight - share.low))
    above = (
        weight * (inside.high - inside.value),
        rest * (outside.high - outside.value),
        apart * (share.high - weight),
    )
    return Bounded(value, value - math.hypot(*below), value + math.hypot(*above))


def _no_wider(found: Bounded, labelled: float, bad: float) -> Bounded:
    """Few labels of flagged answers may make it wider than the labels alone, drawn from all, allow: then it shrinks."""
    low, high = jeffreys_interval(bad, labelled)
    widest = _WIDER_MAX * (high - low)
    if found.high - found.low <= widest:
        return found
    factor = widest / (found.high - found.low)
    return Bounded(
        found.value, found.value - factor * (found.value - found.low), found.value + factor * (found.high - found.value)
    )


@dataclass(frozen=True, slots=True)
class JudgeAccuracy:
    """Labels of many windows together, by truth and the judge's verdict."""

    bad_flagged: int
    bad_passed: int
    good_flagged: int
    good_passed: int

    @property
    def bad(self) -> int:
        """Answers that people called bad."""
        return self.bad_flagged + self.bad_passed

    @property
    def good(self) -> int:
        """Answers that people called good."""
        return self.good_flagged + self.good_passed


def rate_by_accuracy(flagged: int, judged: int, accuracy: JudgeAccuracy) -> Figure:
    """The share of bad answers of a window without labels of its own, by how well the judge did in earlier ones.

    Lang and Reiczigel 2014 (Preventive Veterinary Medicine 113:1), after Rogan and Gladen 1978. It holds as long as
    the judge errs as it did, which only labels of this window can tell; with fewer than `POOLED_MIN` labels of bad or
    of good answers, or a judge no better than chance, there is no rate.

    >>> figure = rate_by_accuracy(180, 2_000, JudgeAccuracy(80, 20, 45, 855))
    >>> round(figure.value, 4), round(figure.low, 4), round(figure.high, 4)
    (0.0533, 0.0283, 0.0794)
    """
    method = "sensitivity and specificity of pooled labels, Lang-Reiczigel"
    if judged <= 0:
        return Figure.absent(Reason.NO_ROWS, method)
    if min(accuracy.bad, accuracy.good) < POOLED_MIN:
        return Figure.absent(Reason.TOO_FEW, method, n=judged)
    seen = (flagged + Z_95**2 / 2.0) / (judged + Z_95**2)
    sensitivity, sensitive_n = (accuracy.bad_flagged + 1.0) / (accuracy.bad + 2.0), accuracy.bad + 2.0
    specificity, specific_n = (accuracy.good_passed + 1.0) / (accuracy.good + 2.0), accuracy.good + 2.0
    skill = sensitivity + specificity - 1.0
    variance_bad = sensitivity * (1.0 - sensitivity) / sensitive_n
    variance_good = specificity * (1.0 - specificity) / specific_n
    if skill <= Z_95 * math.sqrt(variance_bad + variance_good):
        return Figure.absent(Reason.NO_SKILL, method, n=judged)
    value = (seen + specificity - 1.0) / skill
    lopsided = 2.0 * Z_95**2 * (value * variance_bad - (1.0 - value) * variance_good)
    variance = seen * (1.0 - seen) / (judged + Z_95**2) + value**2 * variance_bad + (1.0 - value) ** 2 * variance_good
    half = Z_95 * math.sqrt(variance) / skill
    plain = (flagged / judged + accuracy.good_passed / accuracy.good - 1.0) / (
        accuracy.bad_flagged / accuracy.bad + accuracy.good_passed / accuracy.good - 1.0
    )
    low, high = (min(1.0, max(0.0, value + lopsided + side * half)) for side in (-1.0, 1.0))
    return Figure(min(high, max(low, plain)), low, high, judged, method)
