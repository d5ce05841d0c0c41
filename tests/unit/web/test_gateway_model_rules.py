"""The page of the rules to cheaper models: their share, what they cost and what they saved."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.org.config.model import Config

World = Any
RULES = [
    {"name": "short", "model": "small", "characters_max": 500},
    {"name": "night", "model": "tiny", "hours": "22:00-06:00"},
]
ROUTES = {
    "upstreams": {"u": {"url": "http://u", "dialect": "openai"}},
    "gateway": {"routes": {"bot": {"versions": {"1": {"upstreams": ["u"]}}, "models": RULES}}},
}
MONEY = {"currency": "USD", "cost_basis": "exact", "tokens_in": 10, "tokens_out": 5}


def passed(world: World, rule: str = "", asked: int | None = None, **more: Any) -> None:
    """A request of the gateway, or an attempt that had cost `asked` with the model asked for."""
    about = f'"evenkeel.model_asked":"large","evenkeel.model_rule":"{rule}"' if rule else '"evenkeel.key":"k"'
    about += "" if asked is None else f',"evenkeel.asked_cost_nano":{asked}'
    given = {"source": "gateway", "role": "request", "at": world.clock.now_us() - 20 * US_PER_SECOND}
    world.feeder.fold(world.feeder.event(**{**given, "attributes": f"{{{about}}}", **more}))


@pytest.fixture
def ruled(world: World) -> World:
    world.gateway.configure(Config.model_validate(ROUTES))
    for _ in range(6):
        passed(world)
    for _ in range(2):
        passed(world, "short")
        passed(world, "short", 5_000_000_000, role="attempt", cost_nano=1_250_000_000, **MONEY)
    return world


def test_without_a_rule_the_page_says_how_to_write_one(world: World) -> None:
    page = world.person().get("/gateway/rules")
    assert page.status == 200
    assert "No rule yet" in page.text


def test_rules_that_nobody_asked_for_are_not_judged(world: World) -> None:
    world.gateway.configure(Config.model_validate(ROUTES))
    page = world.person().get("/gateway/rules").text
    assert "No request came to a route with such rules in the last 24h." in page
    assert "no request came" in page
    assert world.program().get("/gateway/rules.json").json["rules"][0]["requests_ratio"] is None


def test_the_share_and_the_saving_are_told_and_never_green(ruled: World) -> None:
    page = ruled.person().get("/gateway/rules").text
    assert "In the last 24h, rules sent 2 of 8 requests (25 %) to another model" in page
    assert "saved an estimated 7.50 USD of 10.00 USD" in page
    assert "Whether the cheaper answers are as good is not judged yet." in page
    assert "is-ok" not in page
    assert "2 of n 8" in page
    assert 'aria-current="page">Models' in page
    short, night = ruled.program().get("/gateway/rules.json").json["rules"]
    assert (short["rule"], short["model"], short["models_asked"]) == ("short", "small", ["large"])
    assert (short["requests"], short["route_requests"], short["requests_ratio"]) == (2, 8, 0.25)
    assert (short["tokens_in"], short["tokens_out"], short["attempts"], short["unpriced"]) == (20, 10, 2, 0)
    assert short["money"] == [
        {"currency": "USD", "cost_nano": 2_500_000_000, "asked_cost_nano": 10**10, "saved_nano": 7_500_000_000}
    ]
    assert (night["requests"], night["route_requests"], night["last_at"], night["money"]) == (0, 8, None, [])


def test_what_cannot_be_compared_is_a_warning_and_not_in_the_saving(ruled: World) -> None:
    passed(ruled, "short", role="attempt", cost_nano=None, **{**MONEY, "currency": None, "cost_basis": "unpriced"})
    page = ruled.person().get("/gateway/rules").text
    assert "is-warning" in page
    assert "1 attempt cannot be compared" in page
    assert "1 of 3 attempts not in it: no price" in page
    assert "7.50 USD of 10.00 USD" in page


def test_a_rule_to_a_dearer_model_is_told(ruled: World) -> None:
    passed(ruled, "night")
    passed(ruled, "night", 1_000_000_000, role="attempt", cost_nano=3_000_000_000, **MONEY)
    page = ruled.person().get("/gateway/rules").text
    assert "The model that is chosen costs more than the one asked for: night of bot." in page
    assert "-2.00 USD" in page


def test_a_rule_that_is_not_in_force_any_more_is_told_with_what_it_did(ruled: World) -> None:
    passed(ruled, "gone")
    gone = ruled.program().get("/gateway/rules.json?service=bot").json["rules"][-1]
    assert (gone["rule"], gone["model"], gone["requests"]) == ("gone", None, 1)
    assert "not in force any more" in ruled.person().get("/gateway/rules").text


def test_filters_narrow_what_is_shown(ruled: World) -> None:
    program = ruled.program()
    assert program.get("/gateway/rules.json?service=other").json["rules"] == []
    assert "No rule fits this filter." in ruled.person().get("/gateway/rules?environment=staging").text
    assert program.get("/gateway/rules.json?span=9y").status == 400
    ruled.clock.advance(7_200)
    assert [each["requests"] for each in program.get("/gateway/rules.json?span=1h").json["rules"]] == [0, 0]


def test_a_rule_to_a_model_that_nobody_knows_is_a_warning(ruled: World) -> None:
    for _ in range(3):
        passed(ruled, "night", outcome="bad", reason="model_not_found")
    page = ruled.person().get("/gateway/rules").text
    assert "Most requests get an error by night of bot: see whether the upstream knows the model." in page
    assert "3 failed" in page


def test_a_long_list_is_told_page_by_page(world: World) -> None:
    rules = [{"name": f"r{number}", "model": "small", "characters_max": number} for number in range(60)]
    bot = {"versions": {"1": {"upstreams": ["u"]}}, "models": rules}
    world.gateway.configure(Config.model_validate({**ROUTES, "gateway": {"routes": {"bot": bot}}}))
    page = world.person().get("/gateway/rules").text
    assert "1 to 50 of 60 rules." in page
    assert ">r49<" in page
    assert ">r50<" not in page
    assert len(world.program().get("/gateway/rules.json").json["rules"]) == 60


def test_without_the_store_rules_in_force_are_listed_and_what_they_did_is_unknown(ruled: World) -> None:
    ruled.lose_store()
    page = ruled.person().get("/gateway/rules")
    assert page.status == 200
    assert "Figures are unknown. The telemetry store cannot be read (Connection Error)." in page.text
    assert page.text.index("short") < page.text.index("night")
    assert page.text.count('<span class="muted">unknown</span>') == len(RULES)
    answer = ruled.program().get("/gateway/rules.json")
    assert (answer.status, answer.json["code"]) == (503, "data.unreadable")
