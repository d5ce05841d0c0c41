"""Which expressions are refused: what is none, and what could hold up whoever tries it."""

from __future__ import annotations

import itertools
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
    program = (
        "import re, sys\n"
        "for line in sys.stdin.read().split():\n"
        "    for text in ('a' * 40, 'ab' * 20, 'aab' * 13, 'abb' * 13):\n"
        "        re.compile(line).fullmatch(text)\n"
    )
    subprocess.run([sys.executable, "-c", program], input="\n".join(taken), text=True, timeout=60, check=True)
