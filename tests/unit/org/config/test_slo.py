"""SLOs as they are written: every refusal says where, what and why (SPEC SLO-1)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evenkeel.judge.indicators.model import Measure
from evenkeel.judge.indicators.table import BY_NAME
from evenkeel.judge.objectives.resolve import indicator_rules
from evenkeel.org.config.model import Config, json_schema
from evenkeel.org.config.read import check
from evenkeel.org.config.slo import DEFAULT_SLOS

PROBES: dict[str, Any] = {
    "bot-returns": {"service": "bot", "tls": {"host": "bot.example"}},
    "bot-cert": {"service": "bot", "tls": {"host": "bot.example"}},
    "shop-front": {"service": "shop", "tls": {"host": "shop.example"}},
}
GOOD: list[dict[str, Any]] = [
    {"fast": {"sli": {"latency_under": "2 s"}, "target": "95 %"}},
    {"errors": {"sli": "errors", "target": 0.999, "window": "28d", "alerts": "28d"}},
    {"up": {"sli": "probes", "target": "99.5 %", "window": "quarter", "alerts": "none"}},
    {"availability": {"target": "99.95 %"}, "latency_p99": {"enabled": False}},
    {"steady": {"sli": "errors", "target": "99 %", "method": "Timeslices", "slice": "5m", "slice_target": "95 %"}},
    {"outside": {"sli": {"source": {"name": "prom", "bad": "b", "total": "t"}}, "target": "99 %"}},
    {"outside": {"sli": {"source": {"name": "prom", "raw": "r", "raw_is": "failure"}}, "target": "99 %"}},
    {"returns": {"sli": {"probes": ["bot-returns", "bot-cert"]}, "target": "95 %"}},
    {"both": {"sli": {"composite": {"availability": 1, "error_rate": 0.5}}, "target": "99 %"}},
]
BAD: list[tuple[dict[str, Any], str]] = [
    ({"sli": "errors", "target": "100 %"}, "target: a target of 100 % has no error budget"),
    ({"sli": "errors", "target": 1}, "target: a target of 100 % has no error budget"),
    ({"sli": "errors", "target": "0 %"}, "target: a target of 0 % promises nothing"),
    ({"sli": "errors", "target": 99.9}, "target: 99.9 is a share above 100 %"),
    ({"sli": "errors", "target": "2 s"}, "target: '2 s' is a time"),
    ({"sli": "errors"}, "needs `target`"),
    ({"target": "99 %"}, "needs `sli`"),
    ({"sli": "mistakes", "target": "99 %"}, "sli.counted: input should be 'errors', 'availability' or 'probes'"),
    ({"sli": {"probes": []}, "target": "99 %"}, "this says none of them"),
    ({"sli": {"probes": ["x"], "latency_under": "2 s"}, "target": "99 %"}, "this says latency_under and probes"),
    (
        {"sli": {"probes": ["bot-cert", "bot-retruns"]}, "target": "99 %"},
        "sli.probes.1: there is no probe bot-retruns; name probes of bot: it has bot-returns, bot-cert",
    ),
    ({"sli": {"probes": ["shop-front"]}, "target": "99 %"}, "sli.probes.0: shop-front is a probe of shop; name probes"),
    ({"sli": {}, "target": "99 %"}, "sli: an SLI is exactly one of .*; this says none of them"),
    ({"sli": {"latency_under": "0 s"}, "target": "99 %"}, "sli.latency_under: input should be greater than 0"),
    ({"sli": {"latency_under": "50 %"}, "target": "99 %"}, "sli.latency_under: '50 %' is no time; write e.g. 2 s"),
    ({"sli": "errors", "target": 10**400}, "target: 1000.* is neither a share nor a time"),
    ({"sli": {"composite": {"error_rate": 1e300}}, "target": "99 %"}, "error_rate: input should be less than"),
    (
        {"sli": "errors", "target": "99 %", "alerts": 5},
        "slo.alerts: write the name of a catalogue, or a list of",
    ),
    ({"sli": "errors", "target": "99 %", "alerts": ["page 1h 5m"]}, "slo.alerts.0: 'page 1h 5m' is no rule"),
    ({"sli": {"source": {"name": "p", "total": "t"}}, "target": "99 %"}, "this says none of them"),
    ({"sli": {"source": {"name": "p", "good": "g"}}, "target": "99 %"}, "say of what with `total`"),
    ({"sli": {"source": {"name": "p", "good": "g", "bad": "b"}}, "target": "99 %"}, "this says good and bad"),
    ({"sli": {"composite": {"slo": 1}}, "target": "99 %"}, "slo is itself a composite"),
    ({"sli": {"composite": {"nope": 1}}, "target": "99 %"}, "this service has no SLO nope; it has availability"),
    ({"sli": {"composite": {"error_rate": 0}}, "target": "99 %"}, "error_rate: input should be greater than 0"),
    ({"sli": "errors", "target": "99 %", "window": "12h"}, "window: 12 h is no window of a budget; write 1d to 366d"),
    ({"sli": "errors", "target": "99 %", "window": "fortnight"}, "window: 'fortnight' is no window"),
    ({"sli": "errors", "target": "99 %", "slice": "7m"}, "slice: 7 min is no slice"),
    ({"sli": "errors", "target": "99 %", "alerts": "31d"}, "there is no catalogue '31d'; did you mean 30d?"),
    ({"sli": "errors", "target": "99 %", "method": "Occurrences", "slice_target": "95 %"}, "Write method: Timeslices"),
    ({"sli": "errors", "target": "99 %", "windw": "30d"}, "windw: there is no such key; did you mean window"),
]


def written(tmp_path: Path, slos: dict[str, Any]) -> list[str]:
    path = tmp_path / "evenkeel.yaml"
    document = {"services": {"bot": {"slos": slos}}, "probes": PROBES}
    path.write_text(repr(document), encoding="utf-8")  # flow style YAML
    return [str(problem) for problem in check(path, indicator_rules())[1]]


@pytest.mark.parametrize("slos", GOOD, ids=str)
def test_what_is_right_is_read_and_the_schema_agrees(tmp_path: Path, slos: dict[str, Any]) -> None:
    document = {"services": {"bot": {"slos": slos}}, "probes": PROBES}
    path = tmp_path / "evenkeel.yaml"
    path.write_text(str(document).replace("True", "true").replace("False", "false"), encoding="utf-8")
    assert check(path, indicator_rules())[1] == []
    Config.model_validate(document)
    jsonschema.validate(document, json_schema(indicator_rules()))


@pytest.mark.parametrize(("slo", "said"), BAD, ids=str)
def test_what_is_wrong_is_refused_with_its_place_and_the_reason(tmp_path: Path, slo: dict[str, Any], said: str) -> None:
    problems = written(tmp_path, {"slo": slo})
    assert problems
    assert re.search(said, "\n".join(problems)), problems
    assert all(problem.startswith("evenkeel.yaml:1:") and "services.bot.slos.slo" in problem for problem in problems)


def test_a_name_that_is_no_name_is_refused_where_it_stands(tmp_path: Path) -> None:
    (problem,) = written(tmp_path, {"Not A Name": {"sli": "errors", "target": "99 %"}})
    assert "services.bot.slos.Not A Name: string should match" in problem


def test_a_part_that_is_switched_off_is_not_there_to_burn(tmp_path: Path) -> None:
    slos = {
        "availability": {"enabled": "no"},
        "both": {"sli": {"composite": {"availability": 1, "error_rate": 1}}, "target": "99 %"},
    }
    path = tmp_path / "evenkeel.yaml"
    path.write_text(str({"services": {"bot": {"slos": slos}}}).replace("'no'", "false"), encoding="utf-8")
    (problem,) = check(path, indicator_rules())[1]
    assert "this service has no SLO availability" in str(problem)


def test_objectives_that_have_an_slo_are_known_objectives() -> None:
    by_minute = {name for name in indicator_rules() if BY_NAME[name].measure is not Measure.ASSESSED}
    assert set(DEFAULT_SLOS) == by_minute - {"throughput"}


def test_a_service_without_probes_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "evenkeel.yaml"
    slo = {"sli": {"probes": ["x"]}, "target": "99 %"}
    path.write_text(repr({"services": {"bot": {"slos": {"slo": slo}}}}), encoding="utf-8")
    (problem,) = check(path, indicator_rules())[1]
    assert str(problem).endswith("there is no probe x; name probes of bot: it has none")
