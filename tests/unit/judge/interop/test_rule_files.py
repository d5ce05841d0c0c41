"""Rules that sloth generated are read back; ours, which have its naming, too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.judge.interop.documents import Findings, read_documents
from evenkeel.judge.interop.draft import Draft, as_mapping
from evenkeel.judge.interop.rule_files import read_rule_files

LABELS = {"sloth_id": "shop-requests", "sloth_service": "shop", "sloth_slo": "requests"}
#: The shape of what sloth generates: queries in parentheses, and the period as a mean of five-minute ratios.
RULES: list[dict[str, Any]] = [
    {
        "record": "slo:sli_error:ratio_rate5m",
        "expr": '(sum(rate(http_total{code=~"5.."}[5m])))\n/\n(sum(rate(http_total[5m])))\n',
        "labels": LABELS | {"sloth_window": "5m", "owner": "payments"},
    },
    {
        "record": "slo:sli_error:ratio_rate30d",
        "expr": "sum_over_time(slo:sli_error:ratio_rate5m{}[30d])\n/ ignoring (sloth_window)\n"
        "count_over_time(slo:sli_error:ratio_rate5m{}[30d])\n",
        "labels": LABELS | {"sloth_window": "30d"},
    },
    {"record": "slo:objective:ratio", "expr": "vector(0.9990000000000001)", "labels": LABELS},
    {"record": "slo:time_period:days", "expr": "vector(28)", "labels": LABELS},
    {"alert": "ShopErrors", "expr": "x", "labels": LABELS | {"sloth_severity": "page"}},
    {"alert": "ShopErrors", "expr": "x", "labels": LABELS | {"sloth_severity": "ticket"}},
]


def read(*rules: dict[str, Any]) -> tuple[list[Draft], list[tuple[str, str]]]:
    findings = Findings()
    text = json.dumps({"groups": [{"name": "g", "rules": list(rules)}]})
    return read_rule_files(read_documents("rules.yaml", text, findings), findings), [
        (problem.path, problem.code) for problem in findings.problems
    ]


def test_objective_query_and_period_are_read_back() -> None:
    (draft,), problems = read(*RULES)
    assert problems == []
    assert (draft.service, draft.name) == ("shop", "requests")
    assert as_mapping(draft.config) == {
        "sli": {
            "source": {
                "name": "prometheus",
                "bad": '60 * (sum(rate(http_total{code=~"5.."}[1m])))',
                "total": "60 * (sum(rate(http_total[1m])))",
            }
        },
        "target": "99.9 %",
        "method": "Occurrences",
        "window": "28d",
    }
    assert "labels owner" in draft.notes


def test_a_ratio_that_is_no_division_is_raw() -> None:
    raw = {**RULES[0], "expr": "(\navg(failing[5m])\n)"}
    (draft,), _ = read(raw, *RULES[2:])
    source = draft.config.sli and draft.config.sli.source
    assert source and (source.raw, source.raw_is) == ("avg(failing[1m])", "failure")


def test_slos_without_alerts_have_none_and_one_severity_is_said() -> None:
    (quiet,), _ = read(*RULES[:4])
    assert quiet.config.alerts == "none"
    (paging,), _ = read(*RULES[:5])
    assert "that only page alerts: a catalogue has pages and tickets" in paging.notes


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ([{"record": "job:x:rate5m", "expr": "1"}], ("groups", "unsupported")),
        ([*RULES[:2], *RULES[3:]], ("groups[0].rules[0]", "required")),
        (RULES[1:], ("groups[0].rules[0]", "required")),
    ],
)
def test_what_is_missing_is_told(rules: list[dict[str, Any]], problem: tuple[str, str]) -> None:
    drafts, problems = read(*rules)
    assert (drafts, problems) == ([], [problem])
