"""Identities for tests: those that the product's own promise, and the same in every run."""

from __future__ import annotations

from evenkeel.store.system import SystemIds
from evenkeel.testing.ids import SimIds


def test_they_rise_and_never_repeat() -> None:
    ids = SimIds()
    made = [ids.new_id() for _ in range(1_000)]
    assert made == sorted({*made})


def test_they_look_like_real_ones_and_are_the_same_in_every_run() -> None:
    assert len(SimIds().new_id()) == len(SystemIds().new_id()) == 32
    assert SimIds().new_id() == SimIds().new_id() == "0" * 31 + "1"
