from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.act.alerts.inhibition import find_inhibitors
from evenkeel.act.alerts.lifecycle import open_alert
from evenkeel.act.alerts.model import Alert
from evenkeel.judge.slo.model import Family, Severity
from evenkeel.store.telemetry.port import ServiceKey

PAGE, TICKET = Severity.PAGE, Severity.TICKET


def alert(house: Any, objective: str, family: Family, severity: Severity, service: str = "bot") -> Alert:
    rule = house.rule(objective, key=ServiceKey("production", service))
    return open_alert(house.fire(rule, family=family, severity=severity), f"{objective}-{family}-{service}", 1).alert


@pytest.mark.parametrize(
    ("by", "of", "inhibits"),
    [
        (("availability", Family.OUTAGE, PAGE), ("latency_p95", Family.THRESHOLD, PAGE), True),
        (("availability", Family.OUTAGE, PAGE), ("throughput", Family.THRESHOLD, TICKET), True),
        (("error_rate", Family.BURN, PAGE), ("latency_p99", Family.BURN, PAGE), True),
        (("availability", Family.THRESHOLD, PAGE), ("error_rate", Family.BURN, TICKET), True),
        (("availability", Family.OUTAGE, PAGE), ("error_rate", Family.BURN, PAGE), False),
        (("error_rate", Family.BURN, TICKET), ("latency_p95", Family.THRESHOLD, PAGE), False),
        (("latency_p95", Family.THRESHOLD, PAGE), ("latency_p99", Family.THRESHOLD, PAGE), False),
        (("throughput", Family.THRESHOLD, PAGE), ("latency_p95", Family.THRESHOLD, TICKET), False),
        (("chat-latency", Family.OUTAGE, PAGE), ("availability", Family.OUTAGE, PAGE), False),
    ],
)
def test_what_follows_from_an_outage_is_inhibited_and_nothing_else(
    house: Any, by: Any, of: Any, inhibits: bool
) -> None:
    source, target = alert(house, *by), alert(house, *of)
    assert (find_inhibitors([target, source]).get(target.id) is source) is inhibits


def test_another_service_is_not_inhibited(house: Any) -> None:
    outage = house.fire(house.rule("availability", key=ServiceKey("production", "other")), family=Family.OUTAGE)
    house.look(outage, house.fire(house.rule("latency_p95")))
    assert [alert.quiet for alert in house.alerts.firing()] == ["", ""]


def test_the_oldest_that_inhibits_is_named(house: Any) -> None:
    late = replace(alert(house, "availability", Family.OUTAGE, PAGE), opened_at_us=9)
    early = alert(house, "error_rate", Family.BURN, PAGE)
    target = alert(house, "latency_p95", Family.THRESHOLD, PAGE)
    assert find_inhibitors([late, target, early]) == {target.id: early}


def test_an_outage_in_silence_inhibits_nothing(house: Any) -> None:
    from evenkeel.act.alerts.handling import AskedSilence
    from evenkeel.act.alerts.matching import read_matcher

    house.alerts.handling.silence(AskedSilence([read_matcher("rule=hard-outage")], 600), house.by("noisy"))
    outage = house.fire(house.rule("availability", "hard-outage"), family=Family.OUTAGE)
    house.look(outage, house.fire(house.rule("latency_p95")))
    assert [message.title for message in house.messages] == ["bot: latency_p95 beyond its alert"]
