from __future__ import annotations

from typing import Any

from evenkeel.act.alerts.lifecycle import open_alert
from evenkeel.act.alerts.wording import LISTED_MAX, next_step, write_message
from evenkeel.act.notify.model import Event


def test_a_message_lists_some_and_counts_the_rest(house: Any) -> None:
    alerts = [open_alert(house.fire(house.rule(name=f"r{n}")), str(n), n).alert for n in range(LISTED_MAX + 5)]
    message = write_message(Event.TRIGGER, alerts[0], alerts, 1)
    assert message.text.count("Also: ") == LISTED_MAX - 1
    assert "And 5 more." in message.text
    assert message.title.endswith(f"and {LISTED_MAX + 4} more")


def test_the_end_has_no_next_step(house: Any) -> None:
    alert = open_alert(house.fire(), "1", 1).alert
    assert next_step(alert) not in write_message(Event.RESOLVE, alert, (), 1).text
    assert next_step(alert) in write_message(Event.TRIGGER, alert, (), 1).text
