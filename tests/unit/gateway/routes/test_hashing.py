"""Shares that stay: who moves when weights change, proved over 100,000 users."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from evenkeel.gateway.routes.hashing import key_of, pick, ranked, salt, unit

USERS = 100_000
Weights = Sequence[tuple[str, float]]


def picked(weights: Weights, name: str = "production/bot") -> list[str]:
    return [pick(name, weights, key_of(user)) or "" for user in range(USERS)]


def assert_share(count: int, share: float, of: int = USERS) -> None:
    """Within 4 standard deviations of the binomial: by chance outside once in 16,000 times."""
    assert abs(count - of * share) <= 4 * (of * share * (1 - share)) ** 0.5 + 1, f"{count} of {of} are not {share}"


def moves(before: Sequence[str], after: Sequence[str]) -> Counter[tuple[str, str]]:
    return Counter((one, other) for one, other in zip(before, after, strict=True) if one != other)


FIVE = picked([("old", 95.0), ("new", 5.0)])


@pytest.mark.parametrize("weights", [(95.0, 5.0), (1.0, 1.0), (0.001, 0.002), (999.0, 1.0)])
def test_each_version_gets_its_share_of_the_users(weights: tuple[float, float]) -> None:
    counted = Counter(picked(list(zip("ab", weights, strict=True))))
    for version, weight in zip("ab", weights, strict=True):
        assert_share(counted[version], weight / sum(weights))


def test_five_to_ten_percent_moves_the_five_percent_that_are_needed_and_nobody_else() -> None:
    moved = moves(FIVE, picked([("old", 90.0), ("new", 10.0)]))
    assert set(moved) == {("old", "new")}
    assert_share(moved["old", "new"], 0.05)


def test_every_step_of_a_canary_keeps_all_who_were_on_it() -> None:
    before = FIVE
    for percent in (10, 25, 50, 75, 100):
        after = picked([("old", 100.0 - percent), ("new", float(percent))])
        assert set(moves(before, after)) == {("old", "new")}
        assert_share(after.count("new"), percent / 100)
        before = after
    assert set(before) == {"new"}


def test_a_rollback_takes_everybody_back_to_where_they_were() -> None:
    assert picked([("old", 95.0), ("new", 5.0)]) == FIVE
    assert set(picked([("old", 95.0), ("new", 0.0)])) == {"old"}


@pytest.mark.parametrize("gone", [("c", 0.0), None])
def test_a_version_that_goes_moves_only_its_own_users_and_shares_them_out_by_weight(
    gone: tuple[str, float] | None,
) -> None:
    rest: Weights = [("a", 60.0), ("b", 30.0)]
    before = picked([*rest, ("c", 10.0)])
    moved = moves(before, picked([*rest, gone] if gone else rest))
    assert set(moved) == {("c", "a"), ("c", "b")}
    assert_share(moved.total(), 0.1)
    assert_share(moved["c", "a"], 2 / 3, of=moved.total())


def test_a_version_that_comes_takes_from_each_by_its_share() -> None:
    moved = moves(FIVE, picked([("old", 95.0), ("new", 5.0), ("other", 25.0)]))
    assert set(moved) == {("old", "other"), ("new", "other")}
    assert_share(moved.total(), 0.2)
    assert_share(moved["new", "other"], 0.05, of=moved.total())


@pytest.mark.parametrize("after", [(75.0, 15.0, 10.0), (60.0, 25.0, 15.0), (0.0, 90.0, 10.0)])
def test_among_three_versions_as_many_move_as_the_jaccard_index_says(after: tuple[float, float, float]) -> None:
    one, other = (0.80, 0.15, 0.05), tuple(weight / 100 for weight in after)
    stay = sum(
        1 / sum(max(p / one[i], q / other[i]) for p, q in zip(one, other, strict=True))
        for i in range(3)
        if one[i] and other[i]
    )
    distance = sum(abs(p - q) for p, q in zip(one, other, strict=True)) / 2
    moved = moves(picked(list(zip("abc", one, strict=True))), picked(list(zip("abc", after, strict=True))))
    assert distance <= 1 - stay <= 2 * distance / (1 + distance)
    assert_share(moved.total(), 1 - stay)


def test_only_ratios_count_and_no_order() -> None:
    weights = [("a", 60.0), ("b", 30.0), ("c", 10.0)]
    before = picked(weights)
    assert picked([(name, weight / 100) for name, weight in reversed(weights)]) == before


def test_the_first_users_of_one_service_are_anybody_in_another() -> None:
    other = picked([("old", 95.0), ("new", 5.0)], name="production/other")
    both = sum(one == two == "new" for one, two in zip(FIVE, other, strict=True))
    assert_share(both, 0.05 * 0.05)


def test_neighbouring_and_scattered_pseudonyms_are_shared_out_alike() -> None:
    seeded = random.Random(3)
    weights = [("old", 95.0), ("new", 5.0)]
    scattered = [pick("production/bot", weights, key_of(seeded.getrandbits(64) - 2**63)) for _ in range(USERS)]
    assert_share(scattered.count("new"), 0.05)


def test_without_any_weight_nobody_is_picked() -> None:
    assert pick("s", [], b"k") is None
    assert pick("s", [("a", 0.0), ("b", 0.0)], b"k") is None


def test_a_pseudonym_may_be_negative_or_long() -> None:
    assert key_of(-1) == b"\xff" * 8
    assert key_of(2**64 + 5) == key_of(5)


def test_units_are_even_and_never_at_the_ends() -> None:
    purpose = salt("test")
    tenths = Counter(int(unit(purpose, key_of(number)) * 10) for number in range(USERS))
    assert sorted(tenths) == list(range(10))
    for count in tenths.values():
        assert_share(count, 0.1)


def test_a_preference_keeps_its_order_when_one_goes() -> None:
    for number in range(200):
        order = ranked("abcde", key_of(number))
        assert ranked([name for name in "edcba" if name != order[2]], key_of(number)) == [*order[:2], *order[3:]]
