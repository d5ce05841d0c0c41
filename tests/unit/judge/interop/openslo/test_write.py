"""Our SLOs as OpenSLO: in order in both modes, and with our annotations the same when they come back."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from evenkeel.judge.interop.draft import as_yaml
from evenkeel.judge.interop.openslo import extension
from evenkeel.judge.interop.openslo.grammar import Strictness, is_annotation_key
from evenkeel.judge.interop.openslo.read import read_openslo
from evenkeel.judge.interop.openslo.understand import understand
from evenkeel.judge.interop.openslo.write import dns_label, write_openslo
from evenkeel.judge.slo.catalogue import load_catalogues

EVERYTHING: dict[str, Any] = {
    "slos": {
        "fast": {"sli": {"latency_under": "800 ms"}, "target": "95 %", "window": "28d", "title": "Fast"},
        "returns": {"sli": {"probes": ["shop-returns", "cert.eu_1"]}, "target": "95 %"},
        "seen": {"sli": "probes", "target": "99.5 %", "window": "7d", "alerts": "7d"},
        "share": {
            "sli": {"source": {"name": "prom", "raw": "avg(share)", "raw_is": "failure"}},
            "target": "99 %",
            "method": "RatioTimeslices",
            "slice": "5m",
        },
        "outside": {
            "sli": {"source": {"name": "prom", "bad": "sum(increase(b[1m]))", "total": "sum(increase(t[1m]))"}},
            "target": "99 %",
        },
        "steady": {"sli": "errors", "target": "99 %", "slice_target": "100 %", "slice": "15m", "window": "quarter"},
        "quiet": {"sli": "errors", "target": "98 %", "alerts": "none", "window": "year"},
        "both": {"sli": {"composite": {"fast": 1, "availability": 0.5}}, "target": "99 %", "alerts": "30d"},
    }
}


@pytest.mark.parametrize("mode", Strictness, ids=str)
def test_what_is_written_is_in_order_in_both_modes(resolved: Any, mode: Strictness) -> None:
    export = write_openslo(resolved("Support Bot", EVERYTHING))
    found = read_openslo({"export.yaml": export.text}, mode).findings
    assert (found.problems, found.warnings) == ([], [])


def test_what_is_written_comes_back_the_same(resolved: Any) -> None:
    slos = resolved("Support Bot", EVERYTHING)
    objects = read_openslo({"export.yaml": write_openslo(slos).text}, Strictness.SDK)
    drafts = understand(objects)
    assert objects.findings.problems == []
    config = yaml.safe_load(as_yaml(drafts))["services"]["Support Bot"]
    assert {slo.name: slo for slo in resolved("Support Bot", config)} == {slo.name: slo for slo in slos}


def test_every_burn_rule_is_a_policy_and_its_second_window_an_annotation(resolved: Any) -> None:
    export = write_openslo(resolved("bot", {}))
    conditions = [each for each in export.objects if each["kind"] == "AlertCondition"]
    rules = [rule for name in ("30d", "quality") for rule in load_catalogues()[name].rules]
    assert sorted(each["spec"]["condition"]["threshold"] for each in conditions) == sorted(r.factor for r in rules)
    assert all(each["metadata"]["annotations"][extension.SHORT_WINDOW] for each in conditions)
    assert {lost.kept_in for lost in export.lost if "second window" in lost.what} == {extension.SHORT_WINDOW}


def test_what_nobody_can_read_back_is_listed_as_lost(resolved: Any) -> None:
    export = write_openslo(resolved("bot", {"slos": {"availability": {"title": "long " * 20}}}))
    lost = {each.what for each in export.lost if not each.kept_in}
    assert "bounds, exact tests at low traffic, hard-outage rule and fixed thresholds" in lost
    assert "its title beyond 63 characters" in lost


def test_nothing_is_written_of_nothing() -> None:
    export = write_openslo([])
    assert (list(export.objects), list(export.lost)) == ([], [])


def test_our_annotations_are_allowed_keys() -> None:
    keys = [value for name, value in vars(extension).items() if name.isupper() and str(value).startswith("evenkeel.")]
    assert len(keys) > 6
    assert all(is_annotation_key(key) for key in keys)


@pytest.mark.parametrize("text", ["", "---", "Ä", "a" * 100, "UPPER_case name"])
def test_names_become_dns_labels(text: str) -> None:
    label = dns_label(text)
    assert 0 < len(label) <= 63
    assert label == dns_label(label)
