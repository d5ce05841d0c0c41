"""Hostile and clashing names and queries in rules for Prometheus, which the real promtool must take as they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from evenkeel.judge.interop.prometheus_rules import prometheus_rules
from evenkeel.judge.slo.model import ErrorsSli, Slo, SourceSli
from evenkeel.store.telemetry.port import ServiceKey

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


def slo(service: str, name: str, *, environment: str = "production", title: str = "", sli: Any = None) -> Slo:
    return Slo(ServiceKey(environment, service), name, title, sli or ErrorsSli(), 0.999)


def promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROMTOOL), *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def checked(folder: Path, *slos: Slo) -> str:
    """What promtool has against the rules of `slos`; empty when they are in order."""
    (folder / "rules.yml").write_text(prometheus_rules(slos, version="1.0").text, encoding="utf-8")
    ended = promtool(folder, "check", "rules", "rules.yml")
    return "" if ended.returncode == 0 else ended.stderr


@needs_promtool
@pytest.mark.parametrize(
    "pair",
    [
        (slo("bot-a", "b"), slo("bot", "a-b")),
        (slo("bot", "b", environment="staging"), slo("staging-bot", "b")),
    ],
    ids=["service", "environment"],
)
def test_what_differs_has_ids_and_groups_that_differ(pair: tuple[Slo, Slo], tmp_path: Path) -> None:
    assert checked(tmp_path, *pair) == ""
    groups = prometheus_rules(pair, version="1.0").groups
    assert len({group["name"] for group in groups}) == len(groups) == 6
    assert len({rule["labels"]["sloth_id"] for group in groups for rule in group["rules"]}) == 2


def test_ids_that_differ_stay_those_of_sloth_and_do_not_follow_the_target() -> None:
    clash = (slo("bot-a", "b"), slo("bot", "a-b"))
    moved = tuple(Slo(each.key, each.name, "", ErrorsSli(), 0.99) for each in clash)
    names = [group["name"] for group in prometheus_rules((*clash, slo("bot", "c")), version="1.0").groups]
    assert "sloth-slo-sli-recordings-bot-c" in names
    assert [group["name"] for group in prometheus_rules(moved, version="1.0").groups] == names[:6]


@needs_promtool
def test_names_and_titles_are_no_templates(tmp_path: Path) -> None:
    service, title = 'bot {{ $value }} {{{ "x', "at {{ .Labels.x }} }} {{"
    assert checked(tmp_path, slo(service, "errors", title=title)) == ""
    of = 'environment="production",service="bot {{ $value }} {{{ \\"x"'
    labels = {
        "environment": "production", "sloth_id": f"{service}-errors", "sloth_service": service, "sloth_slo": "errors",
    }  # fmt: skip
    said = f"{service}: {title} burns its error budget too fast."
    alert = {
        "exp_labels": labels | {"sloth_severity": "page"},
        "exp_annotations": {"title": f"(page) {said}", "summary": said},
    }
    test = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'evenkeel_requests_total{{{of},outcome="bad"}}', "values": "0+50x90"},
                    {"series": f'evenkeel_requests_total{{{of},outcome="good"}}', "values": "0+50x90"},
                ],
                "alert_rule_test": [{"eval_time": "80m", "alertname": "EvenkeelBudgetBurnPage", "exp_alerts": [alert]}],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(test), encoding="utf-8")
    ended = promtool(tmp_path, "test", "rules", "test.yml")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@needs_promtool
@pytest.mark.parametrize(
    "sli",
    [
        SourceSli("p", raw="avg(up) # of all"),
        SourceSli("p", good="sum(a) # good", total="sum(b) # all"),
        SourceSli("p", bad="sum(a) # bad", total="sum(b) # all"),
    ],
    ids=["raw", "good", "bad"],
)
def test_a_comment_in_a_query_ends_with_its_line(sli: SourceSli, tmp_path: Path) -> None:
    assert checked(tmp_path, slo("bot", "outside", sli=sli)) == ""
