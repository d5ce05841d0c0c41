"""Numbers that a service predicted beside those that came true: RMSE, MAE, MAPE and bias of a window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.regression import ErrorSums, bias, mae, mape, rmse
from evenkeel.kernel.stats.weights import WeightedSums
from evenkeel.store.telemetry.predictions import NumberErrors


@dataclass(frozen=True, slots=True)
class NumberQuality:
    """How far predicted numbers were off, in their unit; sums of weights of what could be compared and what not."""

    figures: Mapping[str, Figure]
    compared: float
    unlabelled: float
    told_as_class: float
    infinite: float
    huge: float
    zero_truth: float

    @property
    def predictions(self) -> float:
        """All that were predicted."""
        return self.compared + self.unlabelled + self.told_as_class + self.infinite + self.huge


def measure_numbers(rows: Sequence[NumberErrors]) -> NumberQuality:
    """RMSE, MAE, bias and MAPE of the rows together; where truths came as classes only, that is why there are none.

    >>> measure_numbers([]).figures["RMSE"].reason
    <Reason.NO_ROWS: 'no_rows'>
    """
    names = ("signed", "absolute", "squared", "relative")
    sums = {name: reduce(add, (WeightedSums(*getattr(row, name)) for row in rows), WeightedSums()) for name in names}
    apart = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("unlabelled", "told_as_class", "infinite", "huge", "zero_truth")
    }
    signed, absolute, squared, relative = (sums[name].effective() for name in names)
    errors = ErrorSums(
        signed,
        absolute,
        squared,
        relative,
        zero_truth=apart["zero_truth"],
        unlabelled=apart["unlabelled"],
        infinite=apart["infinite"],
        huge=apart["huge"],
    )
    figures = {"RMSE": rmse(errors), "MAE": mae(errors), "bias": bias(errors), "MAPE": mape(errors)}
    for name, each in figures.items():
        n = sums["relative" if name == "MAPE" else "signed"].n
        if n > 0:
            figures[name] = replace(each, n=n)
        elif apart["told_as_class"] > 0:
            figures[name] = Figure.absent(Reason.TOLD_AS_CLASS, each.method)
    return NumberQuality(figures, sums["signed"].n, **apart)
