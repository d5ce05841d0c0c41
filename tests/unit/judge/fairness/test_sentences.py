"""What people read about fairness."""

from __future__ import annotations

from evenkeel.judge.fairness.model import NOT_STATED, Criterion, GroupCounts, GroupTable
from evenkeel.judge.fairness.sentences import REASONS, describe_finding, format_points, name_group
from evenkeel.judge.fairness.verdicts import FairnessPolicy, audit
from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.verdict import Status

POLICY = FairnessPolicy((Criterion.EQUAL_OPPORTUNITY,), why="who is qualified must be found")


def say(status: Status, **groups: GroupCounts) -> str:
    (found,) = audit(GroupTable(("sex",), {(name,): counts for name, counts in groups.items()}), POLICY)
    return describe_finding(found, POLICY, status)


def test_a_breach_is_told_with_its_groups_and_numbers() -> None:
    assert say(Status.BREACH, f=GroupCounts(tp=300, fn=200), m=GroupCounts(tp=420, fn=80)) == (
        "Equal opportunity by sex: 24 points [17.8–29.3] between f (true positive rate 60 % of 500 rows) and m (true"
        " positive rate 84 % of 500 rows); target < 5 points."
    )


def test_what_may_be_chance_says_so_and_what_would_settle_it() -> None:
    text = say(Status.UNKNOWN, f=GroupCounts(tp=40, fn=10), m=GroupCounts(tp=425, fn=75), x=GroupCounts(tp=2))
    assert ", which may be chance; target < 5 points." in text
    assert " Too small to compare: x (2)." in text
    assert " Underpowered (needs n = " in text
    assert " of f, has 50). It takes about " in text
    assert text.endswith(" more rows of f to say.")


def test_nothing_to_compare_says_why() -> None:
    assert say(Status.UNKNOWN, f=GroupCounts(positive=50), m=GroupCounts(positive=50)) == (
        "Equal opportunity by sex: nothing to compare; target < 5 points. No label has come yet; labels of too many"
        " predictions have not come yet. Too small to compare: f (0), m (0). It takes about 30 more rows of f to say."
    )


def test_many_small_groups_are_counted_not_listed() -> None:
    small = {name: GroupCounts(tp=1) for name in "abcde"}
    text = say(Status.PARTIAL, f=GroupCounts(tp=400, fn=100), m=GroupCounts(tp=400, fn=100), **small)
    assert "Too small to compare: a (1), b (1), c (1) and 2 more." in text


def test_those_without_a_stated_group_are_a_reason() -> None:
    text = say(Status.PARTIAL, f=GroupCounts(tp=50), m=GroupCounts(tp=50), **{NOT_STATED: GroupCounts(tp=50)})
    assert "Too many people have no stated group." in text


def test_every_reason_has_words_or_a_sentence_of_its_own() -> None:
    assert set(REASONS) == {
        "one_group", "too_many_groups", "no_truth", "no_rows", "groups_not_stated", "labels_outstanding",
    }  # fmt: skip
    assert all(not text[0].isupper() and not text.endswith(".") for text in REASONS.values())


def test_points_and_names_of_intersections() -> None:
    assert format_points(Bounded(0.05, -0.01, 0.123)) == "5 points [-1–12.3]"
    assert name_group(("f", "40+")) == "f × 40+"
