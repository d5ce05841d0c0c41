"""What a monthly audit is made of."""

from __future__ import annotations

import pytest

from evenkeel.judge.audits.model import COMMENT_MAX, Check, Conclusion, Item, Month, SignOff, check_sign_off
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.verdict import Status


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-09", "2026-9", "2026-09-01", "²026-09", "x" * 99]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is no month"):
        Month.read(text)


def test_months_follow_each_other() -> None:
    assert Month(2026, 12).after == Month.read("2027-01")
    assert Month(2027, 1).before == Month(2026, 12)
    assert Month(2026, 12) < Month(2027, 1)


def test_one_that_is_unknown_is_not_hidden_by_others_that_are_ok() -> None:
    items = [Item(status.value, "", status, "") for status in (Status.OK, Status.UNKNOWN, Status.OK)]
    assert Check("quality", "Quality", tuple(items)).status is Status.UNKNOWN


@pytest.mark.parametrize("comment", ["", "  \n", "x" * (COMMENT_MAX + 1)])
def test_a_comment_is_needed(comment: str) -> None:
    with pytest.raises(InvalidInputError, match="takes a comment"):
        check_sign_off(SignOff("", Conclusion.ACCEPTED, comment), ())


def test_exactly_what_is_open_is_acknowledged() -> None:
    given = SignOff("", Conclusion.ACCEPTED, "Looked at it.", ("fairness",))
    check_sign_off(given, ("fairness",))
    with pytest.raises(InvalidInputError, match="Not acknowledged, and open: drift"):
        check_sign_off(given, ("fairness", "drift"))
    with pytest.raises(InvalidInputError, match="Acknowledged, and not open: fairness"):
        check_sign_off(given, ())
