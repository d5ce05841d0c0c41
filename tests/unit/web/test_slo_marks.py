"""What happened while a budget was spent: which marks there are, and how many are left out."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.act.alerts.model import Alert, AlertState, Source
from evenkeel.judge.slo.model import ErrorsSli, Slo
from evenkeel.judge.slo.status import SloStatus
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.org.calendar.model import Entry, EntryKind
from evenkeel.store.telemetry.port import ServiceKey, VersionSpan
from evenkeel.web.slo_marks import MARKS_MAX, collect_marks, marks_document

BOT = ServiceKey("production", "bot")
DAY = US_PER_DAY
COUNTED = Window(10 * DAY, 20 * DAY)
STATUS = SloStatus(
    Slo(BOT, "errors", "Errors", ErrorsSli(), 0.999), 20 * DAY, Window(10 * DAY, 40 * DAY), COUNTED, None, None
)
ENTRY = Entry("e", EntryKind.MAINTENANCE, "", "bot", 12 * DAY, 13 * DAY, "new disks", "ada", 0)
ALERT = Alert(
    "a1", "f", Source.EVENKEEL, {"objective": "errors"}, "production", "bot", "burn-1h-5m", "page", "", "", "", {},
    15 * DAY, 15 * DAY, "a1",
)  # fmt: skip
OVER = replace(ALERT, id="a0", since_us=9 * DAY, state=AlertState.RESOLVED, resolved_at_us=11 * DAY)


def test_versions_alerts_and_maintenance_of_the_period_are_marked_in_order() -> None:
    spans = [VersionSpan(version, day * DAY, 20 * DAY) for version, day in (("1", 8), ("2", 9), ("3", 14), ("4", 21))]
    other = replace(ALERT, labels={"objective": "other"})
    marks = collect_marks(STATUS, spans, [ALERT, OVER, other], [ENTRY, replace(ENTRY, service="other")])
    assert [(mark.kind, mark.at_us // DAY, mark.until_us and mark.until_us // DAY) for mark in marks.shown] == [
        ("alert", 9, 11), ("maintenance", 12, 13), ("deployment", 14, None), ("alert", 15, None),
    ]  # fmt: skip
    assert [mark.url for mark in marks.shown] == [
        "/alerts/a0", "#maintenance", "/services/production/bot", "/alerts/a1",
    ]  # fmt: skip
    assert marks.shown[3].is_running and not marks.shown[0].is_running
    assert marks.hidden == ()


def test_what_ran_when_the_service_was_first_seen_is_no_deployment() -> None:
    assert collect_marks(STATUS, [VersionSpan("1", 11 * DAY, 20 * DAY)], [], []).shown == ()


def test_of_very_many_the_latest_are_shown_and_the_rest_is_counted() -> None:
    many = [replace(ALERT, id=str(n), since_us=15 * DAY + n) for n in range(100)]
    marks = collect_marks(STATUS, [], many, [ENTRY])
    assert len(marks.shown) == MARKS_MAX + 1
    assert marks.shown[-1].url == "/alerts/99"
    assert marks_document(marks)["marks_not_shown"] == {"alert": 100 - MARKS_MAX}
