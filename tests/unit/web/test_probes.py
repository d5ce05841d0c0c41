"""How probes stand, for people and programs."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_MINUTE, US_PER_SECOND
from evenkeel.observe.probes.model import (
    DependencyTarget,
    GoldenTarget,
    HttpTarget,
    Probe,
    Result,
    Target,
    Timing,
    TlsTarget,
)
from evenkeel.observe.probes.run import probe_event

World = Any
FRONT = HttpTarget("https://shop.example/healthz")


def probe(name: str = "front", target: Target = FRONT, **more: Any) -> Probe:
    return Probe(name, "shop", "production", target, Timing(30, 5, 3), **more)


def ran(world: World, probe: Probe, result: Result, *, ago_s: float = 10, vantage: str = "local") -> None:
    at = world.clock.now_us() - round(ago_s * US_PER_SECOND)
    world.feeder.fold(world.feeder.event(model=None, **probe_event(probe, vantage, result, at)))


def listed(world: World) -> list[dict[str, Any]]:
    return world.person().get("/probes.json").json["probes"]


def test_without_probes_the_page_says_how_to_write_one(world: World) -> None:
    page = world.person().get("/probes")
    assert page.status == 200
    assert "Ask before your users do" in page.text
    assert listed(world) == []


@pytest.mark.parametrize(
    ("target", "result", "status", "sentence"),
    [
        (FRONT, Result("good", latency_s=0.1, status_code=200), "ok", "It answers as expected."),
        (FRONT, Result("bad", "http_503", detail="It answered 503."), "breach", "It answered 503."),
        (FRONT, Result("bad", "refused"), "breach", "refused"),
        (FRONT, Result("none", "prober_network", detail="No way out."), "unknown", "No way out."),
        (TlsTarget("shop.example"), Result("good", value=80.4), "ok", "Valid for 80 more days."),
        (TlsTarget("shop.example"), Result("bad", "tls_expires_soon", value=3.0, detail="3 d."), "warning", "3 d."),
        (TlsTarget("shop.example"), Result("bad", "tls_expired", value=-1.0, detail="Expired."), "breach", "Expired."),
        (GoldenTarget(FRONT), Result("good", value=1.0), "ok", "The known answer came back."),
    ],
    ids=str,
)  # fmt: skip
def test_a_line_says_what_the_last_run_found(
    world: World, target: Target, result: Result, status: str, sentence: str
) -> None:
    world.probes.append(probe(target=target))
    ran(world, world.probes[0], Result("good"), ago_s=60)
    ran(world, world.probes[0], result)
    (line,) = listed(world)
    assert (line["status"], line["sentence"]) == (status, sentence)
    assert line["counts_for_availability"] is isinstance(target, HttpTarget)
    assert line["last"]["outcome"] == result.outcome
    page = world.person().get("/probes").text
    assert sentence in page
    assert ("not counted for availability" in page) is not isinstance(target, HttpTarget)


def test_a_probe_that_fell_silent_is_stale_whatever_it_said_last(world: World) -> None:
    world.probes.append(probe())
    ran(world, world.probes[0], Result("good"), ago_s=91)
    (line,) = listed(world)
    assert line["status"] == "stale"
    assert line["sentence"].startswith("No result for ")


def test_every_vantage_has_its_line_and_those_that_never_ran_are_unknown(world: World) -> None:
    world.probes.append(probe(vantages=("local", "far")))
    ran(world, world.probes[0], Result("bad", "timeout"), vantage="far")
    far, local = listed(world)
    assert (far["vantage"], far["status"], far["last_day"]["bad"]) == ("far", "breach", 1)
    assert (local["vantage"], local["status"], local["last"]) == ("local", "unknown", None)
    assert "never" in world.person().get("/probes").text


def test_what_is_heard_of_probes_that_are_not_configured_is_shown_too(world: World) -> None:
    ran(world, probe("theirs"), Result("good"))
    (line,) = listed(world)
    assert (line["name"], line["every_s"], line["asks"], line["status"]) == ("theirs", 30, "", "ok")


def test_a_probe_of_another_table_that_fell_silent_is_stale_too(world: World) -> None:
    ran(world, probe("theirs"), Result("good"), ago_s=91)
    (line,) = listed(world)
    assert line["status"] == "stale"


def test_the_worst_come_first_and_the_page_counts_them(world: World) -> None:
    world.probes += [probe("a"), probe("b"), probe("c", TlsTarget("shop.example"))]
    ran(world, world.probes[0], Result("good"))
    ran(world, world.probes[1], Result("bad", "refused"))
    ran(world, world.probes[2], Result("bad", "tls_expires_soon", value=3.0))
    assert [line["name"] for line in listed(world)] == ["b", "c", "a"]
    assert "2 probes of 3 found something wrong." in world.person().get("/probes").text


def test_a_services_own_tab_shows_its_probes_and_links_their_failures(world: World) -> None:
    world.probes += [probe(), probe("vectors", DependencyTarget("vector_database", "qdrant", 6333))]
    ran(world, world.probes[0], Result("bad", "http_503", detail="It answered 503."))
    world.judge()
    person = world.person()
    page = person.get("/services/production/shop?tab=probes").text
    assert "It answered 503." in page
    assert "vector database at qdrant:6333" in page
    link = "/events?environment=production&service=shop&outcome=bad&probe=front"
    assert link.replace("&", "&amp;") in page
    assert "http_503" in person.get(link).text


def test_a_service_without_probes_says_so(world: World) -> None:
    world.chat(10)
    world.judge()
    assert "No probe asks this service" in world.person().get("/services/production/bot?tab=probes").text


def test_only_the_last_day_is_summed_up(world: World) -> None:
    world.probes.append(probe())
    ran(world, world.probes[0], Result("bad", "refused"), ago_s=25 * 3_600)
    ran(world, world.probes[0], Result("good", latency_s=0.2), ago_s=US_PER_MINUTE / US_PER_SECOND)
    (line,) = listed(world)
    assert line["last_day"] == {"good": 1, "bad": 0, "undecided": 0, "latency_s_p95": 0.2}
