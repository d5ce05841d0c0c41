"""The pages of SLOs: what they say of budgets, with and without maintenance."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.judge.slo.model import Family, Firing, Observation, RuleId, Severity
from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.org.access.model import Scope
from evenkeel.store.telemetry.port import ServiceKey

ERRORS = "/slos/production/bot/error_rate"


def csrf(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_without_services_the_list_says_how_to_begin(world: Any) -> None:
    page = world.person().get("/slos").text
    assert "No SLO is judged yet." in page
    assert "No SLO yet" in page


def test_the_list_puts_the_least_budget_first_and_says_what_is_left(world: Any) -> None:
    world.chat(2_000, bad=40)
    world.chat(2_000, service="fine")
    world.judge()
    found = world.person().get("/slos.json").json
    assert found["slos"][0]["service"] == "bot"
    assert found["slos"][0]["mode"] in ("freeze", "caution", "velocity")
    left = [each["budget"]["remaining_ratio"][0] for each in found["slos"] if each["budget"]]
    assert left == sorted(left)
    page = world.person().get("/slos").text
    assert page.count('<tr id="slo-') == len(found["slos"]) == 8
    assert f'href="{ERRORS}"' in page


def test_the_list_is_filtered_by_its_address(world: Any) -> None:
    world.chat(2_000)
    world.chat(100, service="search")
    world.judge()
    person = world.person()
    assert {each["service"] for each in person.get("/slos.json?q=SEARCH").json["slos"]} == {"search"}
    assert person.get("/slos.json?environment=staging").json["slos"] == []
    assert "No SLO fits these filters" in person.get("/slos?environment=staging").text
    modes = {each["mode"] for each in person.get("/slos.json?mode=velocity").json["slos"]}
    assert modes <= {"velocity"}


def test_an_slo_says_what_is_left_what_spent_it_and_what_the_mode_permits(world: Any) -> None:
    world.chat(2_000, bad=40)
    world.judge()
    page = world.person().get(ERRORS).text
    assert "of the error budget is left" in page
    assert "98 % good of 2,000 events this month, target 99.9 %" in page
    assert "Most was spent on" in page
    assert "Pages when more than 1.94 % of the budget is burned in 1 h" in page
    assert "outcome=bad" in page and "from=" in page
    assert '<svg class="chart"' in page
    assert "rollouts, experiments, critical fixes" in page and "less than 20 %" in page
    document = world.person().get(f"{ERRORS}.json").json
    assert document["slo"]["budget"]["spent"] == [40.0, 40.0]
    assert document["months"][0]["running"]
    assert document["burn_down"][0]["remaining_ratio"] == [1.0, 1.0]
    last = document["burn_down"][-1]["remaining_ratio"]
    assert last == pytest.approx(document["slo"]["budget"]["remaining_ratio"], abs=1e-9)


def test_an_slo_that_nobody_has_is_not_found_and_its_neighbours_are_named(world: Any) -> None:
    world.chat(100)
    world.judge()
    answer = world.person().get("/slos/production/bot/none.json")
    assert answer.status == 404
    assert "error_rate" in answer.json["hint"]


def test_maintenance_takes_its_time_out_and_both_figures_are_shown(world: Any) -> None:
    world.chat(2_000, bad=40)
    world.judge()
    person = world.person()
    page = person.get(ERRORS).text
    form = {"slo": "production/bot/error_rate", "from": "2024-10-04T11:00", "to": "2024-10-04T12:30",
            "reason": "new disks", "csrf": csrf(page)}  # fmt: skip
    assert person.post("/slos/maintenance", form).headers["location"] == f"{ERRORS}#maintenance"
    document = person.get(f"{ERRORS}.json").json["slo"]
    assert document["budget"] is None
    assert document["why_unknown"] == "all of the period so far is maintenance"
    assert document["budget_with_maintenance"]["spent"] == [40.0, 40.0]
    page = person.get(ERRORS).text
    assert "new disks" in page and "entered afterwards" in page
    (entry,) = world.calendar.entries()
    assert (entry.author, entry.is_retroactive) == ("jo", True)
    form = {"slo": "production/bot/error_rate", "id": entry.id, "reason": "a mistake", "csrf": csrf(page)}
    assert person.post("/slos/maintenance/cancel", form).status == 303
    world.clock.advance(3 * 3_600)
    assert world.calendar.excluded(entry and world.slos.find_path("production/bot/error_rate").key,
                                   world.slos.status(world.slos.find_path("production/bot/error_rate"),
                                                     world.clock.now_us()).counted)  # fmt: skip


def test_half_of_the_time_left_out_leaves_the_other_half(world: Any) -> None:
    world.chat(600, bad=60, minutes=60)
    world.judge()
    now = world.clock.now_us()
    world.calendar.add(entry_of(now - 30 * US_PER_MINUTE, now), actor="ada")
    slo = world.slos.find_path("production/bot/error_rate")
    status = world.slos.status(slo, now)
    assert status.excluded_minutes == pytest.approx(30)
    assert status.budget.total == pytest.approx(300, abs=11)
    assert status.budget_with_maintenance.total == 600
    assert status.budget.attainment[1] == pytest.approx(0.9, abs=0.02)


def test_what_happened_meanwhile_stands_beneath_the_burn_down_and_in_the_json(world: Any) -> None:
    world.chat(200, minutes=60, version="1.3")
    world.chat(200, bad=100, minutes=10, version="1.4")
    world.judge()
    now_us = world.clock.now_us()
    rule = RuleId(ServiceKey("production", "bot"), "error_rate", "burn-1h-5m")
    firing = Firing(rule, Family.BURN, Severity.PAGE, now_us - US_PER_MINUTE, "50 % of 200.")
    world.alerts.reconcile(Observation(now_us, (firing,)), now_us)
    person = world.person()
    document = person.get(f"{ERRORS}.json").json
    assert {mark["kind"] for mark in document["marks"]} == {"deployment", "alert"}
    assert document["marks_not_shown"] == {}
    same = world.program(Scope.READ).get("/api/v1/slos/production/bot/error_rate/burn-down").json
    assert same == {name: document[name] for name in ("burn_down", "marks", "marks_not_shown")}
    page = person.get(ERRORS).text
    alert = next(mark for mark in document["marks"] if mark["kind"] == "alert")
    assert f'<a href="{alert["url"]}">{alert["text"]}</a>' in page and "until now" in page
    assert "version 1.4 first seen" in page
    assert person.get(alert["url"]).status == 200


def test_who_only_looks_enters_no_maintenance(world: Any) -> None:
    world.chat(100)
    world.judge()
    answer = world.anonymous().post("/slos/maintenance", {"slo": "production/bot/error_rate"})
    assert answer.headers["location"] == "/sign-in"
    assert world.program(Scope.READ).get(ERRORS).status == 200
    assert world.calendar.entries() == ()


def entry_of(start: int, end: int) -> Any:
    from evenkeel.org.calendar.service import NewEntry

    return NewEntry(start, end, "new disks", "production", "bot")


def tasks(world: Any, count: int, failed: int) -> None:
    """Ends of tasks in the last hours, evenly, the failed ones among them."""
    start = world.clock.now_us() - 6 * 60 * US_PER_MINUTE
    step = 6 * 60 * US_PER_MINUTE // count
    world.feeder.fold(
        *(
            world.feeder.event(
                kind="outcome",
                at=start + n * step,
                service="bot",
                label="task_failed" if n * failed // count != (n + 1) * failed // count else "task_completed",
                subject=f"task-{n}",
            )
            for n in range(count)
        )
    )


def test_a_rate_of_quality_has_a_budget_with_bounds_of_how_many(world: Any) -> None:
    world.chat(2_000)
    tasks(world, 1_000, failed=700)
    world.judge()
    person = world.person()
    path = "/slos/production/bot/task_completion"
    found = person.get(f"{path}.json").json
    low, high = found["slo"]["budget"]["used_ratio"]
    assert (found["slo"]["estimated"], found["slo"]["governs"]) == (True, False)
    assert 0.0 < low < high
    assert found["slo"]["budget"]["counted"] == 1_000
    assert found["burn_down"][-1]["remaining_ratio"] == pytest.approx([1 - high, 1 - low])
    assert [month["budget"]["used_ratio"] for month in found["months"]] == [[low, high]]
    page = person.get(path).text
    assert "1,000 tasks" in page
    assert "its objective alerts by its own verdict" in page
    assert "The gate does not go by it" in page
    assert "Nothing bad was counted" not in page
    assert "A day that holds no tasks may have been bad" in page
    service = person.get("/services/production/bot?tab=objectives").text
    assert f'href="{path}"' in service
    listed = {each["slo"]: each for each in person.get("/slos.json").json["slos"]}
    assert listed["task_completion"]["mode"] == found["slo"]["mode"]
    assert 'slo="task_completion"' in world.program(Scope.READ).get("/metrics").text


def test_a_rate_of_quality_is_no_part_of_what_others_can_count(world: Any) -> None:
    world.chat(2_000)
    tasks(world, 1_000, failed=700)
    world.judge()
    text = world.program(Scope.READ).get("/api/v1/exports/prometheus").text
    assert "error_rate" in text
    assert "task_completion" not in text
