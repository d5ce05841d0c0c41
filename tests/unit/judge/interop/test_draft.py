"""What others say, as our configuration: text that can be pasted and reads the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evenkeel.judge.interop.documents import Findings, read_documents
from evenkeel.judge.interop.draft import Draft, as_yaml, draft, of_minute, per_minute, percent, slug
from evenkeel.judge.objectives.resolve import indicator_rules
from evenkeel.org.config.read import check

ALL: list[dict[str, Any]] = [
    {"sli": "errors", "target": "99.9 %"},
    {"sli": {"latency_under": "250 ms"}, "target": "99.95 %", "title": "Fast: or not?", "alerts": "none"},
    {"sli": {"probes": ["shop-returns"]}, "target": "95 %"},
    {"sli": "probes", "target": 0.123456789, "method": "Timeslices", "slice": "5m", "slice_target": "100 %"},
    {"sli": {"source": {"name": "p", "raw": 'avg(x{a="b"})', "raw_is": "failure"}}, "target": "99 %", "window": "28d"},
    {"sli": {"composite": {"availability": 1, "error_rate": 0.5}}, "target": "90 %", "window": "quarter"},
]


def drafted(raw: dict[str, Any], service: str = "bot", name: str = "slo") -> tuple[Draft | None, Findings]:
    findings = Findings()
    (document,) = read_documents("their.yaml", "\nx: 1", findings)
    return draft(document.root(), service, name, raw, ("the moon",)), findings


@pytest.mark.parametrize("raw", ALL, ids=str)
def test_what_is_printed_reads_as_what_was_meant(tmp_path: Path, raw: dict[str, Any]) -> None:
    made, _ = drafted(raw, service="a: bot")
    assert made is not None
    path = tmp_path / "evenkeel.yaml"
    probes = 'probes: {shop-returns: {service: "a: bot", tls: {host: shop.example}}}'
    path.write_text(f"{as_yaml([made])}{probes}\n", encoding="utf-8")
    config, problems = check(path, indicator_rules())
    assert problems == []
    assert config.services["a: bot"].slos["slo"] == made.config
    assert "# from their.yaml:2\n      # not carried: the moon\n" in path.read_text("utf-8")


def test_what_our_configuration_does_not_know_is_a_problem_where_it_stands() -> None:
    made, findings = drafted({"sli": "errors", "target": 1.0})
    assert made is None
    (problem,) = findings.problems
    assert (problem.line, problem.code) == (2, "unsupported")
    assert "`target`" in problem.message and "no error budget" in problem.message


def test_nothing_is_an_empty_configuration() -> None:
    assert as_yaml([]) == "services: {}\n"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("sum(rate(a[{{.window}}]))", "60 * (sum(rate(a[1m])))"),
        ("sum(rate(a[{{ .window }}]))", "60 * (sum(rate(a[1m])))"),
        ("sum(irate(a[1m]))", "60 * (sum(irate(a[1m])))"),
        ("sum(increase(a[{{.window}}]))", "sum(increase(a[1m]))"),
        ("sum(generate(a))", "sum(generate(a))"),
    ],
)
def test_rates_become_counts_of_a_minute(query: str, count: str) -> None:
    assert per_minute(query) == count


def test_shares_keep_their_unit() -> None:
    assert of_minute("sum(rate(a[{{.window}}])) / sum(rate(b[{{.window}}]))") == "sum(rate(a[1m])) / sum(rate(b[1m]))"


@pytest.mark.parametrize(("share", "text"), [(0.999, "99.9 %"), (0.9995, "99.95 %"), (0.5, "50 %"), (1.0, "100 %")])
def test_shares_are_written_in_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize("name", ["", "Ä", "-_-", "A b/C", "x" * 99])
def test_names_are_made_to_fit(name: str) -> None:
    made = slug(name)
    assert 0 < len(made) <= 63
    assert drafted({"sli": "errors", "target": "99 %"}, name=name)[0].name == made  # type: ignore[union-attr]
