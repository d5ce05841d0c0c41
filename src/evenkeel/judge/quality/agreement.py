"""Whether people who label agree beyond chance: Cohen's kappa of two, Krippendorff's alpha of any number.

Both are 1 less what was disagreed on over what chance would disagree on. The interval is that of this ratio: as
variable as the jackknife over answers finds it, and lopsided like the score interval of a count, because a ratio near 0
cannot fall below it. Upwards it allows for one more disagreement than was seen, so that complete agreement on twenty
answers does not pass for certainty.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.binomial import Z_95

#: What one person said of an answer; None where nothing was said.
Label = str | int | float | bool | None

#: Different labels at most: more are measurements, not labels.
LABELS_MAX: Final = 100

#: Labels other than the most frequent one, of all people together, from which an interval holds.
UNCOMMON_MIN: Final = 10

#: The labels that one answer got, and how often that happened.
_Patterns = Mapping[tuple[Label, ...], int]


class Scale(StrEnum):
    """What labels are: names, or steps of an order."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"


def cohen_kappa(one: Sequence[Label], other: Sequence[Label]) -> Figure:
    """The agreement of two people on the same answers, 1 at best and 0 by chance, with its 95 % interval.

    Cohen 1960 (Educational and Psychological Measurement 20:1). Answers that one of them left out are not counted.

    >>> first = ["good"] * 45 + ["bad"] * 15 + ["good"] * 25 + ["bad"] * 15
    >>> figure = cohen_kappa(first, ["good"] * 60 + ["bad"] * 40)
    >>> round(figure.value, 4), figure.n
    (0.1304, 100)
    """
    if len(one) != len(other):
        raise InvalidInputError(
            f"One person labelled {len(one)} answers, the other {len(other)}.",
            hint="Give both in the same order, None for what was left out.",
        )
    patterns = Counter(pair for pair in zip(one, other, strict=True) if None not in pair)
    return _figure(patterns, _kappa_ratio, "Cohen's kappa, jackknife over answers")


def krippendorff_alpha(answers: Sequence[Sequence[Label]], scale: Scale = Scale.NOMINAL) -> Figure:
    """The agreement of any number of people, who need not all have labelled every answer, with its 95 % interval.

    `answers` are the labels of each answer, None or left out where somebody gave none; answers with fewer than two tell
    nothing. Krippendorff 2011 (Computing Krippendorff's Alpha-Reliability). On an ordinal scale labels are numbers, and
    to be a step apart counts less than to be far apart.

    >>> figure = krippendorff_alpha([["a", "a"], ["a", "b"], ["b", "b"], ["b", "b", "b"], ["a"]])
    >>> round(figure.value, 4), figure.n
    (0.5556, 4)
    """
    told = [tuple(label for label in labels if label is not None) for labels in answers]
    patterns: Counter[tuple[Label, ...]] = Counter(tuple(sorted(labels, key=str)) for labels in told if len(labels) > 1)
    if scale is Scale.ORDINAL:
        for label in {label for pattern in patterns for label in pattern}:
            if not isinstance(label, int | float) or math.isnan(label):
                raise InvalidInputError(
                    f"The label {label!r} has no place in an order.", hint="Give numbers, or take the nominal scale."
                )

    def ratio(counted: _Patterns) -> float:
        return _alpha_ratio(counted, scale)

    return _figure(patterns, ratio, f"Krippendorff's alpha, {scale}, jackknife over answers")


def _kappa_ratio(pairs: _Patterns) -> float:
    """What two disagreed on, over what two who label at random as often as they do would."""
    n = sum(pairs.values())
    first, second = Counter[Label](), Counter[Label]()
    differ = 0
    for (a, b), times in pairs.items():
        first[a] += times
        second[b] += times
        differ += times if a != b else 0
    by_chance = 1.0 - sum(first[label] * second[label] for label in first) / n**2
    return differ / n / by_chance if by_chance > 0.0 else math.nan


