"""The alert path is judged as everything is: by exact bounds, unknown where too little is known."""

from __future__ import annotations

import pytest
from scipy.stats import beta

from evenkeel.act.notify.path import judge_path
from evenkeel.kernel.verdict import Status


@pytest.mark.parametrize(
    ("messages", "late", "status", "said"),
    [
        (0, 0, Status.UNKNOWN, "Nothing was sent"),
        (720, 0, Status.UNKNOWN, "none late, but 2,995 are needed"),
        (2_994, 0, Status.UNKNOWN, "none late"),
        (2_995, 0, Status.OK, "2,995 of 2,995 messages were delivered within 10 s [99.90–100.00 %]"),
        (720, 2, Status.UNKNOWN, "too few to tell"),
        (720, 9, Status.BREACH, "99.9 % is missed"),
        (1, 1, Status.BREACH, "0 of 1 messages"),
    ],
)
def test_bounds_decide_and_the_sentence_says_them(messages: int, late: int, status: Status, said: str) -> None:
    standing = judge_path(messages, late)
    assert standing.status is status
    assert said in standing.sentence


def test_its_bounds_are_those_of_clopper_and_pearson() -> None:
    standing = judge_path(500, 3)
    assert standing.in_time_high == pytest.approx(1 - beta.ppf(0.05, 3, 498))
    assert standing.in_time_low == pytest.approx(1 - beta.ppf(0.95, 4, 497))
