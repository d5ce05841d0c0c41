"""What routes promise for every table, every caller and every history of an upstream."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evenkeel.gateway.routes.breaker import BreakerRules, Breakers
from evenkeel.gateway.routes.choose import choose
from evenkeel.gateway.routes.hashing import key_of, pick
from evenkeel.gateway.routes.model import (
    Asked,
    Balance,
    Dialect,
    ModelRule,
    Route,
    RouteTable,
    Shadow,
    Sticky,
    Upstream,
    Version,
)
from evenkeel.gateway.routes.select import KnownFacts, select_model
from evenkeel.gateway.routes.table import parse_routes, problems, routes_document

UPSTREAMS = ("a", "b", "c", "d", "e")
NAMES = ("1", "2", "3", "4")
numbers = st.integers(-(2**63), 2**64 - 1)
shares = st.floats(0, 1)
weights = st.one_of(st.just(0.0), st.floats(0.001, 1000))


@st.composite
def routes(draw: st.DrawFn) -> Route:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    places = st.lists(st.sampled_from(UPSTREAMS), min_size=1, unique=True).map(tuple)
    versions = [Version(name, draw(weights), draw(places)) for name in names]
    if not any(version.weight for version in versions):
        versions[0] = replace(versions[0], weight=1.0)
    known = st.sampled_from(names)
    return Route(
        "production",
        "bot",
        tuple(versions),
        sticky=draw(st.sampled_from(Sticky)),
        balance=draw(st.sampled_from(Balance)),
        shadow=draw(st.none() | st.builds(Shadow, known, shares)),
        fallback=tuple(draw(st.lists(known, unique=True))),
        retries_max=draw(st.integers(0, 10)),
        testers=frozenset(draw(st.lists(st.sampled_from(["k", "l"])))),
        models=draw(
            st.just(())
            | st.builds(
                ModelRule,
                st.just("short"),
                st.just("small"),
                st.none() | st.integers(0),
                st.none() | st.booleans(),
                st.none() | st.frozensets(st.sampled_from(["en", "de"]), min_size=1),
            ).map(lambda rule: (rule,))
        ),
    )


askers = st.builds(
    Asked,
    request_id=st.binary(min_size=16, max_size=16),
    user=st.none() | numbers,
    session=st.none() | numbers,
    key_id=st.sampled_from(["", "k"]),
    version=st.sampled_from(["", *NAMES]),
    prefix=st.integers(0, 2**64 - 1),
)


class Ill:
    """Health where the named upstreams are not well."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def is_well(self, upstream: str, now_s: float) -> bool:
        return upstream not in self.names


@given(routes())
def test_a_table_that_makes_sense_survives_its_document(route: Route) -> None:
    table = RouteTable(1, 2, {route.name: route}, {n: Upstream(n, "http://host", Dialect.V2) for n in UPSTREAMS})
    assert list(problems(table)) == []
    assert parse_routes(json.loads(json.dumps(routes_document(table)))) == table


@given(routes(), askers, st.frozensets(st.sampled_from(UPSTREAMS)), st.floats(0, 1, exclude_max=True))
def test_every_choice_asks_who_is_well_before_who_is_not_and_nobody_twice(
    route: Route, asked: Asked, ill: frozenset[str], draw: float
) -> None:
    choice = choose(route, asked, Ill(ill), draw=draw, now_s=0.0)
    assert choice.attempts
    assert len(set(choice.attempts)) == len(choice.attempts)
    wells = [upstream not in ill for _, upstream in choice.attempts]
    assert wells == sorted(wells, reverse=True)
    for version, upstream in choice.attempts:
        found = route.version(version)
        assert found is not None
        assert upstream in found.upstreams
    first = route.version(choice.attempts[0][0])
    assert first is not None
    assert first.weight > 0 or choice.why in ("tester", "fallback")
    assert (choice.why == "tester") is (asked.key_id in route.testers and route.version(asked.version) is not None)
    assert choice.shadow != first.name
    assert choice == choose(route, asked, Ill(ill), draw=draw, now_s=0.0)


