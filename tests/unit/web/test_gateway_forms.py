"""Forms of the gateway: what they change, what they refuse, and who may send them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from evenkeel.org.access.model import Role
from evenkeel.org.config.model import Config
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker

World = Any
BOT = "/gateway/production/bot"


@pytest.fixture
def routed(world: World) -> World:
    versions = {"1": {"weight": 3, "upstreams": ["u"]}, "2": {"weight": 1, "upstreams": ["u"]}}
    world.gateway.configure(
        Config.model_validate(
            {
                "upstreams": {"u": {"url": "http://u", "dialect": "openai"}},
                "gateway": {"routes": {"bot": {"versions": versions}}},
            }
        )
    )
    world.standing = GatewayStanding(2, 0, (GatewayWorker("g0", 4181, 77, is_alive=True, generation=9),))
    return world


class Person:
    """Somebody at the page of the route."""

    def __init__(self, world: World) -> None:
        self.client = world.person()
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get(BOT).text)
        assert found
        self.csrf = found.group(1)

    def send(self, act: str, **form: str) -> Any:
        return self.client.post(f"{BOT}/{act}", {"csrf": self.csrf, **form})


def route(world: World) -> Any:
    return world.gateway.effective.routes["production/bot"]


def test_a_flip_is_made_and_the_page_says_how_fast_it_was_in_force(routed: World) -> None:
    person = Person(routed)
    answer = person.send("weights", **{"weight:2": "1", "reason": "1 is slower"})
    assert answer.status == 303
    assert [version.weight for version in route(routed).versions] == [0, 1]
    page = person.client.get(answer.headers["location"]).text
    assert "In force in the one worker after" in page
    assert "1 75 % · 2 25 %" in page
    assert "1 is slower" in page
    change = routed.gateway.history()[0]
    assert (change.actor, change.reason) == ("jo", "1 is slower")
    again = person.send("weights", **{"weight:2": "1", "reason": "1 is slower"})
    assert "nothing was changed" in person.client.get(again.headers["location"]).text


def test_each_form_changes_what_it_names_and_is_undone(routed: World) -> None:
    person = Person(routed)
    assert person.send("shadow", version="2", percent="10", reason="to compare").status == 303
    assert (route(routed).shadow.version, route(routed).shadow.share) == ("2", 0.1)
    assert person.send("fallback", versions="2, 1", reason="1 fails").status == 303
    assert route(routed).fallback == ("2", "1")
    latest = routed.gateway.history()[0]
    undone = person.client.post("/gateway/undo", {"csrf": person.csrf, "id": latest.id, "back": "route"})
    assert undone.headers["location"].startswith(f"{BOT}?done=")
    assert route(routed).fallback == ()
    assert person.send("shadow", version="", reason="enough").status == 303
    assert route(routed).shadow is None


def test_a_kill_is_confirmed_by_typing_the_service(routed: World) -> None:
    person = Person(routed)
    refused = person.send("kill", reason="leaks names", typed="both")
    assert refused.status == 400
    assert "Type bot to confirm." in refused.text
    assert route(routed).kill is None
    assert person.send("kill", reason="leaks names", typed="bot").status == 303
    assert (route(routed).kill.reason, route(routed).kill.actor) == ("leaks names", "jo")
    page = person.client.get(BOT).text
    assert "Revive bot" in page
    assert "leaks names" in page
    assert "is switched off" in person.client.get("/gateway").text
    assert person.send("revive", reason="masked now").status == 303
    assert route(routed).kill is None


@pytest.mark.parametrize(
    ("act", "form", "said"),
    [
        ("weights", {"weight:2": "1"}, "The reason is missing."),
        ("weights", {"weight:2": "x", "reason": "r"}, "is no weight of 2"),
        ("weights", {"weight:9": "1", "reason": "r"}, "has no version"),
        ("shadow", {"version": "2", "percent": "many", "reason": "r"}, "is no share"),
        ("shadow", {"version": "2", "percent": "101", "reason": "r"}, "is no share"),
        ("fallback", {"versions": "2, 2", "reason": "r"}, "named twice"),
        ("kill", {"typed": "bot", "reason": " "}, "The reason is missing."),
    ],
)
def test_what_makes_no_sense_is_refused_on_the_page_and_changes_nothing(
    routed: World, act: str, form: dict[str, str], said: str
) -> None:
    answer = Person(routed).send(act, **form)
    assert answer.status == 400
    assert said in answer.text
    assert "data-stream" not in answer.text  # its address is no page that could be fetched anew
    assert routed.gateway.history() == []


def test_a_form_of_another_site_and_of_somebody_who_may_only_look_is_refused(routed: World) -> None:
    person = Person(routed)
    assert person.client.post(f"{BOT}/kill", {"reason": "x", "typed": "bot"}).status == 401
    assert person.send("weights", **{"weight:2": "1"}).status == 400
    assert person.send("nothing").status == 404
    assert routed.anonymous().post(f"{BOT}/kill", {"reason": "x", "typed": "bot"}).headers["location"] == "/sign-in"
    with routed.records.transaction() as connection:
        connection.exec_driver_sql(f"UPDATE users SET role = '{Role.VIEWER.value}'")
    assert person.send("kill", reason="x", typed="bot").status == 403
    assert person.client.post("/gateway/undo", {"csrf": person.csrf, "id": "1"}).status == 403
    page = person.client.get(BOT).text
    assert "Switch off" not in page
    assert "See what it changes" not in page
