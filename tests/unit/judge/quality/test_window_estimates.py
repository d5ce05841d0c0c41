"""A version's own past says how good it is now, and how far off such estimates were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenkeel.judge.quality.estimated import Performance
from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.window_estimates import foretell
from evenkeel.store.telemetry.predictions import ScoreTable
from evenkeel.testing.score_table import score_table


def history(parts: int = 8, n: int = 2_000, versions: tuple[str, ...] = ("1",)) -> ScoreTable:
    """So many windows of a model whose scores are too bold; the last one has no truth yet."""
    random = np.random.default_rng(11)
    size = parts * n
    chance = random.beta(1.0, 1.0, size=size)
    scores = np.where(chance > 0.5, chance**0.5, 1.0 - (1.0 - chance) ** 0.5)
    part = np.repeat(np.arange(parts), n)
    truth = np.where(part == parts - 1, -1.0, (random.random(size) < chance).astype(float))
    version = np.array(versions, dtype=object)[random.integers(0, len(versions), size=size)]
    return replace(score_table(scores, truth, scores > 0.5), part=part, version=version)


def test_the_estimate_is_near_what_the_model_has_and_says_how_far_off_it_was() -> None:
    (found,) = foretell(history(), 7, 7)
    accuracy = found.estimated[Performance.ACCURACY]
    assert accuracy.is_estimate and accuracy.value == pytest.approx(0.75, abs=0.02)
    assert accuracy.low is not None and accuracy.high is not None and accuracy.low < 0.75 < accuracy.high
    assert found.realised[Performance.ACCURACY].reason is Reason.NO_LABELS
    assert 0.0 < found.errors[Performance.ACCURACY] < 0.02
    assert found.windows == 7
    low, high = found.usual[Performance.AUC]
    assert low < (found.estimated[Performance.AUC].value or 0.0) < high


def test_windows_whose_labels_are_to_come_teach_nothing() -> None:
    (found,) = foretell(history(), 7, 2)
    assert found.estimated[Performance.AUC].reason is Reason.NO_REFERENCE
    assert found.errors == {} and found.windows == 2


def test_each_version_has_its_own_past() -> None:
    found = foretell(history(versions=("1", "2")), 7, 7)
    assert [each.version for each in found] == ["1", "2"]
    assert sum(each.predictions for each in found) == 2_000
