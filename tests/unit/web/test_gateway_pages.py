"""The gateway's pages: what is in force, what it answered lately, and what a flip would change."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from evenkeel.gateway.commands.model import KillService
from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND
from evenkeel.org.config.model import Config
from evenkeel.web.gateway_pages import ROUTES_SHOWN
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker

World = Any
ROUTES = {
    "upstreams": {"u": {"url": "http://u", "dialect": "openai"}},
    "gateway": {
        "routes": {
            "bot": {
                "versions": {"1": {"weight": 3, "upstreams": ["u"]}, "2": {"weight": 1, "upstreams": ["u"]}},
                "sticky": "user",
                "guard": {"actions": {"secrets": "block"}},
                "cache": {"ttl": "1h"},
            },
            "a/b": {"versions": {"1": {"upstreams": ["u"]}}, "environment": "staging"},
        },
        "limits": {
            "care": {"holder": "team", "measure": "money", "period": "month", "amount": "12.5", "currency": "EUR"},
            "calls": {"holder": "service", "name": "bot", "measure": "requests", "period": "minute", "amount": 60},
            "others": {"holder": "service", "name": "shop", "measure": "requests", "period": "minute", "amount": 60},
        },
    },
}


@pytest.fixture
def routed(world: World) -> World:
    world.gateway.configure(Config.model_validate(ROUTES))
    worker = GatewayWorker("g0", 4181, 77, is_alive=True, generation=1)
    world.standing = GatewayStanding(1, world.clock.now_us(), (worker,))
    return world


def passed(world: World, **more: Any) -> None:
    at = world.clock.now_us() - 20 * US_PER_SECOND
    world.feeder.fold(
        world.feeder.event(**{"source": "gateway", "role": "request", "at": at, "attributes": "{}", **more})
    )


def test_without_a_route_the_page_says_how_to_write_one(world: World) -> None:
    page = world.person().get("/gateway")
    assert page.status == 200
    assert "No route yet" in page.text
    assert "4181" in page.text
    assert "Undo" not in page.text


def test_every_route_is_listed_with_its_shares_and_what_it_answered_lately(routed: World) -> None:
    for _ in range(9):
        passed(routed)
    passed(routed, outcome="bad", reason="http_500", latency_s=2.0)
    passed(routed, at=routed.clock.now_us() - 6 * US_PER_MINUTE, version="2")
    page = routed.person().get("/gateway").text
    assert "Of 2 routes, 1 is unproven and 1 has no traffic, by 1 worker." in page
    assert "75 %" in page
    assert "10 %" in page
    assert "n 10" in page
    assert "2 s" in page
    assert "1, the newest" in page
    document = routed.program().get("/gateway.json").json
    bot = next(each for each in document["routes"] if each["service"] == "bot")
    assert [(row["version"], row["good"], row["bad"]) for row in bot["traffic"]] == [("1", 9, 1)]
    assert document["gateway"]["workers"] == [
        {"name": "g0", "alive": True, "pid": 77, "generation": 1, "connections": None, "breakers": {}}
    ]


def test_without_a_worker_nobody_knows_whether_routes_answer(routed: World) -> None:
    routed.standing = GatewayStanding(1, 0, (GatewayWorker("g0", 4181, 77, is_alive=False),))
    page = routed.person().get("/gateway").text
    assert "No gateway worker is alive" in page
    assert "gone" in page
    assert "answering well</span>" not in page


def test_a_list_is_narrowed_by_its_filters(routed: World) -> None:
    person = routed.person()
    shown = person.get("/gateway?q=a/b").text
    assert "/gateway/staging/a/b" in shown
    assert "/gateway/production/bot" not in shown
    assert "No route fits" in person.get("/gateway?state=switched+off").text


def test_a_route_whose_service_is_in_breach_says_of_what(routed: World) -> None:
    routed.chat(400, bad=200)
    passed(routed, outcome="bad", reason="http_500")
    routed.judge()
    for url in ("/gateway", "/gateway/production/bot"):
        page = routed.person().get(url).text
        assert "Whole service" in page
        assert "target &lt; 0.1 %" in page
    assert routed.program().get("/gateway/production/bot.json").json["objective"]["status"] == "breach"


def test_a_proven_flip_and_upstreams_left_alone_are_shown(routed: World) -> None:
    page = routed.person().get("/gateway").text
    assert "Is it obeyed?" in page
    assert "not proven" in page
    assert routed.program().get("/gateway.json").json["drill"]["last_proven"] is None
    worker = GatewayWorker("g0", 4181, 77, is_alive=True, generation=1, connections=1234, breakers={"u": "half_open"})
    routed.standing = GatewayStanding(1, routed.clock.now_us(), (worker,))
    page = routed.person().get("/gateway").text
    assert "u (half open)" in page
    assert "1,234" in page
    assert "u failed, and is tried next" in page
    assert "Of 2 routes, 2 are failing, by 1 worker." in page  # both have no other upstream


def test_two_hundred_routes_of_five_versions_are_shown_a_page_at_a_time(world: World) -> None:
    versions = {str(n): {"upstreams": ["u"]} for n in range(5)}
    routes = {f"s{number:03}": {"versions": versions} for number in range(200)}
    given = {"upstreams": {"u": {"url": "http://u", "dialect": "openai"}}, "gateway": {"routes": routes}}
    world.gateway.configure(Config.model_validate(given))
    person = world.person()
    page = person.get("/gateway").text
    assert f"1 to {ROUTES_SHOWN} of 200 routes." in page
    assert ('id="route-production-s000"' in page, 'id="route-production-s199"' in page) == (True, False)
    last = person.get("/gateway?environment=production&page=10").text
    assert 'id="route-production-s199"' in last
    assert "/gateway?environment=production&amp;page=9" in last


def test_a_route_is_shown_with_what_concerns_it(routed: World) -> None:
    page = routed.person().get("/gateway/production/bot").text
    assert "secrets: block" in page
    assert "60 requests" in page
    assert "12.50 EUR" in page
    assert "others" not in page
    assert "again for 1 h" in page
    assert routed.person().get("/gateway/staging/a/b").status == 200
    assert routed.person().get("/gateway/production/nobody").status == 404
    assert routed.program().get("/gateway/production/bot.json").json["route"]["service"] == "bot"


def test_what_a_flip_would_change_is_shown_before_it_is_made(routed: World) -> None:
    page = routed.person().get(f"/gateway/production/bot?{urlencode({'weight:1': '0', 'weight:2': '1'})}").text
    assert "<b>75 %</b> of the users move to another version" in page
    assert 'name="weight:2" value="1.0"' in page
    same = routed.person().get(f"/gateway/production/bot?{urlencode({'weight:1': '75', 'weight:2': '25'})}").text
    assert "Nothing: these are the shares in force." in same


@pytest.mark.parametrize("weight", ["much", "-1", "0", "nan", "1e999"])
def test_weights_that_make_no_sense_are_refused_on_the_page(routed: World, weight: str) -> None:
    page = routed.person().get(f"/gateway/production/bot?{urlencode({'weight:1': weight})}")
    assert page.status == 400
    assert 'id="problem"' in page.text
    assert 'id="plan"' not in page.text


def test_somebody_who_may_only_look_sees_no_form(routed: World) -> None:
    routed.gateway.perform(KillService("production", "bot", "leaks"), actor="jo")
    page = routed.program().get("/gateway/production/bot").text
    assert "leaks" in page
    assert 'method="post"' not in page


def test_without_the_store_routes_kills_and_flips_go_on_and_figures_are_unknown(routed: World) -> None:
    passed(routed)
    routed.gateway.perform(KillService("staging", "a/b", "leaks names"), actor="ops")
    routed.lose_store()
    person = routed.person()
    page = person.get("/gateway")
    assert page.status == 200
    assert "Of 2 routes, 1 is switched off and 1 is unknown, by 1 worker." in page.text
    assert "Figures are unknown. The telemetry store cannot be read (Connection Error)." in page.text
    assert "leaks names" in page.text
    assert '<span class="muted">none</span>' not in page.text  # that no request came is not known either
    document = routed.program().get("/gateway.json").json
    assert document["unknown_because"].startswith("Figures are unknown.")
    assert [(each["state"], each["traffic"]) for each in document["routes"]] == [
        ("unknown", None),
        ("switched off", None),
    ]
    one = person.get("/gateway/production/bot")
    assert one.status == 200
    assert "Figures are unknown." in one.text
    assert "No request in the last" not in one.text
    token = re.search(r'name="csrf" value="([^"]+)"', one.text)
    assert token
    form = {"csrf": token.group(1), "reason": "it is down", "typed": "bot"}
    assert person.post("/gateway/production/bot/kill", form).status == 303
    assert "it is down" in person.get("/gateway/production/bot").text
    assert routed.program().get("/api/v1/gateway").json["routes"][0]["traffic"] is None
