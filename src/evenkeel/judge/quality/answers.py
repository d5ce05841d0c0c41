"""What evaluators' numbers say of a service's answers: shares and means with intervals, and languages that changed.

An hour (or a day) is the unit of evidence: answers of one hour are alike. Where they are more alike within hours than
chance makes them, intervals are those of fewer answers (the design effect of `kernel.stats.clusters`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.kernel.facts import fact
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.stats.clusters import design_effect
from evenkeel.kernel.stats.jeffreys import jeffreys_interval
from evenkeel.kernel.stats.means import student_quantile
from evenkeel.kernel.stats.newcombe import share_difference
from evenkeel.kernel.stats.normal import two_sided_z
from evenkeel.store.telemetry.feature_port import NumberSum

#: A language is said to have come or gone when its share changed by so much …
LANGUAGE_CHANGE_MIN: Final = 0.05
#: … and chance would seldom say so of any of them.
_FALSE_CHANGE_MAX: Final = 0.01
#: Texts of each side that a change of languages is told from; with fewer nothing is said.
LANGUAGE_TEXTS_MIN: Final = 30
#: What stands for texts whose language is not told.
UNTOLD: Final = "unknown"


@fact
class LanguageChange:
    """A language that a significant and notable part of the texts changed to, or from; shares are ratios."""

    language: str
    before: float
    now: float
    low: float  # of the difference
    high: float


@dataclass(frozen=True, slots=True)
class Languages:
    """How many texts are in each language; of those whose language is told, the largest share first."""

    counts: Mapping[str, float]
    untold: float
    deff: float  # of texts of one hour that are alike, in the language in which that shows most, and of a sample

    @property
    def told(self) -> float:
        """Texts whose language is told."""
        return sum(self.counts.values())

    def share(self, language: str) -> float:
        """Of the texts whose language is told; 0 of none."""
        return self.counts.get(language, 0.0) / self.told if self.told else 0.0


def compute_rate(rows: Sequence[NumberSum]) -> Figure:
    """The share of answers of which one number is above 0, from its rows.

    >>> rows = [NumberSum("evenkeel.answer.refusal", "1", 0, 200.0, 10.0, 10.0, 10.0)]
    >>> found = compute_rate(rows)
    >>> found.value, round(found.low, 3), round(found.high, 3), found.n
    (0.05, 0.026, 0.087, 200.0)
    """
    total, hits = _by_step(rows)
    n, positive = sum(total), sum(hits)
    method = "Jeffreys, design effect of hours"
    if not n:
        return Figure.absent(Reason.NO_ROWS, method)
    deff = design_effect(total, hits) * n / sum(row.effective_n for row in rows)
    low, high = jeffreys_interval(positive / deff, n / deff)
    return Figure(positive / n, low, high, n, method)


def compute_mean(rows: Sequence[NumberSum]) -> Figure:
    """The mean of one number, from its rows; with Student's interval from two answers on."""
    n, total = (sum(getattr(row, name) for row in rows) for name in ("n", "total"))
    method = "Student's t, design effect of hours"
    if not n:
        return Figure.absent(Reason.NO_ROWS, method)
    mean = total / n
    variance = _variance(rows)
    effective = min(sum(row.effective_n for row in rows), n / _mean_design_effect(rows, mean, variance))
    if effective < 2.0:
        return Figure(mean, None, None, n, method, Reason.TOO_FEW)
    spread = math.sqrt(variance / (effective - 1.0))
    half = student_quantile(0.025, effective - 1.0) * spread
    return Figure(mean, mean - half, mean + half, n, method)


def compute_mean_of_shares(rows: Sequence[NumberSum]) -> Figure:
    """The mean of one number from 0 to 1, with an interval that three answers of 1 do not make certain.

    Wilson's, of as many yes-or-no trials as are as variable as these values with a 0 and a 1 added (`bounded_mean`).

    >>> rows = [NumberSum("evenkeel.retrieval.cited.mrr", "1", 0, 3.0, 3.0, 3.0, 3.0)]
    >>> found = compute_mean_of_shares(rows)
    >>> found.value, round(found.low, 2), found.high
    (1.0, 0.38, 1.0)
    """
    plain = compute_mean(rows)
    method = "Wilson at its effective number, design effect of hours"
    if plain.value is None:
        return Figure.absent(Reason.NO_ROWS, method)
    n, total, squares = (sum(getattr(row, name) for row in rows) for name in ("n", "total", "squares"))
    mean = (total + 1.0) / (n + 2.0)
    variance = max((squares + 1.0) / (n + 2.0) - mean * mean, 1e-12) * (n + 2.0) / (n + 1.0)
    worth = min(sum(row.effective_n for row in rows), n / _mean_design_effect(rows, plain.value, _variance(rows)))
    trials = max(1.0, worth * mean * (1.0 - mean) / variance)
    share = min(1.0, max(0.0, plain.value))
    low, high = wilson_interval(share * trials, trials, two_sided_z(0.95))
    return Figure(plain.value, min(low, share), max(high, share), n, method)


