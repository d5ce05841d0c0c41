from __future__ import annotations

import pytest

from evenkeel.act.alerts.matching import check_matchers, find_silence, fits, read_matcher
from evenkeel.act.alerts.model import Matcher, Operator, Silence
from evenkeel.kernel.errors import InvalidInputError

LABELS = {"service": "bot", "rule": "burn-1h-5m"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ('service="bot"', True),
        ("service=bot", True),
        ("service!=bot", False),
        ("service != other", True),
        ("rule=~burn-.*", True),
        ("rule=~burn", False),  # the whole value must fit
        ('rule!~"burn-.*"', False),
        ("nothing=", True),  # absent reads as empty
        ("nothing=~.+", False),
        ('service="a=b"', False),
    ],
)
def test_matchers_compare_as_those_of_alertmanager_do(text: str, matches: bool) -> None:
    assert fits(read_matcher(text), LABELS) is matches


@pytest.mark.parametrize("text", ["", "service", "=bot", "9x=1", "service~bot"])
def test_what_is_no_matcher_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidInputError, match='Write name="value"'):
        read_matcher(text)


def test_an_expression_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no regular expression"):
        read_matcher("rule=~[")
    with pytest.raises(InvalidInputError, match="201 characters"):
        read_matcher("rule=" + "x" * 201)


def test_a_silence_of_everything_is_refused() -> None:
    for everything in ([Matcher("service", Operator.FITS, ".*")], [Matcher("a", Operator.NOT_EQUAL, "x")]):
        with pytest.raises(InvalidInputError, match="nearly every alert"):
            check_matchers(everything)
    with pytest.raises(InvalidInputError, match="1 to 20 matchers, not 0"):
        check_matchers([])
    assert check_matchers([read_matcher("service=bot"), read_matcher("rule=~.*")])


def test_the_silence_that_lasts_longest_is_named() -> None:
    bot = (read_matcher("service=bot"),)
    short, long = Silence("1", bot, 0, 50, "a", "ada", 0), Silence("2", bot, 0, 90, "b", "ada", 0)
    other = Silence("3", (*bot, read_matcher("rule=x")), 0, 99, "c", "ada", 0)
    assert find_silence([short, long, other], LABELS, 10) is long
    assert find_silence([short, long, other], LABELS, 95) is None


@pytest.mark.parametrize(
    "expression",
    [
        r"(\w+-?)+prod",
        "(a+)+b",
        "([a-z]+)*-prod",
        "(?:a|a)*b",
        "((a?)b)+",
        "(?P<n>a*)+b",
        "(a{1,9}){9}b",
        "(?x)(a+) +b",
    ],
)
def test_an_expression_that_could_hold_up_all_alerts_is_refused(expression: str) -> None:
    with pytest.raises(InvalidInputError, match="repeats what varies itself"):
        read_matcher(f'service=~"{expression}"')


@pytest.mark.parametrize(
    "expression",
    ["bot|shop", "burn-.*", "(burn|threshold)-.*", "(?i)bot.*", "(?:eu-){2}bot", r"[(a+)+]\(a+\)+", "[]*+]*"],
)
def test_an_expression_that_repeats_what_stands_fast_is_taken(expression: str) -> None:
    assert read_matcher(f'service=~"{expression}"').value == expression
