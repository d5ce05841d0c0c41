"""Moments as people write them."""

from __future__ import annotations

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import isoformat
from evenkeel.org.calendar.moments import read_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01T22:00", "2026-07-01T20:00:00.000Z"),  # summer in Berlin
        ("2026-12-01T22:00:30", "2026-12-01T21:00:30.000Z"),
        ("2026-12-01T22:00Z", "2026-12-01T22:00:00.000Z"),
        (" 2026-12-01 22:00+05:30 ", "2026-12-01T16:30:00.000Z"),
        ("2026-12-01", "2026-11-30T23:00:00.000Z"),
    ],
)
def test_a_moment_is_on_the_organisations_clock_unless_it_says_otherwise(text: str, moment: str) -> None:
    assert isoformat(read_moment(text, "Europe/Berlin")) == moment


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-02-30T00:00", "0001-01-01T00:00+23:59", "22:00"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is no moment"):
        read_moment(text, "UTC")
