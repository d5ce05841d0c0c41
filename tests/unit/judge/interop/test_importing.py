"""Files say of themselves what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenkeel.judge.interop.importing import Format, import_slos
from evenkeel.judge.interop.openslo.grammar import Strictness

OPENSLO = (Path(__file__).parents[3] / "golden" / "openslo" / "valid" / "slo.json").read_text("utf-8")
SLOTH = """
version: prometheus/v1
service: shop
slos:
  - name: requests
    objective: 99.5
    sli: {raw: {error_ratio_query: "a[{{.window}}]"}}
    alerting: {page_alert: {disable: true}, ticket_alert: {disable: true}}
"""
RULES = """
groups:
  - name: g
    rules:
      - {record: "slo:sli_error:ratio_rate5m", expr: "avg(x[5m])", labels: {sloth_service: s, sloth_slo: n}}
      - {record: "slo:objective:ratio", expr: vector(0.99), labels: {sloth_service: s, sloth_slo: n}}
"""


def test_all_kinds_of_files_are_read_together() -> None:
    files = {"a.json": OPENSLO, "b.yaml": SLOTH, "c.yaml": RULES}
    imported = import_slos(files, Format.AUTO, Strictness.SDK)
    assert imported.findings.problems == []
    assert [(each.service, each.name) for each in imported.drafts] == [
        ("checkout", "checkout-json"), ("shop", "requests"), ("s", "n"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "format_"), [(OPENSLO, "sloth"), (SLOTH, "openslo"), (RULES, "sloth")])
def test_a_file_of_another_format_than_was_said_is_refused(text: str, format_: str) -> None:
    imported = import_slos({"x.yaml": text}, Format(format_), Strictness.SDK)
    assert imported.drafts == []
    assert imported.findings.problems


def test_all_errors_of_all_files_come_at_once_in_order() -> None:
    files = {"b.yaml": SLOTH.replace("99.5", "100"), "a.yaml": "kind: SLO"}
    found = import_slos(files, Format.AUTO, Strictness.SDK).findings.problems
    assert [problem.file for problem in found] == ["a.yaml"] * 3 + ["b.yaml"]


@pytest.mark.parametrize("vector", ["1e", "1.2.3", "+-"])
def test_a_rule_file_whose_objective_only_looks_like_a_number_is_refused(vector: str) -> None:
    read = import_slos({"a": RULES.replace("vector(0.99)", f"vector({vector})")}, Format.AUTO, Strictness.SDK)
    assert [problem.code for problem in read.findings.problems] == ["required"]


def test_a_length_of_very_many_digits_is_refused() -> None:
    text = OPENSLO.replace('"duration": "', '"duration": "' + "9" * 5_000, 1)
    assert text != OPENSLO
    read = import_slos({"a": text}, Format.AUTO, Strictness.SDK)
    assert "duration" in [problem.code for problem in read.findings.problems]
