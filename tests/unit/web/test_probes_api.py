"""Probes over the API."""

from __future__ import annotations

from typing import Any

from evenkeel.observe.probes.model import HttpTarget, Probe, Timing, TlsTarget, read_table
from evenkeel.org.access.model import Scope

World = Any


def probes() -> list[Probe]:
    secret = HttpTarget("https://shop.example", headers={"authorization": "Bearer env:SHOP_KEY"})
    return [
        Probe("front", "shop", "production", secret, Timing(30, 5, 3)),
        Probe("cert", "shop", "staging", TlsTarget("shop.example"), Timing(3600, 5)),
    ]


def test_programs_list_all_or_those_of_a_service(world: World) -> None:
    world.probes += probes()
    program = world.program(Scope.READ)
    assert {line["name"] for line in program.get("/api/v1/probes").json["probes"]} == {"front", "cert"}
    assert [line["name"] for line in program.get("/api/v1/probes?service=shop").json["probes"]] == ["front"]
    assert [line["name"] for line in program.get("/api/v1/probes?environment=staging").json["probes"]] == ["cert"]


def test_the_table_is_what_a_prober_reads_and_holds_the_names_of_secrets_only(world: World) -> None:
    world.probes += probes()
    answer = world.program(Scope.READ).get("/api/v1/probes/table")
    assert read_table(answer.json) == tuple(world.probes)
    assert "env:SHOP_KEY" in answer.text


def test_nobody_lists_probes_without_a_key(world: World) -> None:
    assert world.anonymous().get("/api/v1/probes").status == 401
    assert world.program(Scope.INTAKE).get("/api/v1/probes").status in (401, 403)
