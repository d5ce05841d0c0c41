"""The page of the cache: hits, savings, wrong hits, what workers hold, and the form that purges."""

from __future__ import annotations

import re
from typing import Any

import pytest

from evenkeel.gateway.cache.model import CacheStats, StoreUse
from evenkeel.kernel.time import US_PER_HOUR, US_PER_SECOND
from evenkeel.org.access.model import Scope
from evenkeel.org.config.model import Config
from evenkeel.web.gateway_workers import GatewayStanding, GatewayWorker

World = Any


def routes(**more: Any) -> dict[str, Any]:
    versions = {"1": {"upstreams": ["u"]}}
    return {
        "upstreams": {"u": {"url": "http://u", "dialect": "openai"}},
        "gateway": {
            "routes": {
                "bot": {"versions": versions, "cache": {"ttl": "1h", "asked_again": "2 %"}, **more},
                "plain": {"versions": versions},
            }
        },
    }


def put(world: World, *rows: dict[str, Any]) -> None:
    at = world.clock.now_us() - 20 * US_PER_SECOND
    world.feeder.fold(*(world.feeder.event(**{"source": "gateway", "at": at, **row}) for row in rows))


def asked(said: str, **more: Any) -> dict[str, Any]:
    """A request of which an answer was looked for."""
    return {"role": "request", "attributes": f'{{"evenkeel.cache":"{said}"}}', **more}


def again(said: str, **more: Any) -> dict[str, Any]:
    """A hit that was asked again."""
    about = {"role": "attempt", "attributes": f'{{"evenkeel.asked_again":"{said}"}}'}
    return {**about, "cost_nano": 10_000_000, "currency": "USD", **more}


def hit(**more: Any) -> list[dict[str, Any]]:
    """A hit, and the attempt that says what it saved."""
    saved = '"evenkeel.saved":{"tokens_in":1000,"tokens_out":200,"cost_nano":250000000}'
    about = f'{{"evenkeel.usage_source":"provider",{saved}}}'
    money = {"cost_nano": 0, "currency": "USD", "dialect": "evenkeel-cache"}
    return [asked("hit", **more), {"role": "attempt", "attributes": about, **money, **more}]


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found.group(1)


@pytest.fixture
def caching(world: World) -> World:
    world.gateway.configure(Config.model_validate(routes()))
    worker = GatewayWorker("g0", 4181, 7, True, 1, 2, {}, CacheStats(3, 9, 2_000_000, 12, 0, 0, 4, 5, 33_554_432))
    world.standing = GatewayStanding(1, 0, (worker, GatewayWorker("g1", 4181, 8, True, 1)))
    return world


def test_without_a_cache_the_page_says_how_to_write_one(world: World) -> None:
    page = world.person().get("/gateway/cache")
    assert page.status == 200
    assert "No route keeps answers" in page.text


def test_a_cache_that_nobody_asked_is_unknown_and_so_are_its_wrong_hits(caching: World) -> None:
    page = caching.person().get("/gateway/cache").text
    assert "No request came in the last 24h." in page
    assert "is-unknown" in page
    assert "2 % of hits are asked again" in page
    (bot,) = caching.program().get("/gateway/cache.json").json["caches"]
    assert (bot["status"], bot["hit_ratio"], bot["asked_again"]["wrong_ratio"]) == ("unknown", None, None)


def test_hits_are_told_with_what_they_saved_and_how_often_one_was_wrong(caching: World) -> None:
    rows = [row for _ in range(4) for row in hit()]
    put(caching, *rows, asked("hit"), asked("miss"), asked("miss"), asked("miss"), {"role": "request"})
    put(caching, *(again("same") for _ in range(9)), again("wrong"), again("alike"), again("differs"), again("failed"))
    page = caching.person().get("/gateway/cache").text
    assert "5 of 8 requests that may have a kept answer got one (62.5 %)." in page
    assert "Hits saved about 1.00 USD and 4,800 tokens, an estimate; what 1 of them saved is not known." in page
    assert "Of 10 hits that were asked again 1 proved wrong (10 % [1.79–40.4 %])." in page
    assert "1 of 2 where chance has a part were answered otherwise; 1 could not be compared" in page
    assert "0.13 USD to ask again" in page
    assert "usage of 1 hits unknown; 1 hits without a price" in page
    (bot,) = caching.program().get("/gateway/cache.json").json["caches"]
    assert (bot["requests"], bot["looked_for"], bot["hits"], bot["misses"]) == (9, 8, 5, 3)
    assert bot["saved"]["money"] == [{"currency": "USD", "saved": 1.0, "asked_again": 0.13}]
    assert bot["status"] == "warning"  # 1.79 % at least
    events = caching.person()
    assert events.get(bot["wrong_events"]).text.count('href="/events/') == 1
    assert events.get(bot["events"]).text.count('href="/events/') == 5


def test_few_that_were_asked_again_prove_nothing_and_many_that_are_right_are_well(caching: World) -> None:
    put(caching, *hit(), *(again("same") for _ in range(99)), again("wrong"))
    assert caching.program().get("/gateway/cache.json").json["caches"][0]["status"] == "unknown"
    page = caching.person().get("/gateway/cache").text
    assert "Whether no more than 1 % are wrong everywhere is not proven." in page
    assert "is-unknown" in page
    put(caching, *(again("same") for _ in range(600)))
    assert caching.program().get("/gateway/cache.json").json["caches"][0]["status"] == "ok"
    assert "is-ok" in caching.person().get("/gateway/cache").text


