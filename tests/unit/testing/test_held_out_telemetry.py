"""The held-out lines are made from a seed, and none is one of those that the patterns were adjusted to."""

from __future__ import annotations

import re

from evenkeel.testing.guarded_texts import telemetry_texts
from evenkeel.testing.held_out_telemetry import PLACES, TELEMETRY, telemetry_lines


def test_lines_are_the_same_from_a_seed_and_no_place_is_left_in_them() -> None:
    for kind in TELEMETRY:
        lines = list(telemetry_lines(kind, 30))
        assert lines == list(telemetry_lines(kind, 30))
        assert len(set(lines)) == 30
        assert lines != list(telemetry_lines(kind, 30, seed=1))
        assert not any(re.search(rf"<[{''.join(PLACES)}]\d+>", line) for line in lines)
    assert not {line for kind in TELEMETRY for line in telemetry_lines(kind, 50)} & {
        each.text for each in telemetry_texts(500)
    }
