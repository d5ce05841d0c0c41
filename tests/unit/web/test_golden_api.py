"""Golden queries on the view Answers and over the API: the same numbers, and nothing that is odd is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_DAY
from evenkeel.org.access.model import Scope

URL = "/api/v1/retrieval/golden"
OF = "service=production/bot&name=faq"
VIEW = "/services/production/bot?tab=quality&view=answers"


def lines(*items: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, items))


SET = lines(*({"id": f"q{n}", "query": "Why?", "relevant": {"a": 2, "b": 1}} for n in range(40)))


@pytest.fixture(autouse=True)
def service(world: Any) -> None:
    world.feeder.fold(world.feeder.event(service="bot", at=world.clock.now_us() - US_PER_DAY))
    world.judge()


def put(client: Any, method: str, path: str, **body: Any) -> Any:
    body = {"service": "production/bot", "name": "faq", **body}
    return client.ask(method, path, json.dumps(body).encode(), {"content_type": "application/json"})


def send(client: Any, own: str, good: int, n: int = 40) -> Any:
    found = lines(*({"id": f"q{i}", "retrieved": ["a", "c"] if i < good else ["c"]} for i in range(n)))
    return put(client, "POST", f"{URL}/runs", id=own, lines=found, release="1.4")


def test_a_set_without_a_run_is_unknown_on_the_page_too(world: Any) -> None:
    made = put(world.program(), "PUT", URL, lines=SET)
    assert (made.status, made.json["version"], made.json["queries"], made.json["is_overdue"]) == (200, 1, 40, True)
    page = world.person().get(VIEW).text
    assert "Golden queries: faq" in page
    assert "how good retrieval is on them is unknown" in page


def test_runs_are_told_with_intervals_compared_and_gated(world: Any) -> None:
    program = world.program()
    put(program, "PUT", URL, lines=SET)
    first = send(program, "ci-1", 36).json
    assert first["figures"]["hit_rate"]["value"] == 0.9
    assert first["figures"]["recall"]["value"] == 0.45
    assert first == send(program, "ci-1", 36).json  # sent again, it is the same run
    assert program.get(f"{URL}/gate?{OF}").json["outcome"] == "unknown"
    assert put(program, "POST", f"{URL}/accept", run="ci-1").json["accepted_by"]
    world.clock.advance(60)
    send(program, "ci-2", 10)
    gate = program.get(f"{URL}/gate?{OF}&measure=ndcg&points=2").json
    assert (gate["outcome"], gate["run"]) == ("worse", "ci-2")
    changed = program.get(f"{URL}/comparison?{OF}&run=ci-2&before=ci-1").json["changes"]["hit_rate"]
    assert (changed["value"], changed["n"]) == (-0.65, 40)
    runs = program.get(f"{URL}/runs?{OF}").json["runs"]
    assert [each["id"] for each in runs] == ["ci-2", "ci-1"]
    assert program.get("/api/v1/answers?service=production/bot").json["golden"][0]["runs"] == runs
    page = world.person().get(VIEW).text
    for words in ("Whole runs over time", "ci-1", "accepted", "in 25 % [", "of 40."):
        assert words in page


def test_a_partial_run_is_called_so_and_all_that_is_odd_is_named(world: Any) -> None:
    program = world.program()
    put(program, "PUT", URL, lines=SET)
    found = lines(
        {"id": "q1", "failed": "timeout"},
        {"id": "q2", "retrieved": []},
        {"id": "q2", "retrieved": ["a"]},
        {"id": "no", "retrieved": ["a"]},
        {"id": "q3", "retrieved": ["a", "a"]},
    )
    run = put(program, "POST", f"{URL}/runs", id="x", lines=found).json
    counted = ("missing", "unknown", "repeated", "empty", "failed", "repeated_documents")
    assert [run[name]["n"] for name in counted] == [37, 1, 1, 1, 1, 1]
    assert run["failed"]["first"] == ["q1: timeout"]
    refused = put(program, "POST", f"{URL}/accept", run="x")
    assert (refused.status, "lacks 37 queries" in refused.text) == (409, True)
    assert put(program, "POST", f"{URL}/accept", run="x", partial=True).json["accepted_by"]
    page = world.person().get(VIEW).text
    assert "The newest run is partial: 37 are not in it." in page
    assert "1 failed, and count as having found nothing: q1: timeout" in page


def test_a_run_is_told_at_the_places_of_its_own_version_of_the_set(world: Any) -> None:
    program = world.program()
    put(program, "PUT", URL, lines=SET, k=1)
    send(program, "ci-1", 36)
    put(program, "PUT", URL, lines=SET, k=10)
    (found,) = program.get(f"{URL}?service=production/bot").json["sets"]
    assert (found["k"], found["runs"][0]["k"]) == (10, 1)
    assert "among the first 1 in 90 %" in found["says"]
    assert "first 1 places" in world.person().get(VIEW).text


def test_versions_are_told_with_their_runs_and_old_ones_without_any_are_deleted(world: Any) -> None:
    program = world.program()
    for k in (1, 2, 3):
        put(program, "PUT", URL, lines=SET, k=k)
    told = program.get(f"{URL}/versions?{OF}").json["versions"]
    assert [(each["version"], each["k"], each["queries"], each["runs"]) for each in told] == [
        (3, 3, 40, 0), (2, 2, 40, 0), (1, 1, 40, 0),
    ]  # fmt: skip
    assert put(world.program(Scope.READ), "POST", f"{URL}/tidy").status == 403
    assert put(program, "POST", f"{URL}/tidy").json == {"deleted": [2, 1]}


def test_a_run_that_is_overdue_is_stale(world: Any) -> None:
    program = world.program()
    put(program, "PUT", URL, lines=SET, every_s=3_600)
    send(program, "ci-1", 36)
    assert not program.get(f"{URL}?service=production/bot").json["sets"][0]["is_overdue"]
    world.clock.advance(3_601)
    (found,) = program.get(f"{URL}?service=production/bot").json["sets"]
    assert "The next run is overdue" in found["says"]
    assert "status-stale" in world.person().get(VIEW).text


def test_texts_are_told_only_where_content_is_kept_and_nothing_is_changed_by_who_may_only_read(world: Any) -> None:
    program, reader = world.program(), world.program(Scope.READ)
    put(program, "PUT", URL, lines=SET)
    assert program.get(f"{URL}/queries?{OF}").json == {"queries": {}}
    world.content.add("bot")
    put(program, "PUT", URL, lines=SET)
    assert program.get(f"{URL}/queries?{OF}").json["queries"]["q0"] == "Why?"
    assert reader.get(f"{URL}/queries?{OF}").status == 403
    assert put(reader, "PUT", URL, lines=SET).status == 403
    assert send(reader, "x", 1).status == 403
    assert program.ask("DELETE", f"{URL}?{OF}&reason=old", b"", {}).json == {"removed": "faq"}
    assert program.get(f"{URL}/runs?{OF}").status == 404
