"""The simulated clock and identities."""

from __future__ import annotations

import pytest

from evenkeel.kernel.ports import Clock, Ids
from evenkeel.testing.clock import SimClock
from evenkeel.testing.ids import SimIds


def test_time_passes_only_when_told() -> None:
    clock = SimClock(1_000_000)
    as_port: Clock = clock
    clock.advance(2.5)
    assert (as_port.now_us(), as_port.monotonic_s()) == (3_500_000, 2.5)


def test_a_step_moves_the_wall_clock_only() -> None:
    clock = SimClock(1_000_000)
    clock.step(-60.0)
    assert (clock.now_us(), clock.monotonic_s()) == (-59_000_000, 0.0)


def test_time_does_not_pass_backwards() -> None:
    with pytest.raises(ValueError, match="use step"):
        SimClock().advance(-1.0)


def test_identities_repeat_from_run_to_run() -> None:
    first, second = SimIds(), SimIds()
    as_port: Ids = first
    assert [as_port.new_id() for _ in range(3)] == [second.new_id() for _ in range(3)]
