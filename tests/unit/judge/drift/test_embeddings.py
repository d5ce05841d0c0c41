"""Whether embeddings differ: found where they do, and as rarely as is said where they do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from evenkeel.judge.drift.embeddings import Embedding, compare_embedding, mean_p
from evenkeel.judge.drift.family import judge_window
from evenkeel.judge.drift.model import Detected, Material, Reason, Signal
from evenkeel.judge.drift.sentences import describe_finding
from evenkeel.kernel.profile.embedding import count_embeddings, profile_embeddings
from evenkeel.kernel.stats.monte_carlo import Chance, Drawing

Vectors = NDArray[np.float32]
_LENGTH = 48
_SCALE = 1.0 / np.sqrt(np.arange(1, _LENGTH + 1))


def _plain(rng: Chance, rows: int) -> Vectors:
    return (rng.normal(size=(rows, _LENGTH)) * _SCALE).astype(np.float32)


def _heavy(rng: Chance, rows: int) -> Vectors:
    return (rng.standard_t(3.0, size=(rows, 1)) * _plain(rng, rows)).astype(np.float32)


def _given(before: Vectors, after: Vectors, rng: Chance) -> Embedding:
    made = profile_embeddings(before, rng.permutation(len(before)))
    return Embedding("vector", made, count_embeddings(after, made))


@pytest.mark.parametrize("draw", [_plain, _heavy])
def test_where_nothing_differs_small_p_values_are_as_rare_as_they_say(draw: Callable[[Chance, int], Vectors]) -> None:
    alarms = means = 0
    for number in range(100):
        rng = np.random.default_rng([1, number])
        given = _given(draw(rng, 200), draw(rng, 200), rng)
        alarms += compare_embedding(given, Drawing(rng)).p <= 0.05
        means += mean_p(given) <= 0.05
    assert alarms <= 12  # 5 are expected at most; more than 12 come once in 700 times
    assert means <= 12


def test_a_shift_another_covariance_and_another_scale_are_found_and_named() -> None:
    rng = np.random.default_rng(2)
    turn, _ = np.linalg.qr(rng.normal(size=(_LENGTH, _LENGTH)))
    before, after = _plain(rng, 1_000), _plain(rng, 1_000)
    changed = {
        Signal.LOCATION: after + (0.3 * _SCALE).astype(np.float32),
        Signal.SHAPE: (after @ turn).astype(np.float32),
        Signal.SPREAD: (after * 1.3).astype(np.float32),
    }
    for signal, vectors in changed.items():
        comparison = compare_embedding(_given(before, vectors, rng), Drawing(rng))
        assert comparison.p < 1e-6
        assert signal in {part.signal for part in comparison.parts if part.weighted < 1e-3}


def test_one_answer_is_corrected_with_those_of_all_features() -> None:
    rng = np.random.default_rng(3)
    before = _plain(rng, 1_000)
    moved = _given(before, _plain(rng, 1_000) + np.float32(0.8), rng)
    (found,) = judge_window([], rng, embeddings=[moved])
    assert (found.detected, found.material, found.kind.value) == (Detected.YES, Material.BREACH, "embedding")
    assert describe_finding(found).startswith("vector: its vectors ")
    (same,) = judge_window([], rng, embeddings=[_given(before, _plain(rng, 1_000), rng)])
    assert (same.detected, same.material) == (Detected.NO, Material.NO)


def test_too_few_vectors_and_none_are_unknown_and_missing_ones_are_seen() -> None:
    rng = np.random.default_rng(4)
    before = _plain(rng, 1_000)
    (few,) = judge_window([], rng, embeddings=[_given(before, _plain(rng, 30), rng)])
    assert (few.detected, few.comparison.reason) == (Detected.UNKNOWN, Reason.UNDERPOWERED)
    assert few.needs is not None
    (none,) = judge_window([], rng, embeddings=[_given(before, _plain(rng, 0), rng)])
    assert none.comparison.reason is Reason.EMPTY_WINDOW
    made = profile_embeddings(before, rng.permutation(1_000))
    gaps = Embedding("vector", made, count_embeddings(_plain(rng, 300), made, missing=200))
    (found,) = judge_window([], rng, embeddings=[gaps])
    assert found.signals == (Signal.MISSINGNESS,)
    assert "40 % of its rows have no value" in describe_finding(found)
    lost = Embedding("vector", made, count_embeddings(_plain(rng, 0), made, mistyped=500))
    assert judge_window([], rng, embeddings=[lost])[0].detected is Detected.YES