weighted = st.dictionaries(st.sampled_from(NAMES), st.floats(0.01, 100), min_size=2)


@given(weighted, numbers, st.floats(1.0, 100.0), st.data())
def test_who_is_on_a_version_stays_when_it_grows_and_when_another_goes(
    weights: dict[str, float], user: int, factor: float, data: st.DataObject
) -> None:
    key = key_of(user)
    picked = pick("s", weights.items(), key)
    assert picked is not None
    assert pick("s", {**weights, picked: weights[picked] * factor}.items(), key) == picked
    gone = data.draw(st.sampled_from(sorted(set(weights) - {picked})))
    assert pick("s", {**weights, gone: 0.0}.items(), key) == picked
    assert pick("s", reversed(weights.items()), key) == picked


events = st.lists(
    st.tuples(
        st.sampled_from(["begin", "succeeded", "failed", "told to wait", "abandoned"]),
        st.sampled_from([0.0, 0.5, 4.0, 30.0]),
    ),
    max_size=60,
)


@given(events)
def test_whatever_happens_an_open_breaker_lets_one_through_at_a_time_and_nobody_is_shut_out_for_ever(
    history: list[tuple[str, float]],
) -> None:
    rules = BreakerRules(row_max=2, count_min=4)
    breakers = Breakers(rules)
    now_s = 0.0
    for event, passed_s in history:
        now_s += passed_s
        state = breakers.state("eu", now_s)
        if event == "begin":
            is_well = breakers.is_well("eu", now_s)
            may = breakers.begin("eu", now_s)
            assert may or state in ("open", "half_open")
            assert may is is_well or state == "resting"
            assert not (may and state == "open")
            if may and state == "half_open":
                assert not breakers.begin("eu", now_s + rules.probe_s - 0.001)
        elif event == "told to wait":
            breakers.failed("eu", now_s, 20.0)
        else:
            getattr(breakers, event)("eu", now_s)
    assert breakers.begin("eu", now_s + max(rules.open_s_max, rules.rest_s_max) + rules.probe_s)


MODELS = ("large", "small", "tiny")
ratios = st.none() | st.floats(0, 1)
rules = st.builds(
    ModelRule,
    st.sampled_from(("a", "b", "c")),
    st.sampled_from(MODELS),
    st.none() | st.integers(0, 100),
    st.none() | st.booleans(),
    st.none() | st.frozensets(st.sampled_from(("en", "de")), min_size=1),
    st.none() | st.frozensets(st.sampled_from(("x", "y")), min_size=1),
    st.none(),
    ratios,
)
facts = st.builds(
    KnownFacts,
    st.integers(0, 100),
    st.booleans(),
    st.none() | st.sampled_from(("en", "de")),
    st.frozensets(st.sampled_from(("x", "y"))),
    st.integers(0, 1439),
    ratios,
    st.none() | st.frozensets(st.sampled_from(MODELS)),
)


@given(st.lists(rules, max_size=6), facts)
def test_rules_never_choose_what_the_key_may_not_use_and_the_first_that_fits_decides(
    given_rules: list[ModelRule], known: KnownFacts
) -> None:
    chosen = select_model(Route("production", "bot", (), models=tuple(given_rules)), known)
    alone = [rule for rule in given_rules if select_model(Route("production", "bot", (), models=(rule,)), known)]
    assert chosen is (alone[0] if alone else None)
    if chosen is not None:
        assert known.models_allowed is None or chosen.model in known.models_allowed
        assert chosen.languages is None or known.language in chosen.languages
        assert chosen.budget_left_max_ratio is None or known.budget_left_ratio is not None


@given(st.lists(rules, min_size=1, max_size=6), facts)
def test_less_left_of_a_budget_never_makes_a_rule_unfit(given_rules: list[ModelRule], known: KnownFacts) -> None:
    for rule in given_rules:
        route = Route("production", "bot", (), models=(rule,))
        if known.budget_left_ratio is not None and select_model(route, known) is not None:
            assert select_model(route, replace(known, budget_left_ratio=0.0)) is rule
