"""How an SLO stands: met only on the lower bound."""

from __future__ import annotations

import pytest

from evenkeel.judge.slo.budget import MINUTES_30D, Mode, Tally, Terms, Unit, compute_budget
from evenkeel.judge.slo.model import MinutesSli, Slo
from evenkeel.judge.slo.status import SloStatus
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey

SLO = Slo(ServiceKey("production", "bot"), "availability", "Availability", MinutesSli(), 0.999)


def status(tally: Tally) -> SloStatus:
    month = Window(0, 30 * US_PER_DAY)
    budget = compute_budget(tally, Terms(0.001, Unit.MINUTES, MINUTES_30D, MINUTES_30D))
    return SloStatus(SLO, month.end_us, month, month, budget, budget)


@pytest.mark.parametrize(
    ("tally", "is_met", "mode"),
    [
        (Tally(43_200, 43.2), True, Mode.FREEZE),
        (Tally(43_200, 44), False, Mode.FREEZE),
        (Tally(43_170, 0, 30), True, Mode.CAUTION),
        (Tally(43_100, 0, 100), None, Mode.FREEZE),
        (Tally(0, 0), None, None),
    ],
)
def test_a_target_is_met_only_where_even_the_unseen_would_not_break_it(
    tally: Tally, is_met: bool | None, mode: Mode | None
) -> None:
    assert status(tally).is_met is is_met
    assert status(tally).mode is mode
