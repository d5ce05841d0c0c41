from __future__ import annotations

from dataclasses import replace
from typing import Any

from evenkeel.act.alerts.fingerprints import fingerprint_labels, identify, label, rule_of
from evenkeel.judge.slo.model import Severity


def test_numbers_change_and_the_fingerprint_stays(house: Any) -> None:
    firing = house.fire()
    assert identify(replace(firing, sentence="other", since_us=99, facts={"n": "1"})) == identify(firing)
    assert len(identify(firing)) == 16


def test_another_rule_objective_service_or_severity_is_another_alert(house: Any) -> None:
    firing = house.fire()
    others = [house.fire(house.rule("availability")), house.fire(house.rule(name="x")),
              house.fire(severity=Severity.TICKET)]  # fmt: skip
    assert len({identify(each) for each in (firing, *others)}) == 4


def test_labels_lead_back_to_the_rule(house: Any) -> None:
    firing = house.fire()
    assert rule_of(label(firing)) == firing.id
    assert label(firing)["family"] == "threshold"


def test_names_and_values_do_not_run_into_each_other() -> None:
    assert fingerprint_labels({"ab": "c"}) != fingerprint_labels({"a": "bc"})
    assert fingerprint_labels({}) != fingerprint_labels({"": ""})
