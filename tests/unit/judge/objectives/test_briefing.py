"""What changed and what to do: one line that fits the worst verdict, with its lead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.judge.objectives.briefing import brief_service, counts_towards_status, worst_verdict
from evenkeel.judge.objectives.history import MinuteHistory
from evenkeel.judge.objectives.look import Subject
from evenkeel.judge.objectives.model import JudgedService, Objective, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.kernel.estimate import Estimate, Need
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.kernel.verdict import Status, Verdict
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.testing.feeder import NOON_US, Feeder

ERRORS = Objective("error_rate", 0.001, 0.005)
LATENCY = Objective("latency_p95", 2.0, 3.0)
AVAILABLE = Objective("availability", 0.999, 0.995)
ACCURACY = Objective("accuracy", 0.9, 0.85, None, 86_400)
HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_SECOND)


def verdict_of(
    status: Status,
    objective: Objective = ERRORS,
    *,
    value: float | None = 0.0,
    needs: Need | None = None,
    reasons: tuple[str, ...] = (),
    page: Status | None = None,
    lasted_s: int = 3_600,
) -> ObjectiveVerdict:
    estimate = Estimate(
        value, objective.unit, 0.0, 1e9, 0.999, 0.95, 10, "m", HOUR, 1.0, NOON_US, NOON_US, needs=needs,
        reasons=reasons,
    )  # fmt: skip
    headline = Verdict(status, estimate, objective.limits, NOON_US, NOON_US, reasons=reasons, needs=needs)
    calm = replace(headline, status=page or status, estimate=replace(estimate, value=0.0))
    return ObjectiveVerdict(
        objective, headline, WindowName.VERDICT, {WindowName.PAGE: calm if page else headline},
        NOON_US - lasted_s * US_PER_SECOND, "a sentence",
    )  # fmt: skip


@pytest.fixture
def subject(feeder: Feeder, telemetry: DuckTelemetry, bot: JudgedService) -> Subject:
    feeder.fold(feeder.event(at=NOON_US - 10 * US_PER_MINUTE))
    history = MinuteHistory(bot.key)
    history.refresh(telemetry, NOON_US)
    return Subject(bot.key, telemetry.services()[0], history, 60.0, 1.0, "UTC", ())


def brief(telemetry: DuckTelemetry, bot: JudgedService, subject: Subject, *verdicts: ObjectiveVerdict) -> ServiceStatus:
    return brief_service(telemetry, bot, subject, verdicts, NOON_US)


def test_the_worst_verdict_is_the_services(telemetry: DuckTelemetry, bot: JudgedService, subject: Subject) -> None:
    verdicts = (verdict_of(Status.OK), verdict_of(Status.WARNING, LATENCY, lasted_s=120), verdict_of(Status.UNKNOWN))
    status = brief(telemetry, bot, subject, *verdicts)
    assert status.status is Status.WARNING
    assert status.since_us == NOON_US - 120 * US_PER_SECOND
    assert status.changed == "Latency p95 has been in warning for 2 min."
    assert status.verdicts == verdicts
    assert worst_verdict(verdicts) is verdicts[1]
    assert worst_verdict(()) is None


def test_a_service_without_any_verdict_is_unknown_and_has_nothing_to_say(
    telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
) -> None:
    status = brief(telemetry, bot, subject)
    assert (status.status, status.changed, status.todo, status.since_us) == (Status.UNKNOWN, "", "", NOON_US)


def test_throughput_without_a_capacity_does_not_make_a_good_service_unknown(
    telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
) -> None:
    load = verdict_of(Status.UNKNOWN, Objective("throughput", 0.66, 0.8), reasons=("no_capacity",))
    assert not counts_towards_status(load)

    status = brief(telemetry, bot, subject, verdict_of(Status.OK), load)
    assert status.status is Status.OK
    assert load in status.verdicts, "but it is shown"


def test_what_waits_for_people_nobody_asked_counts_only_where_somebody_configured_it() -> None:
    waits = Objective("hallucination_rate", 0.05, 0.08)
    assert not counts_towards_status(verdict_of(Status.UNKNOWN, waits, reasons=("uncorrected",)))
    asked_for = replace(waits, declared=True)
    assert counts_towards_status(verdict_of(Status.UNKNOWN, asked_for, reasons=("uncorrected",)))


class TestLeads:
    def test_most_of_the_failures_name_their_version_and_reason(
        self, feeder: Feeder, telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
    ) -> None:
        feeder.fold(
            *(feeder.event(version="2", outcome="bad", reason="http_500") for _ in range(7)),
            *(feeder.event(version="1", outcome="bad", reason="timeout") for _ in range(3)),
        )
        changed = brief(telemetry, bot, subject, verdict_of(Status.BREACH)).changed
        assert changed == (
            "Error rate has been in breach for 1 h. Of the failures, 70 % come from version 2"
            " and 70 % have the reason http_500."
        )

    def test_what_carries_less_than_half_is_no_lead(
        self, feeder: Feeder, telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
    ) -> None:
        feeder.fold(*(feeder.event(version=str(n), outcome="bad", reason=f"r{n}") for n in range(3)))
        assert "Of the failures" not in brief(telemetry, bot, subject, verdict_of(Status.BREACH)).changed

    def test_the_only_version_is_no_lead(
        self, feeder: Feeder, telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
    ) -> None:
        feeder.fold(*(feeder.event(outcome="bad", reason="http_500") for _ in range(3)))
        changed = brief(telemetry, bot, subject, verdict_of(Status.BREACH)).changed
        assert changed.endswith("Of the failures, 100 % have the reason http_500.")

    def test_latency_has_no_failures_to_lead_to(
        self, feeder: Feeder, telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
    ) -> None:
        feeder.fold(*(feeder.event(outcome="bad", reason="http_500") for _ in range(3)))
        assert "Of the failures" not in brief(telemetry, bot, subject, verdict_of(Status.BREACH, LATENCY)).changed

    def test_an_outage_that_is_over_says_so(
        self, telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
    ) -> None:
        over = verdict_of(Status.BREACH, value=0.1, page=Status.OK)
        assert brief(telemetry, bot, subject, over).changed.endswith("The last minutes are ok again.")
        going_on = verdict_of(Status.BREACH, value=0.1)
        assert "again" not in brief(telemetry, bot, subject, going_on).changed


@pytest.mark.parametrize(
    ("verdict", "todo"),
    [
        (verdict_of(Status.BREACH), "Open the requests behind this number, and compare versions."),
        (verdict_of(Status.WARNING), "Open the requests behind this number, and compare versions."),
        (verdict_of(Status.STALE), "Check that the service runs and can reach the intake"),
        (
            verdict_of(Status.PARTIAL, AVAILABLE, value=1.0, reasons=("minutes_without_evidence",)),
            "Send heartbeats or add a probe: minutes without requests are unknown, not good.",
        ),
        (
            verdict_of(Status.UNKNOWN, value=0.02, needs=Need(350, "requests", 7_200)),
            "On the wrong side of the target, but it may be chance: open the evidence, or wait about 2 h.",
        ),
        (verdict_of(Status.PARTIAL, AVAILABLE, value=0.5), "On the wrong side of the target, but it may be chance"),
        (
            verdict_of(Status.UNKNOWN, needs=Need(350, "requests", 7_200)),
            "Nothing: wait about 2 h for enough requests.",
        ),
        (verdict_of(Status.BREACH, ACCURACY), "Open the events behind this number"),
        (
            verdict_of(Status.PARTIAL, ACCURACY, value=0.2, reasons=("labels_overdue",)),
            "Look at what sends the truth of predictions",
        ),
        (
            verdict_of(Status.PARTIAL, ACCURACY, value=0.2, reasons=("label_arrival_unknown",)),
            "Nothing: wait until it is known how long the truth",
        ),
        (verdict_of(Status.UNKNOWN, value=None), "Send more events: there is too little to judge by."),
        (verdict_of(Status.OK), "Nothing to do."),
    ],
)
def test_every_status_has_a_next_step(
    telemetry: DuckTelemetry, bot: JudgedService, subject: Subject, verdict: ObjectiveVerdict, todo: str
) -> None:
    assert brief(telemetry, bot, subject, verdict).todo.startswith(todo)


def test_silence_says_how_long_and_how_often_it_is_usually_heard_from(
    telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
) -> None:
    said = brief(telemetry, bot, subject, verdict_of(Status.STALE)).changed
    assert said == "Silent for 10 min; it is usually heard from at least every 1 min."


def test_what_has_just_begun_has_no_length_yet(telemetry: DuckTelemetry, bot: JudgedService, subject: Subject) -> None:
    assert brief(telemetry, bot, subject, verdict_of(Status.OK, lasted_s=0)).changed == "Error rate is ok as of now."


def test_the_last_hour_and_the_labels_come_along(
    telemetry: DuckTelemetry, bot: JudgedService, subject: Subject
) -> None:
    labelled = replace(bot, labels={"owner": "jo"})
    status = brief(telemetry, labelled, subject, verdict_of(Status.OK))
    assert [row.at for row in status.recent] == [NOON_US - 10 * US_PER_MINUTE]
    assert (status.labels, status.kind, status.cadence_s) == ({"owner": "jo"}, "llm", 60.0)
