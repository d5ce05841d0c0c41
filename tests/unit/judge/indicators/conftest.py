"""Circumstances of a window, and minutes as counters hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.estimate import Evidence
from evenkeel.kernel.stats.spending import ALPHA_OK, alpha_for
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.port import MinuteRow

Given = Callable[..., Circumstances]
Row = Callable[..., MinuteRow]


@pytest.fixture
def given() -> Given:
    """Circumstances of an hour fully heard, but for what is said."""

    def circumstances(**more: Any) -> Circumstances:
        base: dict[str, Any] = {
            "window": Window(0, US_PER_HOUR),
            "as_of_us": US_PER_HOUR,
            "watermark_us": US_PER_HOUR,
            "coverage": 1.0,
            "alpha_low": alpha_for("page"),
            "alpha_high": ALPHA_OK,
            "evidence": Evidence("/events", "the rule"),
        }
        return Circumstances(**base | more)

    return circumstances


@pytest.fixture
def row() -> Row:
    """One minute with nothing in it but what is said."""

    def minute(at: int = 0, **more: Any) -> MinuteRow:
        empty: dict[str, Any] = dict.fromkeys(
            ("good", "bad", "excluded", "attempts", "tokens_in", "tokens_out", "tokens_cached", "cost_nano",
             "unpriced", "heartbeats"), 0,
        )  # fmt: skip
        return MinuteRow(at=at, **empty | more)

    return minute
