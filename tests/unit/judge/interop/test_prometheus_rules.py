"""Rules for Prometheus, checked and unit-tested by the real promtool (SPEC SLO-5)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from evenkeel.judge.interop.documents import Findings, read_documents
from evenkeel.judge.interop.prometheus_rules import error_ratio, period_of, prometheus_rules, slo_id
from evenkeel.judge.interop.rule_files import read_rule_files
from evenkeel.judge.slo.model import Slo

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
SOURCE = {"name": "p", "good": "sum(increase(ok_total[1m]))", "total": "sum(increase(all_total[1m]))"}
EVERYTHING: dict[str, Any] = {
    "slos": {
        "fast": {"sli": {"latency_under": "800 ms"}, "target": "95 %", "window": "28d"},
        "returns": {"sli": {"probes": ["shop-returns", "cert.eu_1"]}, "target": "95 %"},
        "seen": {"sli": "probes", "target": "99.5 %", "window": "7d", "alerts": "7d"},
        "raw": {"sli": {"source": {"name": "p", "raw": "avg(up)"}}, "target": "99 %"},
        "outside": {"sli": {"source": SOURCE}, "target": "99 %", "method": "RatioTimeslices", "slice": "5m"},
        "steady": {"sli": "errors", "target": "99 %", "slice_target": "95 %", "slice": "15m", "window": "quarter"},
        "quiet": {"sli": "errors", "target": "98 %", "alerts": "none"},
        "both": {"sli": {"composite": {"fast": 1, "availability": 0.5}}, "target": "99 %"},
    }
}
HOUR = 60  # samples: one a minute


def promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROMTOOL), *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def written(folder: Path, slos: list[Slo]) -> list[dict[str, Any]]:
    rules = prometheus_rules(slos, version="1.0")
    (folder / "rules.yml").write_text(rules.text, encoding="utf-8")
    return [rule for group in yaml.safe_load(rules.text)["groups"] for rule in group["rules"]]


def only(slos: list[Slo], name: str) -> list[Slo]:
    return [slo for slo in slos if slo.name == name]


@needs_promtool
def test_promtool_finds_the_rules_of_every_kind_of_slo_in_order(resolved: Any, tmp_path: Path) -> None:
    slos = [*resolved('odd "name" \\ {x}', EVERYTHING), *resolved("bot", EVERYTHING, "staging")]
    rules = written(tmp_path, slos)
    checked = promtool(tmp_path, "check", "rules", "rules.yml")
    assert checked.returncode == 0, checked.stderr
    assert f"SUCCESS: {len(rules)} rules found" in checked.stdout


def test_groups_records_and_labels_are_named_as_those_of_sloth(resolved: Any) -> None:
    slos = resolved("bot", {})
    rules = prometheus_rules(only(slos, "error_rate"), version="1.0")
    assert [group["name"] for group in rules.groups] == [
        "sloth-slo-sli-recordings-bot-error_rate",
        "sloth-slo-meta-recordings-bot-error_rate",
        "sloth-slo-alerts-bot-error_rate",
    ]
    recordings, meta, alerts = (group["rules"] for group in rules.groups)
    assert [rule["record"] for rule in recordings] == [
        f"slo:sli_error:ratio_rate{window}" for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d")
    ]
    assert [rule["record"] for rule in meta] == [
        "slo:objective:ratio", "slo:error_budget:ratio", "slo:time_period:days", "slo:current_burn_rate:ratio",
        "slo:period_burn_rate:ratio", "slo:period_error_budget_remaining:ratio", "sloth_slo_info",
    ]  # fmt: skip
    named = {"sloth_id": "bot-error_rate", "sloth_service": "bot", "sloth_slo": "error_rate"}
    assert all(named.items() <= rule["labels"].items() for rule in (*recordings, *meta, *alerts))
    assert [rule["labels"]["sloth_severity"] for rule in alerts] == ["page", "ticket"]
    assert all(rule["expr"].count("> (") == 4 and "\nor\n" in rule["expr"] for rule in alerts)


def test_what_no_rule_can_stand_for_is_left_out_with_the_reason(resolved: Any) -> None:
    rules = prometheus_rules(only(resolved("bot", EVERYTHING), "both"), version="1.0")
    assert list(rules.groups) == []
    assert [(slo.name, why) for slo, why in rules.left_out] == [("both", "its part fast is not exported")]


def test_an_slo_without_alerts_is_recorded_all_the_same(resolved: Any) -> None:
    rules = prometheus_rules(only(resolved("bot", EVERYTHING), "quiet"), version="1.0")
    assert [group["name"].split("-bot")[0] for group in rules.groups] == [
        "sloth-slo-sli-recordings", "sloth-slo-meta-recordings",
    ]  # fmt: skip


def test_rules_that_could_never_fire_are_not_written(resolved: Any) -> None:
    slo = {"slos": {"low": {"sli": "errors", "target": "90 %", "alerts": "30d"}}}
    rules = prometheus_rules(only(resolved("bot", slo), "low"), version="1.0")
    page = next(rule for rule in rules.groups[-1]["rules"] if rule["labels"]["sloth_severity"] == "page")
    assert "14.4" not in page["expr"] and "(6 * 0.1)" in page["expr"]


def test_ids_and_periods_are_those_of_sloth_in_production(resolved: Any) -> None:
    slos = {slo.name: slo for slo in resolved("bot", EVERYTHING)}
    assert slo_id(slos["fast"]) == "bot-fast"
    assert slo_id(resolved("bot", {}, "staging")[0]) == "staging-bot-availability"
    assert {name: period_of(slos[name]) for name in ("fast", "seen", "steady", "quiet")} == {
        "fast": "28d", "seen": "7d", "steady": "90d", "quiet": "30d",
    }  # fmt: skip


def test_our_rules_are_read_back_as_what_they_were_made_of(resolved: Any) -> None:
    slos = only(resolved("bot", EVERYTHING), "error_rate")
    findings = Findings()
    (draft,) = read_rule_files(read_documents("r.yml", prometheus_rules(slos, version="1").text, findings), findings)
    assert findings.problems == []
    assert (draft.service, draft.name, draft.config.target, draft.config.window) == ("bot", "error_rate", 0.999, "30d")
    source = draft.config.sli and draft.config.sli.source
    assert source and source.bad.startswith("sum(increase(evenkeel_requests_total{") and source.total


def counter(outcome: str, values: str) -> dict[str, str]:
    labels = f'environment="production", service="bot", outcome="{outcome}"'
    return {"series": f"evenkeel_requests_total{{{labels}}}", "values": values}


def told_by_promtool(folder: Path, test: dict[str, Any]) -> None:
    groups = yaml.safe_load((folder / "rules.yml").read_text("utf-8"))["groups"]
    document = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "2h",
        "group_eval_order": [group["name"] for group in groups],
        "tests": [{"interval": "1m"} | test],
    }
    (folder / "tests.yml").write_text(json.dumps(document), encoding="utf-8")
    found = promtool(folder, "test", "rules", "tests.yml")
    assert found.returncode == 0, found.stdout + found.stderr


@needs_promtool
@pytest.mark.parametrize(
    ("bad", "page", "ticket"),
    [(0, False, False), (1, False, False), (4, False, True), (7, True, True), (20, True, True)],
    ids=["all good", "just what is allowed", "3 times too fast", "6 times too fast", "14.4 times too fast"],
)
def test_alerts_fire_at_the_factors_of_the_catalogue(
    resolved: Any, tmp_path: Path, bad: int, page: bool, ticket: bool
) -> None:
    """1,000 requests a minute for four days at 99.9 %: one bad one a minute is what the target allows."""
    rules = written(tmp_path, only(resolved("bot", {}), "error_rate"))
    alerts = {rule["labels"]["sloth_severity"]: rule for rule in rules if "alert" in rule}
    wanted = [
        {
            "eval_time": "4d",
            "alertname": alerts[severity]["alert"],
            "exp_alerts": [
                {"exp_labels": alerts[severity]["labels"], "exp_annotations": alerts[severity]["annotations"]}
            ][: int(fires)],
        }
        for severity, fires in (("page", page), ("ticket", ticket))
    ]
    series = [counter("good", f"0+{1_000 - bad}x{4 * 24 * HOUR}"), counter("bad", f"0+{bad}x{4 * 24 * HOUR}")]
    told_by_promtool(tmp_path, {"input_series": series, "alert_rule_test": wanted})


@needs_promtool
def test_the_period_weighs_events_and_not_minutes(resolved: Any, tmp_path: Path) -> None:
    """Busy days with few errors, quiet nights with many: the mean of ratios says 17 times the budget, events 0.45."""
    slo = {"slos": {"week": {"sli": "errors", "target": "99.9 %", "window": "7d"}}}
    written(tmp_path, only(resolved("bot", slo), "week"))
    good, bad = [0.0], [0.0]
    for _ in range(7):
        for hours, rate, share in ((16, 6_000, 0.0002), (8, 60, 0.05)):
            for _ in range(hours * 12):
                good.append(good[-1] + rate * (1 - share) / 12)
                bad.append(bad[-1] + rate * share / 12)
    day = (16 * 6_000, 8 * 60)
    share = (day[0] * 0.0002 + day[1] * 0.05) / sum(day)
    assert share / 0.001 == pytest.approx(0.4478, abs=1e-3)  # the burn that the reference names as 0.45
    labels = '{environment="production", sloth_id="bot-week", sloth_service="bot", sloth_slo="week"'
    recorded = labels + ', sloth_window="7d"'
    told_by_promtool(
        tmp_path,
        {
            "interval": "5m",  # promtool loads at most ten thousand samples for a query
            "input_series": [
                counter("good", " ".join(f"{value:.6f}" for value in good)),
                counter("bad", " ".join(f"{value:.6f}" for value in bad)),
            ],
            "promql_expr_test": [
                {
                    "expr": "round(slo:period_burn_rate:ratio, 0.001)",
                    "eval_time": "7d",
                    "exp_samples": [{"labels": f"{recorded}}}", "value": round(share / 0.001, 3)}],
                },
                {
                    "expr": "round(slo:period_error_budget_remaining:ratio, 0.001)",
                    "eval_time": "7d",
                    "exp_samples": [{"labels": f"{recorded}}}", "value": round(1 - share / 0.001, 3)}],
                },
                {
                    "expr": "slo:time_period:days",
                    "eval_time": "7d",
                    "exp_samples": [{"labels": f"slo:time_period:days{labels}}}", "value": 7}],
                },
            ],
        },
    )


@needs_promtool
def test_slices_are_bad_as_a_whole(resolved: Any, tmp_path: Path) -> None:
    """Every fourth slice of 15 minutes has more than 5 % bad ones; a subquery counts one slice more at an end."""
    (slo,) = only(resolved("bot", EVERYTHING), "steady")
    assert "> bool 0.05" in error_ratio(slo, "6h")
    written(tmp_path, [slo])
    good, bad = [0.0], [0.0]
    for minute in range(8 * HOUR):
        is_bad = minute // 15 % 4 == 3
        good.append(good[-1] + (50 if is_bad else 100))
        bad.append(bad[-1] + (50 if is_bad else 0))
    told_by_promtool(
        tmp_path,
        {
            "input_series": [
                counter("good", " ".join(map(str, good))),
                counter("bad", " ".join(map(str, bad))),
            ],
            "promql_expr_test": [
                {
                    "expr": 'sum(abs(slo:sli_error:ratio_rate6h{sloth_slo="steady"} - 0.25)) < bool 1 / 24',
                    "eval_time": "8h",
                    "exp_samples": [{"labels": "{}", "value": 1}],
                }
            ],
        },
    )


def test_runs_of_named_probes_are_chosen_by_their_whole_names(resolved: Any) -> None:
    (returns,) = only(resolved("bot", EVERYTHING), "returns")
    of = 'environment="production", service="bot", probe=~"shop-returns|cert\\\\.eu_1"'
    assert error_ratio(returns, "5m") == (
        f'sum(increase(evenkeel_probe_runs_total{{{of}, outcome="bad"}}[5m]))\n/\n'
        f"sum(increase(evenkeel_probe_runs_total{{{of}}}[5m]))"
    )


def burning_together(method: str) -> dict[str, Any]:
    both = {"composite": {"error_rate": 0.5, "seen": 2}}
    return {
        "slos": {
            "seen": {"sli": "probes", "target": "99 %", "window": "7d"},
            "both": {
                "sli": both,
                "target": "99.5 %",
                "method": method,
                "slice": "15m",
                "window": "7d",
                "alerts": "30d",
            },
        }
    }


@needs_promtool
@pytest.mark.parametrize(
    ("method", "probed", "ratio"),
    [
        ("Occurrences", True, 0.005 * (0.5 * 0.02 / 0.001 + 2 * 0.1 / 0.01)),
        ("Occurrences", False, 0.005 * 0.5 * 0.02 / 0.001),
        ("RatioTimeslices", True, 0.5 * 0.02 + 2 * 0.1),
        ("RatioTimeslices", False, 0.5 * 0.02),
        ("Timeslices", True, 1.0),
    ],
)
def test_slos_that_burn_together_burn_by_their_weights_as_far_as_they_have_data(
    resolved: Any, tmp_path: Path, method: str, probed: bool, ratio: float
) -> None:
    """2 % of requests fail where 0.1 % may, and 10 % of probes where 1 % may."""
    slos = [slo for slo in resolved("bot", burning_together(method)) if slo.name in ("error_rate", "seen", "both")]
    written(tmp_path, slos)
    checked = promtool(tmp_path, "check", "rules", "rules.yml")
    assert checked.returncode == 0, checked.stderr
    series = [counter("good", f"0+980x{8 * HOUR}"), counter("bad", f"0+20x{8 * HOUR}")]
    of = 'evenkeel_probes_total{environment="production", service="bot", outcome='
    for outcome, each in (("good", 9), ("bad", 1)):
        series.append({"series": f'{of}"{outcome}"}}', "values": f"0+{each if probed else 0}x{8 * HOUR}"})
    of = '{sloth_slo="both"}'
    wanted = [
        *((f"sum(abs(slo:sli_error:ratio_rate{window}{of} - {ratio!r})) < bool 1e-9", 1) for window in ("1h", "7d")),
        (
            'count(ALERTS{sloth_slo="both", sloth_severity="page", alertstate="firing"}) or vector(0)',
            int(ratio > 6 * 0.005),  # 6 is the lower of the factors that page
        ),
    ]
    told_by_promtool(
        tmp_path,
        {
            "input_series": series,
            "promql_expr_test": [
                {"expr": expr, "eval_time": "8h", "exp_samples": [{"labels": "{}", "value": value}]}
                for expr, value in wanted
            ],
        },
    )
