"""Rows of the gateway's pages."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.gateway.routes.model import Kill, Route, Sticky, Version
from evenkeel.store.telemetry.series import GatewayTraffic
from evenkeel.web.gateway_rows import RouteFilter, add_evidence, answers, plan_weights, route_row, route_state
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker

BOT = Route("production", "bot", (Version("1", 95, ("u", "v")), Version("2", 5, ("u",))), Sticky.USER)
ALIVE = GatewayStanding(1, 0, (GatewayWorker("g0", 4181, 7, is_alive=True, generation=1),))


def traffic(version: str, good: int = 0, bad: int = 0, other: int = 0) -> GatewayTraffic:
    return GatewayTraffic("production", "bot", version, good, bad, other, 0.5 if good + bad else None, 0, 1)


def test_a_route_that_nobody_serves_is_neither_green_nor_red() -> None:
    killed = replace(BOT, kill=Kill("leaks", "jo", 1))
    assert route_state(BOT, ALIVE) == "answering"
    assert route_state(BOT, GatewayStanding()) == "unknown"
    assert route_state(killed, GatewayStanding()) == "switched off"


def test_versions_that_are_gone_and_requests_that_reached_none_are_shown_apart() -> None:
    row = route_row(BOT, ALIVE, [traffic("", other=10), traffic("0", good=5), traffic("1", good=99, bad=1)])
    one, two, gone = row["versions"]
    assert (one["share"], one["per_minute"], one["errors"], one["n"]) == ("95 %", "20", "1 %", "100")
    assert (two["per_minute"], two["n"], two["p95"]) == ("", "", "")
    assert (gone["name"], gone["share"], gone["upstreams"]) == ("0", "0 %", "")
    assert row["refused"] == "2 requests"
    assert "version=1&outcome=bad" in add_evidence(row)["versions"][0]["evidence"]


def test_who_moves_is_the_sum_of_what_versions_gain() -> None:
    plan = plan_weights(BOT, {"1": 50, "2": 50})
    assert (plan["moved"], plan["changes"]) == ("45 %", True)
    assert plan["whom"].startswith("of the users move")
    assert plan_weights(BOT, {"1": 19, "2": 1})["changes"] is False
    assert "requests" in plan_weights(replace(BOT, sticky=Sticky.NONE), {"2": 1})["whom"]


def test_the_headline_names_what_is_off_and_admits_what_nobody_knows() -> None:
    rows = [route_row(replace(BOT, service=name, kill=Kill("x", "jo", 1)), ALIVE, ()) for name in "abcde"]
    said = answers([*rows, route_row(BOT, ALIVE, ())], ALIVE, "")
    assert said["how"] == "production/a, production/b, production/c and 2 more are switched off; 1 of 6 answer."
    assert said["mood"] == "breach"
    assert answers([route_row(BOT, ALIVE, ())], ALIVE, "")["how"] == "The one route answers, by 1 worker."
    nobody = answers([route_row(BOT, GatewayStanding(), ())], GatewayStanding(), "")
    assert (nobody["mood"], "unknown" in nobody["how"]) == ("warning", True)


def test_a_filter_looks_at_environment_state_and_names() -> None:
    row = route_row(BOT, ALIVE, ())
    assert RouteFilter("production", "answering", "BOT").fits(row)
    assert RouteFilter(text="2").fits(row)
    assert not RouteFilter("staging").fits(row)
    assert not RouteFilter(state="unknown").fits(row)
