"""What users' ratings say, and what they do not: most people do not rate.

The mean of the ratings given has an interval for chance. Who rates is no chance: angry and delighted people do. So the
share that answered stands beside the mean, with the means that were possible had all others given the worst or the best
(Manski 1989, J. of Human Resources 24:3). Nothing narrower holds without assuming why people rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.bounded_mean import mean_of_counts
from evenkeel.kernel.stats.jeffreys import jeffreys_interval


@dataclass(frozen=True, slots=True)
class Ratings:
    """The mean of the ratings given, the share that gave one, and the least and the most that the mean of all may be.

    `mean` is in the scale's unit, `response` a ratio. `possible` has the mean of all who were asked with the missing
    ones as bad as can be, and as good; None where nobody was asked.
    """

    mean: Figure
    response: Figure
    possible: tuple[float, float] | None


def summarise_ratings(counts: Mapping[float, int], asked: int, scale: tuple[float, float]) -> Ratings:
    """Ratings by value, of `asked` people or answers, on a scale from worst to best.

    Raises InvalidInputError for values that are not on the scale, negative counts, or more ratings than people asked.

    >>> found = summarise_ratings({5: 60, 4: 25, 1: 15}, asked=1_000, scale=(1, 5))
    >>> round(found.mean.value, 2), found.response.value, [round(mean, 3) for mean in found.possible]
    (4.15, 0.1, [1.315, 4.915])
    """
    given = sum(counts.values())
    if asked < given:
        raise InvalidInputError(
            f"{given:,} ratings were given and {asked:,} asked for.",
            hint="Count everybody who could have rated, such as all answers shown.",
        )
    try:
        mean = mean_of_counts(counts, scale)
    except ValueError as error:
        raise InvalidInputError(
            f"These ratings cannot be averaged: {error}.", hint="Give counts from 0 of values on the scale."
        ) from error
    of_mean, of_response = "mean on a scale, Wilson at its effective number", "Jeffreys"
    if asked == 0:
        return Ratings(Figure.absent(Reason.NO_ROWS, of_mean), Figure.absent(Reason.NO_ROWS, of_response), None)
    low, high = jeffreys_interval(given, asked)
    total, missing = sum(value * count for value, count in counts.items()), asked - given
    possible = ((total + missing * scale[0]) / asked, (total + missing * scale[1]) / asked)
    response = Figure(given / asked, low, high, asked, of_response)
    if given == 0:
        return Ratings(Figure.absent(Reason.NO_LABELS, of_mean), response, possible)
    return Ratings(Figure(*mean, given, of_mean), response, possible)
