"""Thousands of lives of a journal on a disk that crashes: nothing acknowledged is lost or doubled."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

SCHEDULES_ORDINARY = 300
SCHEDULES_SLOW = 10_000
PARTS = 10


def test_every_acknowledged_event_survives_300_schedules_exactly_once(schedules: SimpleNamespace) -> None:
    schedules.play(range(SCHEDULES_ORDINARY))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_acknowledged_event_survives_10_000_schedules_exactly_once(schedules: SimpleNamespace, part: int) -> None:
    size = SCHEDULES_SLOW // PARTS
    schedules.play(range(SCHEDULES_ORDINARY + part * size, SCHEDULES_ORDINARY + (part + 1) * size))
