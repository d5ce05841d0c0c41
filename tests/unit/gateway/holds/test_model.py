"""How a hold stands."""

from __future__ import annotations

import pytest

from evenkeel.gateway.holds.model import Fate, Hold, Ruling, decide_fate

HOLD = Hold("a" * 32, "k", "production", "bot", "output", "chat", "openai", "POST", "/p", "r", 100, 200, 1, "h")


@pytest.mark.parametrize(
    ("ruling", "now_us", "fate"),
    [
        (None, 199, Fate.WAITING),
        (None, 200, Fate.EXPIRED),
        (Ruling("approved", "grace", 150), 249, Fate.RELEASED),
        (Ruling("approved", "grace", 150), 250, Fate.UNCOLLECTED),
        (Ruling("edited", "grace", 199), 298, Fate.RELEASED),
        (Ruling("rejected", "grace", 150), 151, Fate.REJECTED),
        (Ruling("expired", "nobody", 200), 201, Fate.EXPIRED),
    ],
)
def test_nothing_is_released_without_a_ruling_or_for_ever(ruling: Ruling | None, now_us: int, fate: Fate) -> None:
    assert decide_fate(HOLD, ruling, now_us) is fate
