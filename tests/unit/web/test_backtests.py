"""The backtest page and API: rules replayed on an SLO's own history, and what is wrong with them in words."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.org.access.model import Scope

SLO = "production/bot/error_rate"


@pytest.fixture
def busy(world: Any) -> Any:
    """Five hours of ten requests a minute; for twenty minutes, three hours ago, nothing succeeds."""
    now_us = world.clock.now_us()
    world.feeder.fold(
        *(
            world.feeder.event(
                at=now_us - (300 - minute) * US_PER_MINUTE + n * 5_000_000,
                outcome="bad" if 120 <= minute < 140 else "good",
            )
            for minute in range(300)
            for n in range(10)
        )
    )
    world.judge()
    return world


def test_the_page_asks_for_an_slo_first(world: Any) -> None:
    assert "No service has an SLO yet" in world.person().get("/backtest").text
    world.chat(100)
    world.judge()
    page = world.person().get("/backtest").text
    assert f'<option value="{SLO}">' in page
    assert "would have woken nobody" not in page


def test_it_says_what_would_have_paged_and_what_would_have_been_missed(busy: Any) -> None:
    page = busy.person().get(f"/backtest?slo={SLO}&days=30").text
    assert "1 page in 5 h over 3,000 requests" in page
    assert "of 24 blips paged" in page
    assert "hard-outage" in page
    assert '<rect class="shade"' in page
    assert "outcome=bad&amp;counted=true" in page


def test_the_same_numbers_are_beside_it_and_over_the_api(busy: Any) -> None:
    beside = busy.person().get(f"/backtest.json?slo={SLO}").json
    asked = busy.program(Scope.READ).post("/api/v1/backtest", body={"slo": SLO})
    assert asked.status == 200
    assert asked.json == beside
    assert len(beside["pages"]) == 1
    assert beside["pages"][0]["bad"] > 100
    assert {fault["fault"] for fault in beside["faults"] if fault["harmless"] and fault["found"]} == set()


def test_edited_rules_are_replayed_instead(busy: Any) -> None:
    document = busy.program(Scope.READ).post("/api/v1/backtest", body={"slo": SLO, "rules": ["ticket 1h 5m 14.4"]}).json
    assert document["rules"] == ["ticket 1h 5m 14.4"]
    assert {rule for page in document["pages"] for rule in page["rules"]} == {"hard-outage"}
    assert document["tickets"]


@pytest.mark.parametrize(("query", "said"), [
    ("rules=page+5m+1h+14", "short window that is not shorter"),
    ("rules=page+1h+5m", "3 words"),
    ("rules=page+1h+5m+nan", "not positive"),
    ("rules=shout+1h+5m+3", "cannot be read"),
    ("catalogue=weekly", "There is no catalogue"),
    ("days=99", "99 days cannot be replayed"),
    ("days=soon", "days is"),
    ("days=%C2%B2", "days is"),
])  # fmt: skip
def test_what_cannot_be_replayed_says_why_and_keeps_what_was_typed(busy: Any, query: str, said: str) -> None:
    page = busy.person().get(f"/backtest?slo={SLO}&{query}")
    assert page.status == 200
    assert said in page.text
    assert busy.person().get(f"/backtest.json?slo={SLO}&{query}").status in (400, 404)


def test_an_unknown_slo_is_named(busy: Any) -> None:
    assert "There is no SLO" in busy.person().get("/backtest?slo=production/bot/nothing").text
    assert busy.program(Scope.READ).post("/api/v1/backtest", body={"slo": "x"}).status == 404
