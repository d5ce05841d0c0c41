"""Every valid and invalid case of the conformance suites, re-expressed, in both strictness modes (SPEC SLO-1)."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from evenkeel.judge.interop.openslo.grammar import Strictness
from evenkeel.judge.interop.openslo.read import read_openslo

GOLDEN = Path(__file__).parents[4] / "golden" / "openslo"
VALID = sorted(file for file in (GOLDEN / "valid").iterdir() if file.suffix in (".yaml", ".json"))
KINDS = {"DataSource", "Service", "SLI", "SLO", "AlertPolicy", "AlertCondition", "AlertNotificationTarget"}


def _objects(file: Path) -> list[Any]:
    found: list[Any] = []
    for document in yaml.safe_load_all(file.read_text("utf-8")):
        found += document if isinstance(document, list) else [document]
    return found


def _parts(path: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]


def _change(node: Any, path: str, value: Any, *, drops: bool = False) -> None:
    *above, last = _parts(path)
    for part in above:
        node = node[part]
    if drops:
        del node[last]
    elif isinstance(node, list) and last == len(node):
        node.append(value)
    else:
        node[last] = value


def _invalid() -> Iterator[Any]:
    for file in sorted((GOLDEN / "invalid").glob("*.yaml")):
        document = yaml.safe_load(file.read_text("utf-8"))
        for case in document["cases"]:
            for mode in Strictness:
                expected = case.get("both", case.get(mode.value))
                name = f"{file.stem}: {case['name']} [{mode.value}]"
                yield pytest.param(document["base"], case, mode, expected, id=name)


def test_the_suite_has_every_kind() -> None:
    assert {each["kind"] for file in VALID for each in _objects(file)} == KINDS
    assert sum(1 for _ in _invalid()) > 2 * 140


@pytest.mark.parametrize("mode", Strictness, ids=str)
@pytest.mark.parametrize("file", VALID, ids=lambda file: file.name)
def test_what_is_right_is_read_without_a_word(file: Path, mode: Strictness) -> None:
    text = file.read_text("utf-8")
    objects = read_openslo({file.name: text}, mode)
    if text.startswith("# only: spec") and mode is Strictness.SDK:
        found = {(problem.path, problem.code) for problem in objects.findings.problems}
        assert found == {
            ("metadata.name", "name"),
            ("spec.budgetingMethod", "required"),
            ("spec.timeWindow", "required"),
            ("spec.objectives[0].op", "forbidden"),
        }
        return
    assert objects.findings.problems == []
    assert len(objects.by_name) == len(_objects(file))


@pytest.mark.parametrize(("base", "case", "mode", "expected"), list(_invalid()))
def test_what_is_wrong_is_told_with_its_path_and_code(
    base: str, case: dict[str, Any], mode: Strictness, expected: dict[str, Any]
) -> None:
    objects = copy.deepcopy(_objects(GOLDEN / "valid" / base))
    for path, value in case.get("set", {}).items():
        is_long = isinstance(value, str) and value.startswith("*")
        _change(objects[0], path, "a" * int(value[1:]) if is_long else value)
    for path in case.get("drop", []):
        _change(objects[0], path, None, drops=True)
    found = read_openslo({"case.yaml": yaml.safe_dump_all(objects, allow_unicode=True)}, mode).findings
    wanted = {
        (path, code) for path, codes in expected.items() for code in ([codes] if isinstance(codes, str) else codes)
    }
    assert {(problem.path, problem.code) for problem in found.problems} == wanted
    assert all(problem.file == "case.yaml" and problem.line > 0 and problem.message for problem in found.problems)
    if not expected:
        assert found.warnings, "what the SDK refuses is at least odd"


def test_an_error_names_the_line_the_value_seen_and_what_is_allowed() -> None:
    text = (GOLDEN / "valid" / "slo-occurrences.yaml").read_text("utf-8").replace("0.999", "99.9")
    (problem,) = read_openslo({"slo.yaml": text}, Strictness.SDK).findings.problems
    line = next(n for n, written in enumerate(text.splitlines(), 1) if "99.9" in written)
    assert (problem.line, problem.path) == (line, "spec.objectives[0].target")
    assert problem.message == "the target is 99.9; 0 to less than 1 is allowed"


def test_operators_and_lengths_that_may_not_be_meant_so_are_read_as_written_with_a_warning() -> None:
    condition = (GOLDEN / "valid" / "condition.yaml").read_text("utf-8").replace("op: gt", "op: lte")
    slo = (GOLDEN / "valid" / "slo-occurrences.yaml").read_text("utf-8").replace("30d", "1m")
    found = read_openslo({"condition.yaml": condition, "slo.yaml": slo}, Strictness.SDK).findings
    assert found.problems == []
    assert {(warning.path, warning.code) for warning in found.warnings} == {
        ("spec.condition.op", "op"),
        ("spec.timeWindow[0].duration", "duration"),
    }


def test_references_are_found_across_files_and_names_are_taken_once() -> None:
    policy, condition, *targets = _objects(GOLDEN / "valid" / "policy-by-reference.yaml")
    files = {"a.yaml": yaml.safe_dump(policy), "b.json": json.dumps([condition, *targets])}
    assert read_openslo(files, Strictness.SDK).findings.problems == []
    twice = read_openslo(files | {"c.yaml": yaml.safe_dump(condition)}, Strictness.SDK).findings.problems
    assert [(problem.file, problem.path, problem.code) for problem in twice] == [
        ("c.yaml", "metadata.name", "duplicate")
    ]


@pytest.mark.parametrize("text", ["a: [", "a: *b", "\t- x", "'", "{" * 5_000])
def test_what_is_no_document_is_a_problem_of_its_place(text: str) -> None:
    (problem,) = read_openslo({"x.yaml": text}, Strictness.SPEC).findings.problems
    assert (problem.code, problem.file) == ("syntax", "x.yaml")


def test_nothing_is_nothing() -> None:
    assert read_openslo({"x.yaml": "---\n---\n"}, Strictness.SDK).by_name == {}


@pytest.mark.parametrize("name", ["slo-ratio-timeslices.yaml", "data-source.yaml"])
def test_words_of_a_source_are_no_references(name: str) -> None:
    text = (GOLDEN / "valid" / name).read_text("utf-8")
    for old, new in (("spec: {query:", "spec: {targetRef: nobody, query:"), ("{url:", "{conditionRef: nobody, url:")):
        text = text.replace(old, new)
    assert "nobody" in text
    assert read_openslo({name: text}, Strictness.SPEC).findings.problems == []
