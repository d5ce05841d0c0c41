"""A choice: by weight, kept for a caller, a tester's word, the shadow's share, the order of those who are asked."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from evenkeel.gateway.routes.breaker import BreakerRules, Breakers
from evenkeel.gateway.routes.choose import LOAD_FACTOR, choose
from evenkeel.gateway.routes.model import Asked, Balance, Choice, Route, Shadow, Sticky, Version

ONE = Version("1", 90.0, ("a", "b", "c"))
TWO = Version("2", 10.0, ("d", "e"))
OFF = Version("0", 0.0, ("f",))
ROUTE = Route("production", "bot", (OFF, ONE, TWO))


class Ill:
    """Health where the named upstreams are not well."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def is_well(self, upstream: str, now_s: float) -> bool:
        return upstream not in self.names


WELL = Ill()


def ask(
    route: Route, asked: Asked | None = None, health: Ill | Breakers = WELL, *, draw: float = 0.5, now_s: float = 0.0
) -> Choice:
    return choose(route, asked or Asked(bytes(16)), health, draw=draw, now_s=now_s)


def test_a_draw_falls_on_versions_in_proportion_to_their_weights() -> None:
    versions = [ask(ROUTE, draw=draw).attempts[0][0] for draw in (0.0, 0.5, 0.8999, 0.9, 0.9999999999999999)]
    assert versions == ["1", "1", "1", "2", "2"]


def test_no_draw_falls_on_a_version_without_weight_even_at_the_ends() -> None:
    route = replace(
        ROUTE, versions=(OFF, Version("1", 0.1, ("a",)), Version("2", 0.2, ("d",)), Version("3", 0.0, ("f",)))
    )
    drawn = {ask(route, draw=draw).attempts[0][0] for draw in (0.0, 1 - 2**-53, 1.0)}
    assert drawn == {"1", "2"}


def test_a_user_stays_with_a_version_whatever_is_drawn() -> None:
    route = replace(ROUTE, sticky=Sticky.USER)
    for user in range(200):
        choices = {ask(route, Asked(bytes(16), user=user), draw=draw) for draw in (0.0, 0.95)}
        assert {choice.why for choice in choices} == {"sticky"}
        assert len({choice.attempts for choice in choices}) == 1


def test_a_session_is_kept_and_without_one_its_user_and_without_both_nobody() -> None:
    route = replace(ROUTE, sticky=Sticky.SESSION)
    by_session = ask(route, Asked(bytes(16), user=1, session=2))
    assert by_session == ask(route, Asked(bytes(16), user=3, session=2), draw=0.99)
    assert ask(route, Asked(bytes(16), user=1)) == ask(replace(ROUTE, sticky=Sticky.USER), Asked(bytes(16), user=1))
    assert ask(route, draw=0.99).why == "weight"
    assert ask(replace(ROUTE, sticky=Sticky.USER), Asked(bytes(16), session=2)).why == "weight"


def test_a_tester_gets_the_version_named_and_never_another_one() -> None:
    route = replace(ROUTE, testers=frozenset({"k"}), fallback=("1",), shadow=Shadow("1", 1.0))
    asked = Asked(bytes(16), key_id="k", version="0")
    assert ask(route, asked) == Choice((("0", "f"),), None, "tester")
    assert ask(route, asked, Ill("f")) == Choice((("0", "f"),), None, "tester")


@pytest.mark.parametrize(
    "asked", [Asked(bytes(16), version="0", key_id="x"), Asked(bytes(16), version="9", key_id="k")]
)
def test_a_version_named_by_anybody_else_or_one_that_is_none_counts_for_nothing(asked: Asked) -> None:
    assert ask(replace(ROUTE, testers=frozenset({"k"})), asked) == ask(ROUTE)


def test_those_who_are_well_come_first_then_the_fallbacks_then_those_who_are_not() -> None:
    route = replace(ROUTE, fallback=("0", "2"))
    choice = ask(route, health=Ill("a", "c", "d"))
    assert choice.attempts == (("1", "b"), ("0", "f"), ("2", "e"), ("1", "a"), ("1", "c"), ("2", "d"))
    assert choice.why == "weight"


def test_a_choice_says_when_it_is_a_fallback() -> None:
    choice = ask(replace(ROUTE, fallback=("1", "0")), health=Ill("a", "b", "c"))
    assert choice.attempts[0] == ("0", "f")
    assert choice.why == "fallback"


def test_without_fallback_those_who_are_not_well_are_the_last_resort() -> None:
    assert ask(ROUTE, health=Ill(*"abcdef")) == Choice((("1", "a"), ("1", "b"), ("1", "c")), None, "weight")


def test_a_route_without_weights_answers_by_its_fallback_or_not_at_all() -> None:
    assert ask(replace(ROUTE, versions=(OFF,))) == Choice((), None, "fallback")
    assert ask(replace(ROUTE, versions=(OFF,), fallback=("0",))) == Choice((("0", "f"),), None, "fallback")
    assert ask(replace(ROUTE, versions=(OFF,), sticky=Sticky.USER), Asked(bytes(16), user=1)).attempts == ()


