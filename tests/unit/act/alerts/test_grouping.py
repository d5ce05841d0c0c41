from __future__ import annotations

from dataclasses import replace
from typing import Any

from evenkeel.act.alerts.grouping import dedup_key, group_of, join_group
from evenkeel.act.alerts.lifecycle import open_alert
from evenkeel.judge.slo.model import Severity


def test_an_alert_joins_the_oldest_of_its_service_and_severity(house: Any) -> None:
    first = open_alert(house.fire(), "1", 10).alert
    second = replace(open_alert(house.fire(house.rule(name="b")), "2", 20).alert, group_id="1")
    third = open_alert(house.fire(house.rule(name="c")), "3", 30).alert
    ticket = open_alert(house.fire(severity=Severity.TICKET), "4", 40).alert
    assert join_group(third, [third, second, first]) == "1"
    assert join_group(ticket, [first, second]) == "4"
    assert join_group(third, []) == "3"
    assert group_of(first) == ("production", "bot", "page")


def test_a_key_is_no_longer_than_receivers_take() -> None:
    assert len(dedup_key("f" * 32)) <= 255
