"""The page of the guard's findings: what was looked at, what was found and what was done about it."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_HOUR, US_PER_SECOND
from evenkeel.org.config.model import Config

World = Any
ROUTES = {
    "upstreams": {"u": {"url": "http://u", "dialect": "openai"}},
    "gateway": {
        "routes": {
            "bot": {
                "versions": {"1": {"upstreams": ["u"]}},
                "guard": {"actions": {"pii": "redact"}},
            }
        }
    },
}


def passed(world: World, found: str | None, **more: Any) -> None:
    """A request of the gateway; `found` None: nobody looked."""
    at = world.clock.now_us() - 20 * US_PER_SECOND
    about = "{}" if found is None else f'{{"evenkeel.attempts":1,"evenkeel.guard":{{{found}}}}}'
    event = world.feeder.event(**{"source": "gateway", "role": "request", "at": at, "attributes": about, **more})
    world.feeder.fold(event)


@pytest.fixture
def guarded(world: World) -> World:
    world.gateway.configure(Config.model_validate(ROUTES))
    for _ in range(6):
        passed(world, "")
    passed(world, '"input redact email":2')
    passed(world, '"output block iban":1', outcome="excluded", reason="guard_block")
    passed(world, None)
    passed(world, '"input hold prompt_injection":1', service="shop", outcome="excluded", reason="guard_hold")
    return world


def test_without_a_guard_the_page_says_how_to_write_one(world: World) -> None:
    page = world.person().get("/gateway/guard")
    assert page.status == 200
    assert "No guard yet" in page.text


def test_a_guard_that_nobody_asked_found_nothing_that_can_be_judged(world: World) -> None:
    world.gateway.configure(Config.model_validate(ROUTES))
    page = world.person().get("/gateway/guard").text
    assert "No request came in the last 24h." in page
    assert "is-unknown" in page


def test_findings_are_shown_with_their_shares_of_what_was_looked_at(guarded: World) -> None:
    page = guarded.person().get("/gateway/guard").text
    assert "In the last 24h, the guard looked at 9 of 10 requests and found something in 3" in page
    assert "(33.3 % [12.1–64.6 %]); it stopped 2." in page
    assert "Most: email × 2, " in page
    assert "1 of n 8" in page
    assert "redacted" in page
    assert 'aria-current="page">Guard' in page
    document = guarded.program().get("/gateway/guard.json").json
    bot, shop = document["coverage"]
    assert (bot["requests"], bot["looked_at"], bot["with_findings"], bot["stopped"]) == (9, 8, 2, 1)
    assert shop["with_findings_ratio"]["value"] == 1.0
    email = next(each for each in document["findings"] if each["entity"] == "email")
    assert (email["side"], email["action"], email["found"], email["requests"]) == ("input", "redact", 2, 1)
    assert email["requests_ratio"]["low"] < 1 / 8 < email["requests_ratio"]["high"]


def test_a_finding_leads_to_its_events(guarded: World) -> None:
    document = guarded.program().get("/gateway/guard.json?service=bot&side=input").json
    (email,) = document["findings"]
    page = guarded.person().get(email["events"]).text
    assert page.count('href="/events/') == 1
    assert "in which the guard found input redact email" in page


def test_what_was_not_looked_at_is_a_warning_of_its_own_and_no_finding(guarded: World) -> None:
    passed(guarded, '"input log failed":1')
    page = guarded.person().get("/gateway/guard").text
    assert "is-warning" in page
    assert "1 request had a text that the guard could not look at" in page
    assert "the guard broke on it" in page
    assert "passed unseen" in page
    document = guarded.program().get("/gateway/guard.json").json
    assert [each["entity"] for each in document["failures"]] == ["failed"]
    assert "failed" not in {each["entity"] for each in document["findings"]}
    assert document["coverage"][0]["with_findings"] == 2


def test_the_page_is_well_only_when_all_was_looked_at_and_nothing_was_stopped(world: World) -> None:
    world.gateway.configure(Config.model_validate(ROUTES))

    def mood() -> set[str]:
        page = world.person().get("/gateway/guard").text
        return {word for word in ("ok", "warning", "unknown", "breach") if f'class="answers is-{word}"' in page}

    passed(world, None)
    assert mood() == {"unknown"}
    passed(world, '"input redact email":1')
    assert mood() == {"ok"}
    passed(world, '"output block iban":1', outcome="excluded", reason="guard_block")
    assert mood() == {"warning"}
    page = world.person().get("/gateway/guard").text
    assert "See below what stopped 1 request; what is held waits in Reviews." in page


def test_filters_and_spans_narrow_what_is_shown(guarded: World) -> None:
    passed(guarded, '"input log phone":1', at=guarded.clock.now_us() - 30 * US_PER_HOUR)
    program = guarded.program()

    def entities(query: str) -> set[str]:
        return {each["entity"] for each in program.get(f"/gateway/guard.json?{query}").json["findings"]}

    assert entities("") == {"email", "iban", "prompt_injection"}
    assert entities("span=7d&service=bot") == {"email", "iban", "phone"}
    assert entities("action=hold") == {"prompt_injection"}
    assert "Nothing was found that fits" in guarded.person().get("/gateway/guard?action=log").text
    assert program.get("/gateway/guard.json?span=9y").status == 400
    assert program.get("/gateway/guard.json?side=up").status == 400


def test_without_the_store_what_guards_do_is_told_and_what_they_found_is_unknown(guarded: World) -> None:
    guarded.lose_store()
    person = guarded.person()
    page = person.get("/gateway/guard")
    assert page.status == 200
    assert "Figures are unknown. The telemetry store cannot be read (Connection Error)." in page.text
    assert "pii: redacted" in page.text
    assert "Nothing was found" not in page.text
    assert "No guard fits these filters." in person.get("/gateway/guard?service=other").text
