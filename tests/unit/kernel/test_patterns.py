"""Which expressions are refused: what is none, and what could hold up whoever tries it."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.patterns import find_flaw


@pytest.mark.parametrize("expression", ["(", "a{99999999999999}", "(?P<a", "*", "[b-a]"])
def test_what_is_no_expression_says_why(expression: str) -> None:
    assert find_flaw(expression).startswith("is no regular expression: ")


@pytest.mark.parametrize(
    "expression",
    [
        r"(\w+-?)+prod", "(a+)+b", "([a-z]+)*-prod", "(?:a|a)*b", "((a?)b)+", "(?P<n>a*)+b", "(a{1,9}){9}b",
        "(?x)(a+) +b", r"(\.\d+\d+)*x", r"(-\w+\W?)+x", "(?i)(a[A]+)+x", r"(\d{1,3}){30}x", r"(^a+)+x", "(a+?)+?b",
        r"(\x41+)+b", "((ab+)+c)+",
    ],
)  # fmt: skip
def test_what_repeats_what_varies_is_refused(expression: str) -> None:
    assert find_flaw(expression).startswith("repeats what varies itself")


@pytest.mark.parametrize(
    "expression",
    [
        "bot|shop", "burn-.*", "(burn|threshold)-.*", "(?i)bot.*", "(?:eu-){2}bot", r"[(a+)+]\(a+\)+", "[]*+]*", "[[a]",
        r"version: \d+(\.\d+)*", r"(\d{1,3}\.){3}\d+", "(?:[0-9a-f]{2}:)+[0-9a-f]{2}", r"(\w+ )+ready", "(ab)?",
        r"(\.\d+)?$", '{"status": *"(ok|up)"', "(a+) +b",
    ],
)  # fmt: skip
def test_what_fits_in_one_way_is_taken(expression: str) -> None:
    assert find_flaw(expression) == ""


@pytest.mark.parametrize(
    "expression",
    [
        r"\w+\w+\w+!", r"\w*\w*\w*!", r"\w+[a-f]+\d*[a-z]+", "(a+)(a+)(a+)b", r"\w+(-?\w+)?\w+-?\w+!", "(?i)a+A+a+b",
        "x|a+a+a+b", r"\w{1,4000}\w{2,}\w+!", "a?" * 40 + "b", ".*a.*b.*c.*d", r"(?x) \w+ \w+ \w+ !", r"\w+\w+\w+-\w+",
        r"\w+\w+-\w+\w+-\w+\w+-x",
    ],
)  # fmt: skip
def test_what_repeats_the_same_side_by_side_is_refused(expression: str) -> None:
    assert find_flaw(expression).startswith("repeats the same characters side by side")


@pytest.mark.parametrize(
    ("expression", "whole", "anywhere"),
    [
        (r"\w+!", True, True),
        (r"\w+\w+!", True, False),
        (r"^\w+\w+!", True, True),
        (r"-\w+\w+!", True, True),
        (r"-\w+\w+", True, True),
        (r"\w+-\w+-\w+-\w+!", True, True),
        ("prod-.*-.*-.*", True, True),
        ('"status".*"up".*"db"', True, True),
        (r"[\w.]+@[\w.]+\.\w+", True, True),
        (r"a*b*c*d*!", True, True),
        (r"\w+\w+\w+", False, True),  # it fits, or there is no letter at all
        ("(?m)^a+a+!", True, False),
        ("^a+a+!|b", True, False),
    ],
)
def test_where_it_has_to_begin_and_how_much_it_is_tried_on_decides(
    expression: str, whole: bool, anywhere: bool
) -> None:
    assert (find_flaw(expression) == "") is whole
    assert (find_flaw(expression, characters=16_384, anywhere=True, steps_max=1e11) == "") is anywhere


@settings(deadline=None)
@given(st.text(alphabet="ab.*+?|(){}[]^$\\12,:P<>=!# ", max_size=12))
def test_any_text_is_judged_and_never_raises(expression: str) -> None:
    flaw = find_flaw(expression)
    assert flaw == "" or flaw.startswith(("is no", "repeats"))


def test_what_is_taken_is_tried_in_no_time() -> None:
    """Each expression of one repeated group that is taken fails on 40 characters at once: doubling would take years."""
    atoms = [a + q for a in ("a", "b", "[ab]", r"\w", "[^b]") for q in ("", "+", "*", "?")]
    bodies = ["".join(each) for n in (1, 2, 3) for each in itertools.product(atoms, repeat=n)]
    taken = [f"({body})+!" for body in bodies if not find_flaw(f"({body})+!")]
    assert len(taken) > 100
    try_all(taken, characters=40)


def test_what_is_taken_side_by_side_is_searched_for_in_no_time() -> None:
    """Of what is taken for 16,384 characters, 2,500 are done at once; a cube of steps would take a minute for each."""
    atoms = [a + q for a in ("a", "[ab]", r"\w", "-", ".") for q in ("", "+", "*", "?", "{2}")]
    bodies = ["".join(each) for n in (1, 2, 3) for each in itertools.product(atoms, repeat=n)]
    found = [
        (f"{body}!", find_flaw(f"{body}!", characters=16_384, anywhere=True, steps_max=1e10))
        for body in random.Random(1).sample(bodies, 600)
    ]
    taken = [expression for expression, flaw in found if not flaw]
    assert 0.5 < len(taken) / len(found) < 0.9
    try_all(taken[:30], characters=2_500)


def try_all(expressions: list[str], *, characters: int) -> None:
    """Look for each in texts that fit it nearly; kept apart, for what never ends ends with its process only."""
    program = (
        "import re, sys\n"
        "for line in sys.stdin.read().split():\n"
        "    for text in ('a', 'ab', 'aab', '-', 'a-', 'aa-'):\n"
        f"        re.compile(line).search((text * {characters})[:{characters}])\n"
    )
    subprocess.run([sys.executable, "-c", program], input="\n".join(expressions), text=True, timeout=60, check=True)
