"""A drill is as slow as its slowest worker, and proves nothing when one did not obey."""

from __future__ import annotations

from evenkeel.gateway.drill.model import Drill, Proof


def test_the_slowest_worker_counts() -> None:
    drill = Drill(0, (Proof("g0", 0.1, 0.2, 0.3), Proof("g1", 0.4, 0.1, 0.1)))
    assert (drill.flip_s, drill.kill_s, drill.old_key_s, drill.is_proven) == (0.4, 0.2, 0.3, True)


def test_one_that_did_not_obey_leaves_nothing_proven() -> None:
    drill = Drill(0, (Proof("g0", 0.1, 0.2, 0.3), Proof("g1", None, 0.1, 0.1, "does not obey a flip")))
    assert (drill.flip_s, drill.kill_s, drill.is_proven) == (None, 0.2, False)
    assert not Drill(0, ()).is_proven
    assert not Drill(0, (Proof("g0", 0.1, 0.2, 1.0),)).is_proven
    assert not Drill(0, (Proof("g0", 0.1, 0.2, 0.3, "does not take the key that replaced another"),)).is_proven
