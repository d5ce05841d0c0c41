"""Two alertings side by side: what both saw, what one missed, and what was noise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.act.alerts.model import Alert, AlertState, Source
from evenkeel.act.alerts.shadow import Finding, Ground, compare, find_service
from evenkeel.judge.slo.trouble import Trouble
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE, Window
from evenkeel.store.telemetry.port import ServiceKey

BOT, SHOP = ServiceKey("production", "bot"), ServiceKey("production", "shop")
WEEK = Window(0, 7 * US_PER_DAY)
QUIET = Trouble(False, "0.02 % of 9,000 requests bad.")
LOUD = Trouble(True, "12 % of 9,000 requests bad.")


def alert(source: Source, minute: int, *, service: str = "bot", minutes: int = 10, **more: object) -> Alert:
    at_us = minute * US_PER_MINUTE
    made = Alert(
        id=f"{source.value}-{service}-{minute}",
        fingerprint=f"{source.value}-{service}",
        source=source,
        labels={"service": service},
        environment="production",
        service=service,
        rule="burn-1h-5m",
        severity="page",
        title="x",
        sentence="ours said so.",
        link="",
        facts={},
        since_us=at_us,
        opened_at_us=at_us,
        group_id=f"{source.value}-{service}-{minute}",
        state=AlertState.RESOLVED,
        resolved_at_us=at_us + minutes * US_PER_MINUTE,
    )
    return replace(made, **more)


def ground(trouble: Trouble = QUIET) -> Ground:
    return Ground(WEEK, (BOT, SHOP), lambda _key, _window: trouble)


def test_the_same_service_at_about_the_same_time_is_the_same_case() -> None:
    theirs, ours = alert(Source.ALERTMANAGER, 104), alert(Source.EVENKEEL, 100)
    (case,) = compare([ours, theirs], ground()).cases
    assert case.finding is Finding.BOTH
    assert case.ours == ours
    assert case.lead_s == 240


@pytest.mark.parametrize("ours", [
    [],
    [alert(Source.EVENKEEL, 100, service="shop")],
    [alert(Source.EVENKEEL, 400)],
    [alert(Source.EVENKEEL, 100, severity="ticket")],
])  # fmt: skip
def test_where_only_they_paged_the_services_own_numbers_decide(ours: list[Alert]) -> None:
    theirs = alert(Source.GRAFANA, 100)
    assert [case.finding for case in compare([*ours, theirs], ground(QUIET)).cases] == [Finding.NOISE]
    assert [case.finding for case in compare([*ours, theirs], ground(LOUD)).cases] == [Finding.MISSED]
    unknown = compare([*ours, theirs], ground(Trouble(None, "Nothing was counted at that time.")))
    assert unknown.cases[0].finding is Finding.UNKNOWN


@pytest.mark.parametrize("trouble", [QUIET, LOUD])
def test_what_began_minutes_ago_is_neither_noise_nor_missed_yet(trouble: Trouble) -> None:
    now = WEEK.end_us // US_PER_MINUTE
    young = [alert(Source.ALERTMANAGER, now - 9), alert(Source.ALERTMANAGER, now - 9, service="node-7:9100")]
    report = compare([*young, alert(Source.ALERTMANAGER, now - 10)], ground(trouble))
    settled, soon, unknown = (case.finding for case in report.cases)
    assert (soon, unknown) == (Finding.SOON, Finding.UNKNOWN)
    assert settled is (Finding.MISSED if trouble.is_real else Finding.NOISE)
    assert report.sentence.endswith("1 began too recently to tell.")
    ours = alert(Source.EVENKEEL, now - 8)
    assert compare([young[0], ours], ground(trouble)).cases[0].finding is Finding.BOTH


def test_a_service_nobody_knows_cannot_be_compared() -> None:
    (case,) = compare([alert(Source.ALERTMANAGER, 5, service="node-7:9100")], ground(LOUD)).cases
    assert case.finding is Finding.UNKNOWN
    assert "no service that evenkeel judges" in case.sentence


def test_the_whole_is_said_in_a_sentence() -> None:
    many = [alert(Source.ALERTMANAGER, 100 * number) for number in range(41)]
    ours = [alert(Source.EVENKEEL, minute) for minute in (0, 1_000)]
    second = alert(Source.EVENKEEL, 1_001, fingerprint="other", id="other", group_id=ours[1].group_id)
    alone = alert(Source.EVENKEEL, 9_000)
    report = compare([*many, *ours, second, alone], ground())
    assert report.sentence.startswith("They paged 41, evenkeel would have paged 3, missed 0; 39 of theirs were noise")
    assert report.only_ours == (alone,)
    assert compare([], ground()).sentence == "Neither paged."


def test_a_page_of_ours_that_began_before_the_window_is_not_missed_and_not_counted() -> None:
    ours = alert(Source.EVENKEEL, -600, minutes=700)
    report = compare([ours, alert(Source.ALERTMANAGER, 50)], ground(LOUD))
    assert [case.finding for case in report.cases] == [Finding.BOTH]
    assert report.ours == ()


def test_what_calls_nobody_there_is_no_page_of_theirs() -> None:
    others = [
        alert(Source.ALERTMANAGER, 10, severity="ticket"),
        alert(Source.ALERTMANAGER, 20, severity="none"),
        alert(Source.ALERTMANAGER, 30, severity="critical", labels={"sloth_severity": "ticket"}),
        alert(Source.GRAFANA, 40, severity="Info"),
    ]
    pages = [alert(Source.GRAFANA, 500, severity=""), alert(Source.GRAFANA, 600, severity="critical")]
    assert [case.theirs for case in compare([*others, *pages], ground()).cases] == pages


def test_a_second_page_of_ours_about_the_same_is_not_ours_alone() -> None:
    ours = [alert(Source.EVENKEEL, 100), alert(Source.EVENKEEL, 105)]
    report = compare([*ours, alert(Source.ALERTMANAGER, 104)], ground())
    assert report.only_ours == ()
    assert len(report.ours) == 2


def test_what_was_opened_at_another_time_is_left_out() -> None:
    assert compare([alert(Source.ALERTMANAGER, 8 * 1_440)], ground()).cases == ()


def test_foreign_labels_mean_a_service_by_both_names_or_by_an_own_one() -> None:
    theirs = alert(Source.ALERTMANAGER, 1, environment="k8s-ns")
    assert find_service(theirs, (BOT, SHOP)) == BOT
    assert find_service(theirs, (BOT, ServiceKey("staging", "bot"))) is None
    assert find_service(alert(Source.ALERTMANAGER, 1), (BOT, ServiceKey("staging", "bot"))) == BOT
