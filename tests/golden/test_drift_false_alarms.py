"""`bench drift_false_alarms` draws counts without rows: they are those that drawing rows and counting them gives."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from evenkeel.kernel.profile.build import profile_of
from evenkeel.kernel.profile.column import read_column

stats: Any = scipy.stats  # it ships no types
ROOT = Path(__file__).parents[2]
TABLES = ("continuous", "zero-inflated", "Poisson 4", "Poisson 0.3", "boolean 3 %", "5 levels", "50 levels")
COLUMNS = 300


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`bench.drift_counts`, which is no part of the package."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    return importlib.import_module("bench.drift_counts")


@pytest.fixture
def rows(counts: Any) -> Any:
    """`bench.drift_columns`, which draws rows."""
    return importlib.import_module(counts.zipf.__module__)


def _drawn(shape: str, size: int) -> NDArray[np.float64]:
    rng = np.random.default_rng([20_261_129, size])
    values = {
        "heavy tails": rng.standard_t(1.5, size),
        "half zeros": np.where(rng.uniform(size=size) < 0.5, 0.0, rng.exponential(size=size)),
        "whole numbers": rng.poisson(4.0, size).astype(float),
    }
    return np.sort(values[shape])


@pytest.mark.parametrize("size", [150, 200, 1_000, 5_000])
@pytest.mark.parametrize("shape", ["heavy tails", "half zeros", "whole numbers"])
def test_the_ranks_that_are_drawn_give_the_grid_and_the_counts_of_all_rows(counts: Any, shape: str, size: int) -> None:
    values = _drawn(shape, size)
    whole = profile_of(read_column(values))
    different, repeats = np.unique(values, return_counts=True)
    ends = np.cumsum(repeats) - 1
    ranks = counts.ranks_of_quantiles(size)
    if shape != "heavy tails":  # where values repeat, the last of each is drawn, too
        ranks = np.sort(np.concatenate([ranks, ends[repeats > 1]]))
    is_atom = (repeats > 1) & (repeats * 120 >= size)

    known = counts.Ordered(size, ranks, values[ranks], different[is_atom])

    assert known.grid.id == whole.grid.id
    upto = np.concatenate([[0], known.upto(known.grid.edges), [size]])
    assert tuple(np.diff(upto).tolist()) == whole.counts.buckets


def test_uniform_order_statistics_are_those_of_numbers_put_in_order(counts: Any) -> None:
    rng = np.random.default_rng(20_261_129)
    ranks = np.array([0, 7, 30])
    drawn = np.array([counts.uniform_order_statistics(rng, ranks, 31) for _ in range(2_000)])
    ordered = np.sort(rng.uniform(size=(2_000, 31)), axis=1)[:, ranks]
    for place in range(ranks.size):
        assert stats.ks_2samp(drawn[:, place], ordered[:, place]).pvalue > 0.001, ranks[place]
    assert np.corrcoef(drawn.T) == pytest.approx(np.corrcoef(ordered.T), abs=0.1)


def test_each_shape_has_the_distribution_of_the_rows(counts: Any, rows: Any) -> None:
    rng = np.random.default_rng(20_261_129)
    for place, (shape, numbers) in enumerate(zip(counts.CONTINUOUS, rows.CONTINUOUS, strict=True)):
        assert stats.kstest(numbers(rng, 20_000), shape.upto).pvalue > 0.001, place


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("sizes", [(200, 200), (2_000, 200)])
def test_p_values_are_distributed_as_those_of_rows(counts: Any, rows: Any, name: str, sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(20_261_129)
    columns = [place % 20 for place in range(COLUMNS)]
    drawn = [counts.compare_counts(counts.TABLES[name][place], rng, sizes).p for place in columns]
    counted = [rows.compare_drawn(*(rows.TABLES[name][place],) * 2, rng, sizes).p for place in columns]
    assert stats.ks_2samp(drawn, counted).pvalue > 0.001
    assert (np.array(drawn) <= 0.05).mean() == pytest.approx((np.array(counted) <= 0.05).mean(), abs=0.06)


def test_the_tables_are_the_same_twenty_columns(counts: Any, rows: Any) -> None:
    assert list(counts.TABLES) == list(rows.TABLES)
    assert {len(table) for table in counts.TABLES.values()} == {20}
    gaps = [source.absent for source in counts.TABLES["mixed, gaps"] if hasattr(source, "absent")]
    assert gaps == [0.0] * 7 + [0.02] * 5 + [0.0] * 2