def _variance(rows: Sequence[NumberSum]) -> float:
    n, total, squares = (sum(getattr(row, name) for row in rows) for name in ("n", "total", "squares"))
    return max(0.0, squares / n - (total / n) ** 2)


def _mean_design_effect(rows: Sequence[NumberSum], mean: float, variance: float) -> float:
    """How many times the variance of a mean exceeds that of independent answers, by how hours differ; at least 1."""
    by_step = defaultdict[int, list[float]](lambda: [0.0, 0.0])
    for row in rows:
        by_step[row.at][0] += row.n
        by_step[row.at][1] += row.total
    hours, n = len(by_step), sum(row.n for row in rows)
    if hours < 2 or variance <= 1e-12 * mean * mean:  # what is left over by rounding alone says nothing
        return 1.0
    between = sum((total - mean * count) ** 2 for count, total in by_step.values()) * hours / (hours - 1)
    return max(1.0, between / (n * variance))


def count_languages(rows: Sequence[NumberSum], prefix: str) -> Languages:
    """How many texts are in each language, from the rows of `prefix` and a language code.

    >>> name = "evenkeel.language.prompt.en"
    >>> count_languages([NumberSum(name, "1", 0, 3.0, 3.0, 3.0, 3.0)], "evenkeel.language.prompt.").counts
    {'en': 3.0}
    """
    counts = defaultdict[str, float](float)
    effective = 0.0
    by_step = defaultdict[int, dict[str, float]](dict[str, float])
    for row in rows:
        if row.name.startswith(prefix):
            language = row.name.removeprefix(prefix)
            counts[language] += row.n
            if language != UNTOLD:
                by_step[row.at][language] = by_step[row.at].get(language, 0.0) + row.n
                effective += row.effective_n
    untold = counts.pop(UNTOLD, 0.0)
    total = [sum(each.values()) for each in by_step.values()]
    deff = max((design_effect(total, [each.get(name, 0.0) for each in by_step.values()]) for name in counts), default=1)
    sampled = sum(total) / effective if effective > 0.0 else 1.0  # a text that stands for others is one all the same
    return Languages(dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))), untold, deff * sampled)


def find_language_changes(before: Languages, now: Languages) -> list[LanguageChange]:
    """Languages that came or went: by at least five points, and not by chance; the largest change first.

    With Newcombe's interval of each difference at a level that is shared by all languages.

    >>> before, now = Languages({"en": 500.0}, 0.0, 1.0), Languages({"en": 138.0, "es": 62.0}, 0.0, 1.0)
    >>> [(each.language, each.now) for each in find_language_changes(before, now)]
    [('en', 0.69), ('es', 0.31)]
    """
    if min(before.told, now.told) < LANGUAGE_TEXTS_MIN:
        return []
    names = sorted({*before.counts, *now.counts})
    level = 1.0 - _FALSE_CHANGE_MAX / len(names)
    found: list[LanguageChange] = []
    for name in names:
        hits, other_hits = now.counts.get(name, 0.0) / now.deff, before.counts.get(name, 0.0) / before.deff
        bounds = share_difference(hits, now.told / now.deff, other_hits, before.told / before.deff, level)
        if (bounds.low > 0.0 or bounds.high < 0.0) and abs(bounds.value) >= LANGUAGE_CHANGE_MIN:
            found.append(LanguageChange(name, before.share(name), now.share(name), bounds.low, bounds.high))
    return sorted(found, key=lambda each: (-abs(each.now - each.before), each.language))


def _by_step(rows: Sequence[NumberSum]) -> tuple[list[float], list[float]]:
    """(answers, of them above 0) of each hour."""
    by_step = defaultdict[int, list[float]](lambda: [0.0, 0.0])
    for row in rows:
        by_step[row.at][0] += row.n
        by_step[row.at][1] += row.positive
    return [each[0] for each in by_step.values()], [each[1] for each in by_step.values()]
