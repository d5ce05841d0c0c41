"""Documents of others: everything knows where it stands."""

from __future__ import annotations

import pytest

from evenkeel.judge.interop.documents import Findings, View, as_rows, one_line, read_documents, written


def view(text: str) -> tuple[View, Findings]:
    findings = Findings()
    (document,) = read_documents("a.yaml", text, findings)
    return document.root(), findings


def test_lists_of_objects_and_several_documents_are_taken_apart() -> None:
    documents = read_documents("a.yaml", "- a: 1\n- b: 2\n---\nc: 3\n---\n", Findings())
    assert [document.content for document in documents] == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert documents[1].places["b",] == (2, 3)


def test_dates_stay_text_and_numbers_are_numbers() -> None:
    root, _ = view("at: 2026-01-01 00:00:00\nn: 0.5\nflag: true\nnone: null")
    assert root.value == {"at": "2026-01-01 00:00:00", "n": 0.5, "flag": True, "none": None}


def test_a_property_twice_is_a_problem_where_the_second_stands() -> None:
    _, findings = view("a: 1\na: 2")
    assert [(p.line, p.path, p.code) for p in findings.problems] == [(2, "a", "duplicate")]


def test_what_is_missing_is_a_problem_of_what_it_is_missing_from() -> None:
    root, findings = view("x:\n  y: 1")
    root.at("x").section(("z",), ("y",))
    assert one_line(findings.problems) == "a.yaml:1:1: x.z: this is missing, and needed [required]"
    assert as_rows(findings.problems)[0]["path"] == "x.z"


def test_a_near_miss_is_named() -> None:
    root, findings = view("taget: 1")
    root.section(("target",))
    assert [p.message for p in findings.problems] == [
        "there is no such property; did you mean target?",
        "this is missing, and needed",
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("[1]", "text"),
        ("7", "text"),
        ("x", "number"),
        ("true", "number"),
        ("x", "flag"),
        ("x", "items"),
        ("x", "entries"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_was_seen(text: str, read: str) -> None:
    root, findings = view(f"at: {text}")
    assert not getattr(root.at("at"), read)()
    (problem,) = findings.problems
    assert problem.code == "type"
    assert "stands where" in problem.message


def test_what_is_not_there_is_no_problem_of_its_own() -> None:
    root, findings = view("a: 1")
    below = root.at("b", "c")
    assert (below.text(), below.number(), below.flag(), below.items(), below.entries()) == ("", None, None, [], [])
    assert findings.problems == []


def test_paths_are_written_as_people_read_them() -> None:
    assert written(("spec", "objectives", 0, "target")) == "spec.objectives[0].target"


@pytest.mark.parametrize(
    "text", ["!!int abc", "!!float abc", "!!bool maybe", "0b_", "0x_", "9" * 400, "9" * 5_000, "0x" + "f" * 5_000]
)
def test_what_is_no_number_whatever_it_says_of_itself_is_refused_where_it_stands(text: str) -> None:
    root, findings = view(f"at: {text}")
    assert root.at("at").number() is None
    (problem,) = findings.problems
    assert (problem.line, problem.path, problem.code) == (1, "at", "type")
