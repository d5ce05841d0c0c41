"""Columns to measure drift detection on: as they are without drift, and each with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.model import Comparison
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.build import profile_of
from evenkeel.kernel.profile.column import Column, read_column, read_levels
from evenkeel.kernel.profile.count import count_column
from evenkeel.kernel.profile.model import Kind
from evenkeel.kernel.stats.monte_carlo import Drawing

Rng = np.random.Generator
Floats = NDArray[np.float64]
Draw = Callable[[Rng, int], Column]
Numbers = Callable[[Rng, int], Floats]

#: A robust standard deviation of Student's t with 1.5 degrees of freedom: its quartile over that of the normal.
_T_UNIT: Final = 0.8725946625 / 0.6744897502


def of_numbers(numbers: Numbers) -> Draw:
    """A numeric column."""
    return lambda rng, rows: read_column(numbers(rng, rows))


def with_gaps(numbers: Numbers, share: float) -> Draw:
    """A numeric column of which a share is not a number."""

    def draw(rng: Rng, rows: int) -> Column:
        values = numbers(rng, rows)
        values[rng.uniform(size=rows) < share] = np.nan
        return read_column(values)

    return draw


def of_levels(shares: Floats, *, kind: Kind = Kind.CATEGORICAL) -> Draw:
    """A category with these shares of its levels."""
    names = ("false", "true") if kind is Kind.BOOLEAN else tuple(f"level {place:04}" for place in range(shares.size))
    return lambda rng, rows: read_levels(
        dict(zip(names, rng.multinomial(rows, shares / shares.sum()).tolist(), strict=True)), kind
    )


def zipf(levels: int) -> Floats:
    """Shares that fall by rank."""
    return 1.0 / np.arange(1.0, levels + 1.0)


def _normal(rng: Rng, rows: int) -> Floats:
    return rng.normal(size=rows)


def _student(rng: Rng, rows: int) -> Floats:
    return rng.standard_t(1.5, size=rows)


def _zero_inflated(rng: Rng, rows: int) -> Floats:
    return np.where(rng.uniform(size=rows) < 0.5, 0.0, rng.exponential(size=rows))


def _bimodal(rng: Rng, rows: int) -> Floats:
    return rng.normal(np.where(rng.uniform(size=rows) < 0.5, -3.0, 3.0), 0.1)


CONTINUOUS: Final[tuple[Numbers, ...]] = (
    _normal,
    lambda rng, rows: rng.lognormal(size=rows),
    lambda rng, rows: rng.exponential(size=rows),
    lambda rng, rows: rng.uniform(size=rows),
    lambda rng, rows: rng.standard_t(3.0, size=rows),
    _student,
    _bimodal,
)

#: Twenty columns each, none of which drifts.
TABLES: Final[Mapping[str, tuple[Draw, ...]]] = {
    "continuous": tuple(of_numbers(CONTINUOUS[place % 7]) for place in range(20)),
    "zero-inflated": (of_numbers(_zero_inflated),) * 20,
    "Poisson 4": (of_numbers(lambda rng, rows: rng.poisson(4.0, size=rows).astype(float)),) * 20,
    "Poisson 0.3": (of_numbers(lambda rng, rows: rng.poisson(0.3, size=rows).astype(float)),) * 20,
    "boolean 3 %": (of_levels(np.array([0.97, 0.03]), kind=Kind.BOOLEAN),) * 20,
    "5 levels": (of_levels(zipf(5)),) * 20,
    "50 levels": (of_levels(zipf(50)),) * 20,
    "500 levels": (of_levels(zipf(500)),) * 20,
    "mixed, gaps": (
        *(of_numbers(CONTINUOUS[place]) for place in range(7)),
        *(with_gaps(CONTINUOUS[place], 0.02) for place in range(5)),
        of_numbers(_zero_inflated),
        of_numbers(lambda rng, rows: rng.poisson(4.0, size=rows).astype(float)),
        of_levels(np.array([0.97, 0.03]), kind=Kind.BOOLEAN),
        *(of_levels(zipf(levels)) for levels in (5, 50, 500, 12, 200)),
    ),
}


@dataclass(frozen=True, slots=True)
class Drift:
    """A column before and after."""

    name: str
    before: Draw
    after: Draw


def _plus(numbers: Numbers, shift: float, scale: float = 1.0) -> Draw:
    return of_numbers(lambda rng, rows: numbers(rng, rows) * scale + shift)


def _some_at(share: float, value: float) -> Draw:
    def numbers(rng: Rng, rows: int) -> Floats:
        values = rng.normal(size=rows)
        values[rng.uniform(size=rows) < share] = value
        return values

    return of_numbers(numbers)


def _head_up(levels: int) -> Draw:
    shares = zipf(levels) / zipf(levels).sum()
    shares[0] *= np.exp(0.5)
    return of_levels(shares)


def _ten_new(levels: int) -> Draw:
    shares = zipf(levels) / zipf(levels).sum()
    return of_levels(np.concatenate([0.95 * shares, np.full(10, 0.005)]))


_PLAIN: Final = of_numbers(_normal)

DRIFTS: Final = (
    Drift("+0.1 sd", _PLAIN, _plus(_normal, 0.1)),
    Drift("+0.2 sd", _PLAIN, _plus(_normal, 0.2)),
    Drift("+0.5 sd", _PLAIN, _plus(_normal, 0.5)),
    Drift("sd x 1.1", _PLAIN, _plus(_normal, 0.0, 1.1)),
    Drift("sd x 1.25", _PLAIN, _plus(_normal, 0.0, 1.25)),
    Drift("t(1.5) + 0.5 robust sd", of_numbers(_student), _plus(_student, 0.5 * _T_UNIT)),
    Drift("5 % at one value within", _PLAIN, _some_at(0.05, 0.3)),
    Drift("2 % at 6 sd", _PLAIN, _some_at(0.02, 6.0)),
    Drift("50 levels, first x e^0.5", of_levels(zipf(50)), _head_up(50)),
    Drift("50 levels + 5 % in ten new", of_levels(zipf(50)), _ten_new(50)),
    Drift("500 levels, first x e^0.5", of_levels(zipf(500)), _head_up(500)),
    Drift("500 levels + 5 % in ten new", of_levels(zipf(500)), _ten_new(500)),
)


def compare_drawn(before: Draw, after: Draw, rng: Rng, sizes: tuple[int, int]) -> Comparison:
    """One column: a reference of n rows, a grid made of it, a window of m rows on it, and the tests."""
    return compare_columns(before(rng, sizes[0]), after(rng, sizes[1]), rng)


def compare_columns(reference: Column, window: Column, rng: Rng) -> Comparison:
    """The same of rows that were drawn already."""
    profile = profile_of(reference)
    both = align(profile.grid, profile.counts, count_column(window, profile.grid))
    return compare_feature(profile.grid, both, Drawing(rng))
