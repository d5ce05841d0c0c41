"""The inbox as people see it, and what its forms do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.org.access.model import Scope
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail

EVIDENCE = "/events?q=1&r=2"


def fire(world: Any, *rules: str, service: str = "bot", severity: Severity = Severity.PAGE) -> None:
    """These rules fire, and no others."""
    world.clock.advance(1)
    now_us = world.clock.now_us()
    key = ServiceKey("production", service)
    firing = [
        Firing(
            RuleId(key, "error_rate", rule), Family.BURN, severity, now_us, f"<{rule}> 2 % of 400.", "/events?q=1&r=2"
        )
        for rule in rules
    ]
    world.alerts.reconcile(Observation(now_us, tuple(firing)), now_us)


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_the_inbox_says_what_fires_why_and_what_to_do(world: Any) -> None:
    client = world.person()
    assert "No alert so far" in client.get("/alerts").text
    fire(world, "burn-1h-5m")
    page = client.get("/alerts").text
    assert "1 alert firing: 1 page." in page
    assert "&lt;burn-1h-5m&gt; 2 % of 400." in page
    assert "See which version, model or reason" in page
    assert 'href="/events?q=1&amp;r=2"' in page
    assert "Acknowledge</button>" in page


def test_filters_are_in_the_address(world: Any) -> None:
    client = world.person()
    fire(world, "burn-1h-5m")
    assert "bot: error_rate" in client.get("/alerts?state=firing&service=bot&severity=page&source=evenkeel").text
    for query in ("state=resolved", "service=other", "severity=ticket", "source=grafana", "state=acknowledged"):
        assert "No alert fits" in client.get(f"/alerts?{query}").text
    (alert,) = client.get("/alerts.json?state=firing").json["alerts"]
    assert (alert["title"], alert["severity"], alert["next"] != "") == (
        "bot: error_rate burns its budget (burn-1h-5m)", "page", True,
    )  # fmt: skip
    assert client.get("/alerts.json?state=odd").status == 400
    assert client.get("/alerts?state=odd").status == 400


def test_acknowledging_from_the_list_comes_back_to_it_and_is_audited(world: Any) -> None:
    client = world.person()
    fire(world, "burn-1h-5m")
    (alert,) = world.alerts.firing()
    form = {"csrf": csrf_of(client.get("/alerts").text), "back": "list"}
    answer = client.post(f"/alerts/{alert.id}/acknowledge", form)
    assert (answer.status, answer.headers["location"]) == (303, "/alerts")
    page = client.get("/alerts").text
    assert "Acknowledged by jo." in page and "Give back" in page
    assert "1 acknowledged or quiet." in page
    answer = client.post(f"/alerts/{alert.id}/unacknowledge", {"csrf": form["csrf"]})
    assert answer.headers["location"] == f"/alerts/{alert.id}"
    rows = trail.latest(world.records, limit=2)
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("jo", "alert.unacknowledge"), ("jo", "alert.acknowledge"),
    ]  # fmt: skip


def test_an_alert_has_a_page_with_its_history_and_json_beside_it(world: Any) -> None:
    client = world.person()
    fire(world, "burn-1h-5m")
    (alert,) = world.alerts.firing()
    csrf = csrf_of(client.get(f"/alerts/{alert.id}").text)
    client.post(f"/alerts/{alert.id}/comment", {"csrf": csrf, "reason": "the disk <again>"})
    page = client.get(f"/alerts/{alert.id}").text
    assert "the disk &lt;again&gt;" in page
    assert page.index("commented") < page.index("opened")
    document = client.get(f"/alerts/{alert.id}.json").json
    assert [entry["what"] for entry in document["history"]] == ["commented", "told", "opened"]
    assert document["labels"]["rule"] == "burn-1h-5m"
    fire(world)
    assert "The condition does not hold any more" in client.get(f"/alerts/{alert.id}").text
    world.clock.advance(61)
    fire(world)
    page = client.get(f"/alerts/{alert.id}").text
    assert "resolved" in page and "Acknowledge</button>" not in page and "Comment" in page
    assert client.get("/alerts/nothing").status == 404
    assert client.post(f"/alerts/{alert.id}/acknowledge", {"csrf": csrf}).status == 409
    assert client.post(f"/alerts/{alert.id}/comment", {"csrf": csrf, "reason": " "}).status == 400


def test_a_silence_is_made_beside_the_alert_and_ended_in_its_list(world: Any) -> None:
    client = world.person()
    fire(world, "burn-1h-5m")
    page = client.get("/alerts").text
    assert "environment=&#34;production&#34;\nservice=&#34;bot&#34;" in page
    form = {
        "csrf": csrf_of(page),
        "matchers": 'service="bot"\n\nrule=~"burn-.*"\n',
        "length": "2h",
        "reason": "we know",
    }
    answer = client.post("/alerts/silences", form)
    assert (answer.status, answer.headers["location"]) == (303, "/alerts/silences")
    listed = client.get("/alerts/silences").text
    assert "1 firing fit" in listed and "we know" in listed and "active" in listed
    fire(world, "burn-1h-5m")
    assert "Nobody is told: silenced by jo: we know." in client.get("/alerts").text
    assert "Silences (1)" in client.get("/alerts").text
    (silence,) = world.alerts.silences()
    assert [each["state"] for each in client.get("/alerts/silences.json").json["silences"]] == ["active"]
    client.post(f"/alerts/silences/{silence.id}/expire", {"csrf": form["csrf"]})
    assert "over" in client.get("/alerts/silences").text
    assert world.alerts.silences() == []
    for wrong in ({"matchers": "bot"}, {"matchers": ""}, {"length": "soon"}, {"reason": ""}):
        assert client.post("/alerts/silences", {**form, **wrong}).status == 400


def test_forms_need_their_token_and_the_right(world: Any) -> None:
    client = world.person()
    fire(world, "burn-1h-5m")
    (alert,) = world.alerts.firing()
    assert client.post(f"/alerts/{alert.id}/acknowledge", {"csrf": "guess"}).status == 401
    assert world.anonymous().post(f"/alerts/{alert.id}/acknowledge", {}).headers["location"] == "/sign-in"
    assert world.anonymous().get("/alerts").headers["location"] == "/sign-in"
    reader = world.program(Scope.READ).get("/alerts")
    assert reader.status == 200 and "Acknowledge</button>" not in reader.text


@pytest.mark.parametrize(("path", "link"), [
    ("/", "/alerts?state=firing"),
    ("/services/production/bot", "/alerts?state=firing&amp;environment=production&amp;service=bot"),
])  # fmt: skip
def test_other_pages_say_quietly_that_alerts_fire(world: Any, path: str, link: str) -> None:
    world.chat(40, bad=1)
    world.judge()
    client = world.person()
    assert "firing" not in client.get(path).text
    fire(world, "burn-1h-5m", "burn-6h-30m")
    assert f'<a href="{link}">2 alerts firing</a>' in client.get(path).text
    fire(world, "x", service="other")
    assert ("alerts firing" in client.get(path).text) is True  # those of bot are open for a minute more


def test_a_ticket_is_a_warning_and_a_page_a_breach(world: Any) -> None:
    client = world.person()
    fire(world, "burn-3d-6h", severity=Severity.TICKET)
    assert 'id="answers" data-live class="answers is-warning"' in client.get("/alerts").text
    fire(world, "burn-1h-5m")
    assert 'id="answers" data-live class="answers is-breach"' in client.get("/alerts").text