def test_spread_begins_with_each_upstream_equally_often_whichever_version_was_drawn() -> None:
    route = replace(ROUTE, balance=Balance.SPREAD)
    seeded = random.Random(4)
    drawn = Counter(ask(route, draw=seeded.random()).attempts[0] for _ in range(30_000))
    for upstream in "abc":
        assert abs(drawn["1", upstream] - 9_000) < 4 * 80  # sigma of Binomial(30000, 0.3): 79.4
    for upstream in "de":
        assert abs(drawn["2", upstream] - 1_500) < 4 * 38
    assert ask(route, draw=0.5).attempts == (("1", "b"), ("1", "c"), ("1", "a"))


def test_spread_shares_the_load_of_one_that_is_ill_among_all_others() -> None:
    route = replace(ROUTE, balance=Balance.SPREAD)
    drawn = Counter(ask(route, health=Ill("a"), draw=n / 1000).attempts[0][1] for n in range(899))
    assert abs(drawn["b"] - drawn["c"]) <= 2


def test_a_prefix_stays_with_its_upstream_and_moves_only_when_that_one_is_ill() -> None:
    route = replace(ROUTE, balance=Balance.PREFIX, versions=(ONE,))
    homes = {prefix: ask(route, Asked(bytes(16), prefix=prefix)).attempts[0][1] for prefix in range(1, 3_001)}
    for upstream, count in Counter(homes.values()).items():
        assert abs(count - 1_000) < 4 * 26, upstream
    for prefix, home in homes.items():
        moved = ask(route, Asked(bytes(16), prefix=prefix), Ill("a"), draw=0.99).attempts[0][1]
        assert moved != "a"
        assert home in ("a", moved)


def test_requests_without_a_prefix_are_spread() -> None:
    route = replace(ROUTE, balance=Balance.PREFIX, versions=(ONE,))
    assert [ask(route, draw=draw).attempts[0][1] for draw in (0.0, 0.4, 0.9)] == ["a", "b", "c"]


def test_one_prompt_that_everybody_uses_fills_no_upstream_beyond_its_bound() -> None:
    route = replace(ROUTE, balance=Balance.PREFIX, versions=(ONE,))
    breakers = Breakers()
    asked = Asked(bytes(16), prefix=77)
    counted: Counter[str] = Counter()
    for request in range(20_000):
        now_s = request / 200
        first = choose(route, asked, breakers, draw=0.5, now_s=now_s).attempts[0][1]
        assert breakers.begin(first, now_s)
        if now_s > 50:
            counted[first] += 1
    assert max(counted.values()) / (sum(counted.values()) / 3) < LOAD_FACTOR + 0.01
    assert len(counted) == 3


def test_few_requests_of_one_prompt_stay_together() -> None:
    route = replace(ROUTE, balance=Balance.PREFIX, versions=(ONE,))
    breakers = Breakers()
    seen: set[str] = set()
    for request in range(500):
        choice = choose(route, Asked(bytes(16), prefix=77), breakers, draw=0.5, now_s=request / 3)
        seen.add(choice.attempts[0][1])
        breakers.begin(choice.attempts[0][1], request / 3)
    assert len(seen) == 1


def test_a_shadow_is_asked_for_its_share_whichever_version_answers() -> None:
    route = replace(ROUTE, shadow=Shadow("0", 0.2))
    seeded = random.Random(5)
    asked, of = Counter[str](), Counter[str]()
    for _ in range(20_000):
        choice = ask(route, Asked(seeded.randbytes(16)), draw=seeded.random())
        of[choice.attempts[0][0]] += 1
        asked[choice.attempts[0][0]] += choice.shadow == "0"
    for version in "12":
        assert abs(asked[version] - 0.2 * of[version]) < 4 * (0.16 * of[version]) ** 0.5


@pytest.mark.parametrize(("share", "expected"), [(0.0, {None}), (1.0, {"0"})])
def test_a_shadow_of_none_and_of_all(share: float, expected: set[str | None]) -> None:
    route = replace(ROUTE, shadow=Shadow("0", share))
    assert {ask(route, Asked(n.to_bytes(16))).shadow for n in range(1_000)} == expected


def test_no_version_is_its_own_shadow() -> None:
    route = replace(ROUTE, shadow=Shadow("2", 1.0), fallback=("2",))
    assert ask(route, draw=0.99).shadow is None
    assert ask(route, health=Ill("a", "b", "c")).shadow is None  # the fallback answers
    assert ask(route).shadow == "2"


def test_a_breaker_that_opens_hands_over_and_takes_back_after_its_trial() -> None:
    route = replace(ROUTE, versions=(Version("1", 1.0, ("a", "b")),))
    breakers = Breakers(BreakerRules(row_max=1, open_s=5.0))
    breakers.failed("a", 0.0)
    assert ask(route, health=breakers, now_s=1.0).attempts == (("1", "b"), ("1", "a"))
    assert ask(route, health=breakers, now_s=5.0).attempts == (("1", "a"), ("1", "b"))
    assert breakers.begin("a", 5.0)
    assert ask(route, health=breakers, now_s=5.1).attempts == (("1", "b"), ("1", "a"))
    breakers.succeeded("a", 5.2)
    assert ask(route, health=breakers, now_s=5.3).attempts == (("1", "a"), ("1", "b"))