def test_hits_where_chance_has_a_part_prove_nothing(caching: World) -> None:
    put(caching, *hit(), again("differs"), again("alike"), again("failed"))
    page = caching.person().get("/gateway/cache").text
    assert "How often a hit is wrong is unknown: none was asked again." not in page
    assert "How often a hit is wrong is unknown: none that was asked again can prove it." in page
    assert "is-unknown" in page


def test_a_guard_of_answers_and_a_share_of_nothing_are_told(world: World) -> None:
    world.gateway.configure(Config.model_validate(routes(guard={"actions": {"pii": "redact"}})))
    page = world.person().get("/gateway/cache").text
    assert "none is asked again: its guard looks at answers" in page
    world.gateway.configure(Config.model_validate(routes(cache={"ttl": "1h"}, guard={"sides": ["input"]})))
    assert "none is asked again: asked_again is 0" in world.person().get("/gateway/cache").text


def test_a_route_that_keeps_nothing_any_more_shows_what_it_did(world: World) -> None:
    put(world, *hit())
    page = world.person().get("/gateway/cache").text
    assert "nothing is kept any more" in page
    assert "Purge…" not in page


def test_workers_say_what_they_hold_and_one_that_does_not_is_unknown(caching: World) -> None:
    page = caching.person().get("/gateway/cache").text
    assert "2 MB of 33.6 MB" in page
    one, two = caching.program().get("/gateway/cache.json").json["workers"]
    assert (one["answers"], one["bytes"], one["evicted"], one["hits"]) == (12, 2_000_000, 4, 3)
    assert (two["name"], two["answers"], two["bytes"]) == ("g1", None, None)


def test_spans_and_services_narrow_what_is_shown(caching: World) -> None:
    put(caching, *hit(at=caching.clock.now_us() - 30 * US_PER_HOUR), asked("miss", service="gone"))
    program = caching.program()

    def hits(query: str) -> dict[str, int]:
        return {each["service"]: each["hits"] for each in program.get(f"/gateway/cache.json?{query}").json["caches"]}

    assert hits("") == {"bot": 0, "gone": 0}
    assert hits("span=7d&service=bot") == {"bot": 1}
    assert hits("environment=staging") == {}
    assert "No cache fits these filters" in caching.person().get("/gateway/cache?environment=staging").text
    assert program.get("/gateway/cache.json?span=9y").status == 400


def test_a_purge_is_asked_for_with_a_reason_and_says_whether_it_is_done(caching: World) -> None:
    person = caching.person()
    form = {
        "csrf": csrf(person.get("/gateway/cache").text),
        "service": "bot",
        "version": "1",
        "user": "ada@example.com",
    }
    refused = person.post("/gateway/cache/purge", form)
    assert (refused.status, "The reason is missing." in refused.text) == (400, True)
    assert 'value="ada@example.com"' in refused.text
    done = person.post("/gateway/cache/purge", {**form, "reason": "asked for it"})
    assert (done.status, done.headers["location"].startswith("/gateway/cache?done=")) == (303, True)
    shown = person.get(done.headers["location"].partition("#")[0]).text
    assert "Purged. " in shown
    assert "purged: version 1, what may be of one user" in shown
    assert "ada@" not in shown
    (change,) = caching.gateway.history()
    assert (change.target, change.reason) == ("*/bot", "asked for it")


def test_what_names_no_service_or_one_that_is_none_purges_nothing(caching: World) -> None:
    person = caching.person()
    form = {"csrf": csrf(person.get("/gateway/cache").text), "reason": "why"}
    for wrong in ({}, {"service": "bto"}, {"service": "bot", "version": "9"}, {"service": "bot", "user": "u" * 513}):
        assert person.post("/gateway/cache/purge", {**form, **wrong}).status == 400
    assert person.post("/gateway/cache/purge", {**form, "csrf": "forged", "service": "bot"}).status == 401
    assert caching.gateway.history() == []
    assert person.post("/gateway/cache/purge", {**form, "service": "*"}).status == 303
    assert caching.gateway.history()[0].target == "*/*"


def test_who_may_only_look_sees_no_form(caching: World) -> None:
    page = caching.program(Scope.READ).get("/gateway/cache").text
    assert "Purge…" not in page
    assert "/gateway/cache/purge" not in page


def test_without_the_store_what_is_kept_can_be_purged_and_figures_are_unknown(world: World) -> None:
    world.gateway.configure(Config.model_validate(routes()))
    worker = GatewayWorker("g0", 4181, 77, is_alive=True, generation=1, cache=CacheStats(hits=5, entries=12_345))
    world.standing = GatewayStanding(1, 0, (worker,))
    world.lose_store()
    page = world.person().get("/gateway/cache")
    assert page.status == 200
    assert "Figures are unknown. The telemetry store cannot be read (Connection Error)." in page.text
    assert "kept for 1 h" in page.text
    assert "12,345" in page.text
    assert 'action="/gateway/cache/purge"' in page.text
    assert world.program().get("/gateway/cache.json").status == 503


def test_a_shared_store_is_told_by_worker_with_what_was_found_there(caching: World) -> None:
    workers = (
        GatewayWorker("g0", 1, 1, True, store=StoreUse(True, 1_200, 300)),
        GatewayWorker("g1", 1, 2, True, store=StoreUse(False, 0, 7, 5)),
    )
    caching.standing = GatewayStanding(1, 0, workers)
    page = " ".join(re.sub(r"<[^>]+>", " ", caching.person().get("/gateway/cache").text).split())
    assert "shared store used ok by g0 : 1,200 of 1,500 answers found there since it began." in page
    assert (
        "shared store cannot be used warning by g1 : 0 of 7 answers found there since it began, 5 not kept; all is"
        in page
    )
