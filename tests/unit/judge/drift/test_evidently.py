"""Scores as Evidently 0.7.23 gave them for the same seeded rows through its public report."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenkeel.judge.drift.evidently import evidently_jensen_shannon, evidently_psi, evidently_wasserstein
from evenkeel.kernel.errors import InvalidInputError

Floats = NDArray[np.float64]

#: (PSI, Jensen-Shannon, Wasserstein) of `_columns`, from ValueDrift with that method, numpy's generator as below.
THEIRS: Final = {
    "normal +0.5": (0.31337739216380933, 0.19439480009985766, 0.5540390030150117),
    "lognormal": (0.07729272854362361, 0.09897177094082787, 0.2696521299916271),
    "heavy tail": (0.002718353437857682, 0.022806618481095855, 0.5338933929338293),
    "few values": (0.16490997799097615, 0.14139878137156728, 0.4248165889870712),
    "gaps": (0.016910747787502935, 0.04657797628298141, 0.05233320531494331),
}
THEIRS_LEVELS: Final = (3.046024896609816, 0.3728248265304097)


def _columns() -> tuple[dict[str, tuple[Floats, Floats]], tuple[list[object], list[object]]]:
    rng = np.random.default_rng(20261129)
    found = {"normal +0.5": (rng.normal(size=3_000), rng.normal(0.5, 1, 2_000))}
    found["lognormal"] = rng.lognormal(size=3_000), rng.lognormal(0.3, 1, 2_000)
    found["heavy tail"] = rng.standard_t(1.5, 3_000), rng.standard_t(1.5, 2_000) + 0.5
    found["few values"] = rng.poisson(1.0, 3_000).astype(float), rng.poisson(1.4, 2_000).astype(float)
    reference, window = rng.normal(size=3_000), np.empty(0)
    reference[:200] = np.nan
    window = rng.normal(size=2_000)
    window[:900] = np.nan
    window[900:910] = np.inf
    found["gaps"] = reference, window
    levels = np.array(list("abcdef"))
    return found, (levels[rng.integers(0, 5, 3_000)].tolist(), levels[rng.integers(1, 6, 2_000)].tolist())


COLUMNS, LEVELS = _columns()


@pytest.mark.parametrize("name", THEIRS)
def test_scores_of_numbers_equal_those_of_evidently(name: str) -> None:
    reference, window = COLUMNS[name]
    ours = tuple(of(reference, window) for of in (evidently_psi, evidently_jensen_shannon, evidently_wasserstein))
    assert ours == pytest.approx(THEIRS[name], rel=1e-9)


def test_scores_of_levels_equal_those_of_evidently() -> None:
    ours = evidently_psi(*LEVELS), evidently_jensen_shannon(*LEVELS)
    assert ours == pytest.approx(THEIRS_LEVELS, rel=1e-9)


def test_lists_are_read_as_arrays_are() -> None:
    reference, window = COLUMNS["normal +0.5"]
    assert evidently_psi([*reference.tolist(), None], window.tolist()) == evidently_psi(reference, window)
    objects = np.array(LEVELS[0], dtype=object), np.array(LEVELS[1], dtype=object)
    assert evidently_psi(*objects) == pytest.approx(THEIRS_LEVELS[0])


@pytest.mark.parametrize("of", [evidently_psi, evidently_jensen_shannon, evidently_wasserstein])
def test_a_sample_without_values_is_refused_by_name(of: object) -> None:
    assert callable(of)
    with pytest.raises(InvalidInputError, match=r"The window holds no value\. Give rows"):
        of([1.0, 2.0], [None, float("nan")])


def test_a_sample_of_words_has_no_distance_in_standard_deviations() -> None:
    with pytest.raises(InvalidInputError, match="Compare categories by their PSI"):
        evidently_wasserstein(["a"], ["b"])


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_scores_are_finite_and_not_negative(reference: list[float], window: list[float]) -> None:
    for of in (evidently_psi, evidently_jensen_shannon, evidently_wasserstein):
        assert 0.0 <= of(reference, window) < float("inf")
