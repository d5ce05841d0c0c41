from __future__ import annotations

import html
from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_HOUR
from evenkeel.testing.feeder import NOON_US


def test_an_empty_overview_teaches_the_first_event(world: Any) -> None:
    page = world.person().get("/").text
    assert "No service is judged yet" in page
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://evenkeel.test:4999" in page


def test_the_overview_says_how_we_are_what_changed_and_what_to_do(world: Any) -> None:
    world.chat(600, bad=60)
    world.judge()
    page = html.unescape(world.person().get("/").text)
    assert "Of 1 judged service, 1 is in breach." in page
    assert "bot: Error rate is in breach as of now. Of the failures, 100 % have the reason http_500." in page
    assert "bot: Open the requests behind this number, and compare versions." in page


def test_the_overview_is_narrowed_by_status_environment_and_text(world: Any) -> None:
    for service, environment in (("bot", "production"), ("other", "production"), ("bot", "staging")):
        world.chat(5, service=service, environment=environment)
    world.judge()
    client = world.person()

    def names(query: str) -> list[tuple[str, str]]:
        found = client.get(f"/overview.json{query}").json["services"]
        return [(each["environment"], each["service"]) for each in found]

    assert len(names("")) == 3
    assert names("?q=oth") == [("production", "other")]
    assert names("?environment=staging") == [("staging", "bot")]
    assert names("?status=not+judged") == [("staging", "bot")]
    assert names("?status=breach") == []
    assert "No service fits these filters" in client.get("/?status=breach").text


def test_a_service_page_shows_every_objective_with_interval_sample_target_and_evidence(world: Any) -> None:
    world.chat(600, bad=60)
    world.judge()
    client = world.person()
    page = html.unescape(client.get("/services/production/bot?tab=objectives").text)
    for title in ("Availability", "Latency p95", "Latency p99", "Error rate", "Throughput"):
        assert f"<h2>{title}</h2>" in page
    assert "Target < 0.1 %, alert at 0.5 %." in page
    assert "Clopper-Pearson above" in page
    evidence = page.split('Target < 0.1 %, alert at 0.5 %. <a href="')[1].split('"')[0]
    shown = client.get(evidence.replace("/events?", "/events.json?")).json["events"]
    assert shown and {event["outcome"] for event in shown} == {"bad"}


def test_versions_and_models_are_set_against_each_other(world: Any) -> None:
    world.chat(60, version="1", minutes=50)
    world.chat(60, version="2", bad=30, minutes=20, model="gpt-4.1")
    world.judge()
    page = html.unescape(world.person().get("/services/production/bot?tab=versions").text)
    assert "<b>50 %</b>" in page and "[37.7–62.3 %]" in page  # 30 of 60, with its interval
    assert "gpt-4.1" in page and "gpt-4o" in page


def test_a_tab_a_range_or_a_service_that_does_not_exist_is_refused_with_what_there_is(world: Any) -> None:
    world.chat(5)
    world.judge()
    client = world.person()
    assert client.get("/services/production/bot?tab=nonsense").status == 404
    wrong = client.get("/services/production/bot?range=2y")
    assert wrong.status == 400 and "1h, 6h, 24h, 7d, 30d" in wrong.text
    assert client.get("/services/production/nobody").status == 404
    assert client.get("/services/production/nobody.json").json["code"] == "input.not_found"


def test_names_from_outside_are_text_never_markup(world: Any) -> None:
    hostile = '<script>alert("x")</script>'
    world.chat(30, bad=10, service=hostile, version=hostile, model=hostile, operation=hostile)
    world.judge()
    client = world.person()
    (event, *_) = client.get("/events.json").json["events"]
    for path in ("/", "/services/production/" + hostile.replace("/", "%2F"), "/events", f"/events/{event['event_id']}"):
        answer = client.get(path.replace("<", "%3C").replace(">", "%3E").replace('"', "%22"))
        assert answer.status == 200, path
        assert "<script>alert" not in answer.text


def test_events_are_listed_latest_first_and_page_by_page(world: Any) -> None:
    world.chat(120)
    client = world.person()
    first = client.get("/events.json").json
    assert [event["at"] for event in first["events"]] == sorted((e["at"] for e in first["events"]), reverse=True)
    assert 'rel="next"' in client.get("/events").text
    last = client.get(f"/events?cursor={first['next_cursor']}&service=bot").text
    assert "Newest" in last
    assert client.get("/events?cursor=nonsense").status == 400
    assert "No event fits" in client.get("/events?service=nobody").text


@pytest.mark.parametrize(
    ("query", "says"),
    [("from=soon", "Write microseconds since 1970 UTC"), ("slower_than_s=long", "not a number of seconds")],
)
def test_a_filter_that_cannot_be_read_is_named(world: Any, query: str, says: str) -> None:
    answer = world.person().get(f"/events?{query}")
    assert answer.status == 400
    assert says in answer.text


def test_an_event_is_shown_with_all_it_carries_and_the_request_it_belongs_to(world: Any) -> None:
    request = b"r" * 16
    parts = [
        world.feeder.event(request_id=request, role=role, solo=False, span_id=n, parent_id=n - 1 or None,
                           latency_s=5.0 - n, attributes='{"tool": "search"}', at=NOON_US - n)
        for n, role in ((1, "request"), (2, "attempt"), (3, "retrieval"))
    ]  # fmt: skip
    world.feeder.fold(*parts)
    client = world.person()
    events = {event["role"]: event for event in client.get("/events.json").json["events"]}
    page = client.get(f"/events/{events['attempt']['event_id']}").text
    assert "The request it belongs to" in page and "search" in page
    assert "Not counted as a request of its own." in page and "Its cost counts." in page
    beside = client.get(f"/events/{events['attempt']['event_id']}.json").json
    assert {event["role"] for event in beside["request"]} == {"request", "attempt", "retrieval"}
    assert client.get("/events/no-such-event").status == 404


def test_health_and_palette_answer(world: Any) -> None:
    world.chat(5)
    world.judge()
    client = world.person()
    assert "Everything that is checked is well." in client.get("/health").text
    assert client.get("/health.json").json["checks"][0]["finding"] == "3 events."
    titles = [entry["title"] for entry in client.get("/palette.json").json["entries"]]
    assert {"Overview", "Models", "Evaluations", "Settings", "production/bot", "Create a key"} <= set(titles)


def test_traffic_is_given_as_csv(world: Any) -> None:
    world.chat(60, bad=6)
    world.judge()
    lines = world.person().get("/services/production/bot/traffic.csv").text.splitlines()
    rows = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    assert sum(float(row["good"]) for row in rows) == 54
    assert sum(float(row["bad"]) for row in rows) == 6
    assert all(row["start_utc"].endswith("Z") for row in rows)


def test_a_changed_verdict_is_told_but_not_that_nothing_was_known_at_first(world: Any) -> None:
    from evenkeel.judge.objectives.records import save_changes
    from evenkeel.store.system import SystemIds

    world.chat(600, bad=60)
    states = world.feeder.telemetry.services()
    world.judge()
    del states
    world.clock.advance(2 * US_PER_HOUR / 1e6)
    changes = world.engine.judge(world.clock.now_us())
    save_changes(world.records, SystemIds(), changes, ["It is silent."] * len(changes))
    page = world.person().get("/services/production/bot").text
    assert "What changed" in page and "It is silent." in page
