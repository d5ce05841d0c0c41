"""A table of routes survives its document, and nonsense in one is refused with its path."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.gateway.routes.model import (
    Balance,
    Dialect,
    Kill,
    ModelRule,
    Route,
    RouteTable,
    Shadow,
    Sticky,
    Timeouts,
    Upstream,
    Version,
)
from evenkeel.gateway.routes.table import InvalidRoutesError, RouteRows, parse_routes, problems, routes_document
from evenkeel.store.lines import LineReader, encode_lines
from evenkeel.store.tables import PublishedTable, publish

RULE = ModelRule(
    "short",
    "small",
    characters_max=500,
    has_tools=False,
    languages=frozenset({"en", "de"}),
    tags=frozenset({"b", "a"}),
    minutes=(1320, 360),
    budget_left_max_ratio=0.25,
)
ROUTE = Route(
    "production",
    "bot",
    (Version("1", 95.0, ("eu", "us")), Version("2", 5.0, ("eu",))),
    sticky=Sticky.USER,
    balance=Balance.PREFIX,
    shadow=Shadow("2", 0.1),
    fallback=("2",),
    retries_max=2,
    testers=frozenset({"k2", "k1"}),
    models=(RULE,),
    kill=Kill("leak", "ann", 5),
)
TABLE = RouteTable(
    7,
    9,
    {ROUTE.name: ROUTE},
    {
        "eu": Upstream(
            "eu", "https://eu.example.org/v1", Dialect.OPENAI, "openai", "env:KEY", "gpt", Timeouts(idle_s=5.0)
        ),
        "us": Upstream("us", "http://[::1]:8080", Dialect.V2),
    },
)


def test_a_table_survives_its_document_as_json() -> None:
    text = json.dumps(routes_document(TABLE))
    assert parse_routes(json.loads(text)) == TABLE
    assert json.dumps(routes_document(parse_routes(json.loads(text)))) == text


def test_a_worker_reads_what_control_publishes_and_keeps_the_last_good_one(tmp_path: Any) -> None:
    path = tmp_path / "routes.json"
    read = PublishedTable(path, parse_routes, RouteTable(), look_every_s=0.0)
    assert read.current() == RouteTable()
    publish(path, routes_document(TABLE))
    assert read.current() == TABLE
    publish(path, {**routes_document(TABLE), "generation": "8"})
    assert read.current() == TABLE


def test_what_a_newer_control_adds_is_not_looked_at() -> None:
    document = json.loads(json.dumps(routes_document(TABLE)))
    document["colour"] = document["routes"]["production/bot"]["colour"] = "blue"
    assert parse_routes(document) == TABLE


VERSIONS = st.sampled_from([(Version("1", 1.0, ("eu",)), Version("2", weight, ("us",))) for weight in (0.0, -1.0, 5.0)])
SERVICES = st.dictionaries(st.sampled_from(["bot", "cat", "dog"]), VERSIONS, max_size=3)
UPSTREAMS = st.dictionaries(
    st.sampled_from(["eu", "us", "asia"]), st.sampled_from(["https://a", "https://b", "ftp://c"]), max_size=3
)


@given(st.lists(st.tuples(SERVICES, UPSTREAMS, st.booleans()), min_size=1, max_size=6))
def test_tables_read_one_after_the_other_are_those_read_alone(given: list[tuple[Any, Any, bool]]) -> None:
    lines, rows = LineReader(), RouteRows()
    for generation, (services, urls, is_in_lines) in enumerate(given):
        routes = [Route("production", service, versions) for service, versions in services.items()]
        upstreams = {name: Upstream(name, url, Dialect.OPENAI) for name, url in urls.items()}
        document = routes_document(RouteTable(generation, 0, {route.name: route for route in routes}, upstreams))
        raw = encode_lines(document) if is_in_lines else json.dumps(document).encode()
        try:
            alone = parse_routes(document)
        except InvalidRoutesError:
            with pytest.raises(InvalidRoutesError):
                rows.table(lines(raw))
        else:
            assert rows.table(lines(raw)) == alone


def test_a_route_that_has_not_changed_is_not_looked_into_again() -> None:
    lines, rows = LineReader(), RouteRows()
    other = replace(ROUTE, service="cat")
    before = rows.table(
        lines(encode_lines(routes_document(replace(TABLE, routes={**TABLE.routes, other.name: other}))))
    )
    other = replace(other, kill=None)
    table = replace(TABLE, generation=8, routes={**TABLE.routes, other.name: other})
    after = rows.table(lines(encode_lines(routes_document(table))))
    assert after == table
    assert after.routes[ROUTE.name] is before.routes[ROUTE.name]
    assert after.upstreams["eu"] is before.upstreams["eu"]
    with pytest.raises(InvalidRoutesError, match="name 'us', which is none"):
        rows.table(lines(encode_lines(routes_document(replace(table, upstreams={"eu": TABLE.upstreams["eu"]})))))


BOT = "routes.production/bot"


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("generation", True, "generation is True"),
        ("at_us", None, "at_us is None"),
        ("routes", [], "routes is no object"),
        ("upstreams", None, "upstreams is no object"),
        ("upstreams.eu", 1, "upstreams['eu']: Expected `object`, got `int`"),
        ("upstreams.eu.name", "us", "upstreams['eu'].name is 'us'"),
        ("upstreams.eu.dialect", "grpc", "upstreams['eu'].dialect: Invalid enum value 'grpc'"),
        ("upstreams.eu.url", "ftp://host", "upstreams['eu'].url is no base URL"),
        ("upstreams.eu.url", "https://host/", "upstreams['eu'].url is no base URL"),
        ("upstreams.eu.url", "https://", "upstreams['eu'].url is no base URL"),
        ("upstreams.eu.url", "https://me:secret@host", "upstreams['eu'].url is no base URL"),
        ("upstreams.eu.url", "https://host?", "upstreams['eu'].url is no base URL"),
        ("upstreams.eu.url", "https://host:99999", "upstreams['eu'].url is no base URL"),
        ("upstreams.eu.url", "https://host/a b", "upstreams['eu'].url is no base URL"),
        ("upstreams.eu.url", "", "upstreams['eu'].url is no base URL"),
        ("upstreams.eu.key", "sk-123", "upstreams['eu'].key is no reference"),
        ("upstreams.eu.timeouts.idle_s", 0, "upstreams['eu'].timeouts.idle_s is 0"),
        ("upstreams.eu.timeouts.idle_s", float("inf"), "upstreams['eu'].timeouts.idle_s is inf"),
        (f"{BOT}.service", "cat", "routes['production/bot'] is the route of 'production/cat'"),
        (f"{BOT}.versions", [], "routes['production/bot'].versions are 0"),
        (f"{BOT}.versions.0.name", "2", "routes['production/bot'].versions name '2' twice"),
        (
            f"{BOT}.versions.0.weight",
            "much",
            "routes['production/bot'].versions[0].weight: Expected `float`, got `str`",
        ),
        (f"{BOT}.versions.0.weight", -1, "routes['production/bot'].versions[0].weight is -1"),
        (f"{BOT}.versions.0.weight", float("nan"), "routes['production/bot'].versions[0].weight is nan"),
        (f"{BOT}.versions.0.upstreams", [], "routes['production/bot'].versions[0].upstreams are 0"),
        (f"{BOT}.versions.0.upstreams", ["eu", "eu"], "routes['production/bot'].versions[0].upstreams name 'eu' twice"),
        (f"{BOT}.versions.1.upstreams.0", "mars", "routes['production/bot'].versions[1].upstreams name 'mars'"),
        (f"{BOT}.fallback.0", "3", "routes['production/bot'].fallback[0] is '3'"),
        (f"{BOT}.fallback", ["1", "1"], "routes['production/bot'].fallback name '1' twice"),
        (f"{BOT}.shadow.version", "3", "routes['production/bot'].shadow.version is '3'"),
        (f"{BOT}.shadow.share", 1.5, "routes['production/bot'].shadow.share is 1.5"),
        (f"{BOT}.shadow.share", float("nan"), "routes['production/bot'].shadow.share is nan"),
        (f"{BOT}.retries_max", 11, "routes['production/bot'].retries_max is 11"),
        (f"{BOT}.models.0.model", "", "routes['production/bot'].models[0].model is empty"),
        (f"{BOT}.models.0.characters_max", -1, "routes['production/bot'].models[0].characters_max is -1"),
        (f"{BOT}.models.0.languages", [], "routes['production/bot'].models[0].languages names nothing"),
        (f"{BOT}.models.0.minutes", [0, 1441], "routes['production/bot'].models[0].minutes are 0 and 1441"),
        (f"{BOT}.models.0.minutes", [60, 60], "routes['production/bot'].models[0].minutes are 60 and 60"),
        (f"{BOT}.models.0.budget_left_max_ratio", 2, "routes['production/bot'].models[0].budget_left_max_ratio is 2"),
    ],
)
def test_nonsense_is_refused_with_its_path_and_never_repeats_a_password(where: str, value: object, said: str) -> None:
    document: Any = json.loads(json.dumps(routes_document(TABLE)))
    at: Any = document
    *outer, last = where.split(".")
    for step in outer:
        at = at[int(step) if isinstance(at, list) else step]
    at[int(last) if isinstance(at, list) else last] = value
    with pytest.raises(InvalidRoutesError) as refused:
        parse_routes(document)
    assert str(refused.value).startswith(said)
    assert "secret" not in str(refused.value).replace("reference to a secret", "")


def test_weights_that_are_all_zero_are_refused_with_the_word_that_is_meant() -> None:
    document = json.loads(json.dumps(routes_document(TABLE)))
    for version in document["routes"]["production/bot"]["versions"]:
        version["weight"] = 0
    with pytest.raises(InvalidRoutesError, match=r"sum up to 0.*`kill` switches a service off"):
        parse_routes(document)


def test_seventeen_versions_are_more_than_workers_keep() -> None:
    many = Route("production", "bot", tuple(Version(str(index), 1.0, ("eu",)) for index in range(17)))
    found = list(problems(RouteTable(1, 1, {many.name: many}, TABLE.upstreams)))
    assert found == [("routes['production/bot'].versions", "are 17", "Name 1 to 16.")]


def test_what_is_no_object_at_all_is_refused() -> None:
    with pytest.raises(InvalidRoutesError, match="no object"):
        parse_routes([])  # type: ignore[arg-type]
