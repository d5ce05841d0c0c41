"""The shadow page: each page of theirs with what it was, a click away from its evidence."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE, isoformat
from evenkeel.org.access.model import Scope
from evenkeel.store.telemetry.port import ServiceKey


def deliver(world: Any, service: str, minutes_ago: int) -> None:
    starts_us = world.clock.now_us() - minutes_ago * US_PER_MINUTE
    alert = {
        "status": "firing",
        "labels": {"alertname": "ErrorBudgetBurn", "service": service, "severity": "page"},
        "annotations": {"summary": "Too many errors."},
        "startsAt": isoformat(starts_us),
    }
    answer = world.program(Scope.INTAKE).post("/api/v1/receive/alertmanager", body={"version": "4", "alerts": [alert]})
    assert answer.status in (200, 202), answer.text


@pytest.fixture
def compared(world: Any) -> Any:
    world.chat(3_000, bad=1)
    world.chat(3_000, bad=300, service="shop")
    world.judge()
    for service in ("bot", "shop", "node-7"):
        deliver(world, service, 10)
    return world


def test_without_foreign_alerts_it_says_how_to_begin(world: Any) -> None:
    page = world.person().get("/alerts/shadow").text
    assert "Nothing to compare yet" in page
    assert "webhook_configs" in page


def test_each_case_says_what_it_was_by_the_services_own_numbers(compared: Any) -> None:
    found = compared.person().get("/alerts/shadow.json").json
    by_title = {case["title"]: case["finding"] for case in found["cases"]}
    assert by_title == {
        "bot: ErrorBudgetBurn": "noise there",
        "shop: ErrorBudgetBurn": "missed here",  # nothing was reconciled: evenkeel paged nobody
        "node-7: ErrorBudgetBurn": "cannot be compared",
    }
    assert found["they_paged"] == 3
    assert found["missed"] == 1
    page = compared.person().get("/alerts/shadow?days=1").text
    assert "They paged 3, evenkeel would have paged 0, missed 1" in page
    assert f'href="/alerts/{found["cases"][0]["theirs"]}"' in page
    assert "bad, target 99.9 %." in page


def test_the_api_gives_the_same(compared: Any) -> None:
    beside = compared.person().get("/alerts/shadow.json?days=7").json
    assert compared.program(Scope.READ).get("/api/v1/alerts/shadow?days=7").json == beside


@pytest.mark.parametrize("days", ["0", "41", "soon", "99999"])
def test_days_that_are_not_kept_are_refused(world: Any, days: str) -> None:
    assert world.person().get(f"/alerts/shadow.json?days={days}").status == 400


@pytest.mark.parametrize("days", ["²", "0", "41", "00010000", "1" * 6_000, "-1", "x"])
def test_days_that_are_none_are_refused(world: Any, days: str) -> None:
    answer = world.person().get("/alerts/shadow.json?" + urlencode({"days": days}))
    assert answer.status == 400
    assert "Write 1 to 40" in answer.text


def test_a_page_of_ours_that_lasts_longer_than_the_window_is_set_beside_theirs(compared: Any) -> None:
    now_us = compared.clock.now_us()
    rule = RuleId(ServiceKey("production", "shop"), "error_rate", "threshold")
    firing = Firing(rule, Family.THRESHOLD, Severity.PAGE, now_us, "10 % of 3,000 requests.", "/events")
    long_ago_us = now_us - 3 * US_PER_DAY
    compared.alerts.reconcile(Observation(long_ago_us, (firing,)), long_ago_us)
    found = compared.person().get("/alerts/shadow.json?days=1").json
    assert {case["title"]: case["finding"] for case in found["cases"]}["shop: ErrorBudgetBurn"] == "both paged"
    assert found["we_would_have_paged"] == 0
