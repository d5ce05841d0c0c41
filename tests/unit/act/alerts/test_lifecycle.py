from __future__ import annotations

from typing import Any

from evenkeel.act.alerts.flapping import SETTLE_US
from evenkeel.act.alerts.lifecycle import RENEW_US, open_alert, reopen, see_clear, see_firing, see_gone, see_nothing
from evenkeel.act.alerts.model import AlertState


def test_a_second_look_at_the_same_changes_nothing(house: Any) -> None:
    opened = open_alert(house.fire(), "1", 10).alert
    for step in (see_firing(opened, house.fire(), 11), see_firing(opened, house.fire(), 10 + 2 * RENEW_US)):
        assert (step.is_written, step.entries, step.alert) == (False, (), opened)
    held = see_nothing(opened, 20).alert
    assert not see_nothing(held, 21).is_written
    clear = see_clear(opened, 30).alert
    assert not see_clear(clear, 31).is_written


def test_an_alert_is_over_exactly_when_it_was_clear_for_long_enough(house: Any) -> None:
    clear = see_clear(open_alert(house.fire(), "1", 10).alert, 30).alert
    assert see_clear(clear, 29 + SETTLE_US).alert.is_firing
    over = see_clear(clear, 30 + SETTLE_US).alert
    assert (over.state, over.resolved_at_us) == (AlertState.RESOLVED, 30 + SETTLE_US)


def test_opened_again_it_is_neither_acknowledged_nor_told(house: Any) -> None:
    from dataclasses import replace

    over = replace(
        open_alert(house.fire(), "1", 10).alert, state=AlertState.RESOLVED, resolved_at_us=20, told_at_us=11,
        acknowledged_by="ada", acknowledged_at_us=12, quiet="inhibited by x",
    )  # fmt: skip
    again = reopen(over, house.fire(sentence="worse"), 30).alert
    assert (again.is_firing, again.told_at_us, again.acknowledged_by, again.acknowledged_at_us, again.quiet) == (
        True, None, "", None, "",
    )  # fmt: skip
    assert (again.sentence, again.flaps) == ("worse", (30,))


def test_a_rule_that_is_judged_no_more_ends_its_alert_without_a_word_of_recovery(house: Any) -> None:
    over = see_gone(open_alert(house.fire(), "1", 10).alert, 30)
    assert (over.alert.state, over.alert.resolved_at_us) == (AlertState.RESOLVED, 30)
    assert "is judged no more" in over.alert.sentence
    assert over.entries[0].text == over.alert.sentence
