"""Names in OpenSLO are shorter and have fewer letters than ours: what differs here must differ there."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.judge.interop.openslo.grammar import Strictness
from evenkeel.judge.interop.openslo.read import read_openslo
from evenkeel.judge.interop.openslo.write import write_openslo
from evenkeel.judge.slo.model import BurnRule, ErrorsSli, Severity, Slo, SourceSli
from evenkeel.store.telemetry.port import ServiceKey


def slo(service: str, name: str, **more: Any) -> Slo:
    sli = more.pop("sli", ErrorsSli())
    return Slo(ServiceKey(more.pop("environment", "production"), service), name, "", sli, 0.99, **more)


@pytest.mark.parametrize(
    "pair",
    [
        (slo("a" * 60, "x"), slo("a" * 60, "y")),
        (slo("Support Bot", "x"), slo("support-bot", "x")),
        (slo("bot-a", "b"), slo("bot", "a-b")),
        (slo("bot", "a_b"), slo("bot", "a-b")),
        (slo("b", "x", environment="eu-a"), slo("a-b", "x", environment="eu")),
        (slo("bot", "x", sli=SourceSli("P 1", raw="a")), slo("bot", "y", sli=SourceSli("p-1", raw="b"))),
    ],
    ids=["cut", "case", "service", "sign", "environment", "source"],
)
@pytest.mark.parametrize("mode", Strictness, ids=str)
def test_what_differs_has_names_that_differ(pair: tuple[Slo, Slo], mode: Strictness) -> None:
    read = read_openslo({"a": write_openslo(pair).text}, mode)
    assert read.findings.problems == []
    assert len(read.of_kind("SLO")) == 2


def test_slos_with_rules_of_their_own_keep_them_apart() -> None:
    def rules(factor: float, long_s: int) -> tuple[BurnRule, ...]:
        return (BurnRule(Severity.PAGE, long_s, 300, factor),)

    slos = [slo("bot", "x", rules=rules(10, 3_600)), slo("bot", "y", rules=rules(12, 3_600))]
    export = write_openslo([*slos, slo("bot", "z", rules=rules(3, 7_200))])
    read = read_openslo({"a": export.text}, Strictness.SDK)
    assert read.findings.problems == []
    found: dict[str, float] = {}
    for each in read.of_kind("SLO"):
        (policy,) = each.at("spec", "alertPolicies").items()
        condition = read.find("AlertCondition", policy.at("alertPolicyRef").value)
        assert condition is not None
        found[each.at("metadata", "name").value] = condition.at("spec", "condition", "threshold").value
    assert found == {"production-bot-x": 10, "production-bot-y": 12, "production-bot-z": 3}
    assert [lost.slo for lost in export.lost if "rules are its own" in lost.what] == [
        f"production/bot/{name}" for name in "xyz"
    ]
