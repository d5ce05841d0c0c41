from __future__ import annotations

from dataclasses import replace
from typing import Any

from evenkeel.act.alerts.grouping import Groups, dedup_key, group_of
from evenkeel.act.alerts.lifecycle import open_alert
from evenkeel.judge.slo.model import Severity


def test_an_alert_joins_the_oldest_of_its_service_and_severity(house: Any) -> None:
    first = open_alert(house.fire(), "1", 10).alert
    second = replace(open_alert(house.fire(house.rule(name="b")), "2", 20).alert, group_id="1")
    third = open_alert(house.fire(house.rule(name="c")), "3", 30).alert
    ticket = open_alert(house.fire(severity=Severity.TICKET), "4", 40).alert
    assert Groups([second, first]).join(third, 50) == "1"
    assert Groups([first, second]).join(ticket, 50) == "4"
    assert Groups([]).join(third, 50) == "3"
    assert group_of(first) == ("production", "bot", "page")


def test_an_alert_joins_nothing_that_somebody_acknowledged(house: Any) -> None:
    seen = replace(open_alert(house.fire(), "1", 10).alert, acknowledged_at_us=20)
    fresh = open_alert(house.fire(house.rule(name="b")), "2", 30).alert
    assert Groups([seen]).join(fresh, 50) == "2"
    again = replace(fresh, group_id="1")  # it was told with the other, ended, and fires again
    first, second = Groups([seen]).join(again, 50), Groups([seen]).join(again, 51)
    assert len({"1", first, second}) == 3
    assert len(first) <= 32  # what the table holds


def test_a_key_is_no_longer_than_receivers_take() -> None:
    assert len(dedup_key("f" * 32)) <= 255
