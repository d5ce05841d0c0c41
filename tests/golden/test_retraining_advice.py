"""Retraining advice on ELEC2 keeps what it promises: `bench retraining_advice`, which has nothing of chance in it."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_advice_saves_four_trainings_of_five_for_less_than_a_point(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])  # `bench` is no part of the package
    bench = importlib.import_module("bench.retraining_advice")
    if not bench.DATA.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{bench.DATA} is not there; EVENKEEL_SHARED names it")
    always_firing, *judged = bench.measure()
    assert always_firing.measured == 126
    assert len(judged) == 3
    assert all(row.ratio is not None and row.ratio >= 1 for row in judged), judged
