from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.act.alerts.model import AlertFilter, AlertState, Matcher, Operator, Silence


@pytest.mark.parametrize(
    ("state", "shown"),
    [("", True), ("firing", True), ("resolved", False), ("acknowledged", False), ("quiet", False)],
)
def test_a_filter_knows_the_states_of_an_alert(house: Any, state: str, shown: bool) -> None:
    house.look(house.fire())
    (alert,) = house.alerts.firing()
    assert AlertFilter(state=state).fits(alert) is shown
    assert AlertFilter(state="acknowledged").fits(replace(alert, acknowledged_at_us=1))
    assert AlertFilter(state="quiet").fits(replace(alert, quiet="inhibited by x"))
    over = replace(alert, state=AlertState.RESOLVED, quiet="x", acknowledged_at_us=1)
    assert [AlertFilter(state=each).fits(over) for each in ("resolved", "quiet", "acknowledged", "firing")] == [
        True, False, False, False,
    ]  # fmt: skip


def test_a_filter_holds_all_that_is_given(house: Any) -> None:
    house.look(house.fire())
    (alert,) = house.alerts.firing()
    assert AlertFilter(environment="production", service="bot", severity="page", source="evenkeel").fits(alert)
    for wrong in ({"environment": "x"}, {"service": "x"}, {"severity": "ticket"}, {"source": "grafana"}):
        assert not AlertFilter(**wrong).fits(alert)


def test_a_silence_holds_from_its_beginning_up_to_its_end() -> None:
    silence = Silence("1", (Matcher("a", Operator.EQUAL, "b"),), 10, 20, "why", "ada", 5)
    assert [silence.is_active(at) for at in (9, 10, 19, 20)] == [False, True, True, False]
    assert str(silence.matchers[0]) == 'a="b"'