def _alpha_ratio(patterns: _Patterns, scale: Scale) -> float:
    """What pairs of labels disagreed on, over what pairs from all labels would."""
    together = Counter[tuple[Label, Label]]()
    for pattern, times in patterns.items():
        counts = Counter(pattern)
        for one, n in counts.items():
            for other, m in counts.items():
                # Counter adds fractions as well as whole numbers; its types only know the latter.
                share = times * n * (m - (one == other)) / (len(pattern) - 1)
                together[one, other] += share  # pyright: ignore[reportArgumentType]
    totals = Counter[Label]()
    for (one, _), times in together.items():
        totals[one] += times
    apart = _distances(totals, scale)
    n = sum(totals.values())
    seen = sum(times * apart[pair] for pair, times in together.items()) / n
    by_chance = sum(totals[a] * totals[b] * far for (a, b), far in apart.items()) / (n * (n - 1.0))
    return seen / by_chance if by_chance > 0.0 else math.nan


def _distances(totals: Mapping[Label, float], scale: Scale) -> dict[tuple[Label, Label], float]:
    """How far two labels are apart, squared: by names, or by the labels that lie between."""
    if scale is Scale.NOMINAL:
        return {(one, other): float(one != other) for one in totals for other in totals}
    order = sorted(totals, key=lambda label: float(label or 0.0))
    below, up_to = dict[Label, float](), 0.0
    for label in order:
        below[label] = up_to + totals[label] / 2.0
        up_to += totals[label]
    return {(one, other): (below[one] - below[other]) ** 2 for one in order for other in order}


def _figure(patterns: _Patterns, ratio: Callable[[_Patterns], float], method: str) -> Figure:
    n = sum(patterns.values())
    if n == 0:
        return Figure.absent(Reason.NO_LABELS, method)
    labels = {label for pattern in patterns for label in pattern}
    if len(labels) > LABELS_MAX:
        raise InvalidInputError(
            f"There are {len(labels)} different labels; at most {LABELS_MAX} are compared.",
            hint="Join labels, or compare measurements by their difference.",
        )
    whole = ratio(patterns)
    if math.isnan(whole):
        return Figure.absent(Reason.ONE_CLASS, method, n=n)
    uncommon = sum(_occurrences(patterns).values()) - max(_occurrences(patterns).values())
    if uncommon < UNCOMMON_MIN:
        return Figure.bare(1.0 - whole, Reason.TOO_FEW, method, n=n)
    one_more = dict(patterns)
    worst = _most_unlike(patterns)
    one_more[worst] = one_more.get(worst, 0) + 1
    low = _ratio_bounds(whole, _jackknife_variance(patterns, ratio, whole))[0]
    above = ratio(one_more)
    high = _ratio_bounds(above, _jackknife_variance(one_more, ratio, above))[1]
    return Figure(1.0 - whole, max(-1.0, 1.0 - max(high, whole)), 1.0 - min(low, whole), n, method)


def _occurrences(patterns: _Patterns) -> Counter[Label]:
    found = Counter[Label]()
    for pattern, times in patterns.items():
        for label in pattern:
            found[label] += times
    return found


def _most_unlike(patterns: _Patterns) -> tuple[Label, Label]:
    """The two most frequent labels: what one more disagreement would most likely be about."""
    (first, _), (second, _) = _occurrences(patterns).most_common(2)
    return first, second


def _jackknife_variance(patterns: _Patterns, ratio: Callable[[_Patterns], float], whole: float) -> float:
    """By leaving out one answer at a time; answers labelled alike are the same one (Efron and Stein 1981)."""
    n = sum(patterns.values())
    without: list[tuple[float, int]] = []
    for pattern, times in patterns.items():
        left = {**patterns, pattern: times - 1}
        found = ratio({each: count for each, count in left.items() if count})
        # Without the only answer of its kind nothing is left to disagree on; it says no more than the whole then.
        without.append((whole if math.isnan(found) else found, times))
    mean = sum(found * times for found, times in without) / n
    return (n - 1.0) / n * sum((found - mean) ** 2 * times for found, times in without)


def _ratio_bounds(ratio: float, variance: float) -> tuple[float, float]:
    """The score interval of a count that is as variable as the ratio."""
    if ratio <= 0.0 or variance <= 0.0:
        return max(0.0, ratio), max(0.0, ratio)
    count = ratio**2 / variance
    middle, half = count + Z_95**2 / 2.0, Z_95 * math.sqrt(count + Z_95**2 / 4.0)
    return ratio * (middle - half) / count, ratio * (middle + half) / count
