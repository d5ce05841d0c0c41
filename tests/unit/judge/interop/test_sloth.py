"""Specifications of sloth, good and bad, each written for this test (SPEC SLO-5)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from evenkeel.judge.interop.documents import Findings, read_documents
from evenkeel.judge.interop.draft import Draft, as_mapping
from evenkeel.judge.interop.sloth import read_sloth

BASE: dict[str, Any] = {
    "version": "prometheus/v1",
    "service": "shop",
    "labels": {"owner": "payments"},
    "slos": [
        {
            "name": "requests",
            "description": "Requests that are answered.",
            "objective": 99.9,
            "sli": {
                "events": {
                    "error_query": 'sum(rate(http_total{code=~"5.."}[{{.window}}]))',
                    "total_query": "sum(rate(http_total[{{.window}}]))",
                }
            },
            "alerting": {"name": "ShopErrors", "page_alert": {"labels": {"team": "a"}}, "ticket_alert": {}},
        }
    ],
}
WINDOWS: dict[str, Any] = {
    "apiVersion": "sloth.slok.dev/v1",
    "kind": "AlertWindows",
    "spec": {
        "sloPeriod": "7d",
        "page": {
            "quick": {"errorBudgetPercent": 8, "shortWindow": "5m", "longWindow": "1h"},
            "slow": {"errorBudgetPercent": 12.5, "shortWindow": "30m", "longWindow": "6h"},
        },
        "ticket": {
            "quick": {"errorBudgetPercent": 20, "shortWindow": "2h", "longWindow": "1d"},
            "slow": {"errorBudgetPercent": 42, "shortWindow": "6h", "longWindow": "3d"},
        },
    },
}


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy in which one property differs; None takes it out."""
    copied = yaml.safe_load(yaml.safe_dump(document))
    node, parts = copied, [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parts[:-1]:
        node = node[part]
    if value is None:
        del node[parts[-1]]
    else:
        node[parts[-1]] = value
    return copied


def read(*documents: dict[str, Any]) -> tuple[list[Draft], list[tuple[str, str]]]:
    findings = Findings()
    found = read_documents("sloth.yaml", yaml.safe_dump_all(documents), findings)
    return read_sloth(found, findings), [(problem.path, problem.code) for problem in findings.problems]


def test_events_become_counts_of_each_minute() -> None:
    (draft,), problems = read(BASE)
    assert problems == []
    assert (draft.service, draft.name) == ("shop", "requests")
    assert as_mapping(draft.config) == {
        "title": "Requests that are answered.",
        "sli": {
            "source": {
                "name": "prometheus",
                "bad": '60 * (sum(rate(http_total{code=~"5.."}[1m])))',
                "total": "60 * (sum(rate(http_total[1m])))",
            }
        },
        "target": "99.9 %",
        "method": "Occurrences",
        "window": "30d",
    }
    assert set(draft.notes) == {
        "the window of its queries: sources are asked for the count of a minute, a rate times 60",
        "labels and annotations of page_alert",
        "labels owner",
    }


def test_a_raw_ratio_is_a_share_of_failures() -> None:
    raw = {"raw": {"error_ratio_query": "sum(rate(a[{{.window}}])) / sum(rate(b[{{.window}}]))"}}
    (draft,), problems = read(changed(BASE, "slos.0.sli", raw))
    assert problems == []
    assert as_mapping(draft.config)["sli"]["source"] == {
        "name": "prometheus", "raw": "sum(rate(a[1m])) / sum(rate(b[1m]))", "raw_is": "failure",
    }  # fmt: skip


def test_alerts_that_are_both_off_are_off_and_need_no_name() -> None:
    off = {"page_alert": {"disable": True}, "ticket_alert": {"disable": True}}
    (draft,), problems = read(changed(BASE, "slos.0.alerting", off))
    assert (draft.config.alerts, problems) == ("none", [])


def test_one_alert_that_is_off_is_said() -> None:
    (draft,), _ = read(changed(BASE, "slos.0.alerting.ticket_alert", {"disable": True}))
    assert draft.config.alerts == ""
    assert "that ticket_alert is off: a catalogue has pages and tickets" in draft.notes


def test_an_slo_that_is_off_is_left_out() -> None:
    assert read(changed(BASE, "slos.0.disable", True)) == ([], [])


def test_alert_windows_decide_the_period_and_the_catalogue_of_the_same_numbers() -> None:
    (draft,), problems = read(BASE, WINDOWS)
    assert problems == []
    assert (draft.config.window, draft.config.alerts) == ("7d", "7d")


def test_alert_windows_that_no_catalogue_has_are_said_with_their_factors() -> None:
    (draft,), problems = read(BASE, changed(WINDOWS, "spec.page.quick.errorBudgetPercent", 4))
    assert problems == []
    assert (draft.config.window, draft.config.alerts) == ("7d", "")
    assert any("page burn-1h-5m x6.72" in note for note in draft.notes)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("version", "prometheus/v2", ("version", "api_version")),
        ("version", None, ("version", "required")),
        ("service", None, ("service", "required")),
        ("slos", None, ("slos", "required")),
        ("slos", [], ("slos", "count")),
        ("slos", {}, ("slos", "type")),
        ("serivce", "x", ("serivce", "unknown_key")),
        ("labels", ["a"], ("labels", "type")),
        ("slos.0.name", None, ("slos[0].name", "required")),
        ("slos.0.objective", None, ("slos[0].objective", "required")),
        ("slos.0.objective", 100, ("slos[0].objective", "range")),
        ("slos.0.objective", 0, ("slos[0].objective", "range")),
        ("slos.0.objective", 101, ("slos[0].objective", "range")),
        ("slos.0.objective", "99.9", ("slos[0].objective", "type")),
        ("slos.0.objectiv", 99, ("slos[0].objectiv", "unknown_key")),
        ("slos.0.sli", None, ("slos[0].sli", "required")),
        ("slos.0.sli", {}, ("slos[0].sli", "one_of")),
        ("slos.0.sli.raw", {"error_ratio_query": "a[{{.window}}]"}, ("slos[0].sli", "one_of")),
        ("slos.0.sli", {"plugin": {"id": "x"}}, ("slos[0].sli.plugin", "unsupported")),
        ("slos.0.sli", {"raw": {}}, ("slos[0].sli.raw.error_ratio_query", "required")),
        ("slos.0.sli.events.total_query", None, ("slos[0].sli.events.total_query", "required")),
        ("slos.0.sli.events.error_query", "sum(rate(a[5m]))", ("slos[0].sli.events.error_query", "query")),
        ("slos.0.alerting", None, ("slos[0].alerting", "required")),
        ("slos.0.alerting.name", None, ("slos[0].alerting.name", "required")),
        ("slos.0.alerting.page_alert.disable", "yes", ("slos[0].alerting.page_alert.disable", "type")),
        ("slos.0.disable", "yes", ("slos[0].disable", "type")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_path(path: str, value: Any, problem: tuple[str, str]) -> None:
    _, problems = read(changed(BASE, path, value))
    assert problems == [problem]


def test_a_name_twice_within_a_service_is_refused_across_files() -> None:
    assert read(BASE, BASE)[1] == [("slos[0].name", "duplicate")]


def test_kinds_for_the_cluster_are_refused_with_what_to_take_instead() -> None:
    _, problems = read({"apiVersion": "sloth.slok.dev/v1", "kind": "PrometheusServiceLevel", "spec": {}})
    assert problems == [("apiVersion", "api_version")]


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("apiVersion", "sloth.slok.dev/v2", ("apiVersion", "not_in")),
        ("spec.sloPeriod", None, ("spec.sloPeriod", "required")),
        ("spec.sloPeriod", "a week", ("spec.sloPeriod", "duration")),
        ("spec.sloPeriod", "100h", ("spec.sloPeriod", "unsupported")),
        ("spec.page.quick", None, ("spec.page.quick", "required")),
        ("spec.ticket", None, ("spec.ticket", "required")),
        ("spec.page.quick.errorBudgetPercent", 0, ("spec.page.quick.errorBudgetPercent", "range")),
        ("spec.page.quick.errorBudgetPercent", 101, ("spec.page.quick.errorBudgetPercent", "range")),
        ("spec.page.quick.shortWindow", "2h", ("spec.page.quick", "range")),
        ("spec.ticket.slow.longWindow", "8d", ("spec.ticket.slow", "range")),
        ("spec.ticket.slow.longWindow", "3 days", ("spec.ticket.slow.longWindow", "duration")),
    ],
)
def test_alert_windows_that_are_wrong_are_told_with_their_path(path: str, value: Any, problem: tuple[str, str]) -> None:
    assert read(changed(WINDOWS, path, value))[1] == [problem]
