from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.act.alerts.lifecycle import open_alert
from evenkeel.act.alerts.matching import fits, read_matcher
from evenkeel.act.alerts.model import Alert, AlertState, Source
from evenkeel.judge.slo.model import Family, Firing, RuleId, Severity
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.inbox import alert_document, alert_row, firing_line, group_rows, read_filter, summarize

BOT = ServiceKey("production", "bot")
PAGE = open_alert(Firing(RuleId(BOT, "error_rate", "r"), Family.BURN, Severity.PAGE, 5, "It burns."), "1", 10).alert
TICKET = replace(PAGE, id="2", severity="ticket")


def test_nothing_firing_is_said_as_that() -> None:
    assert summarize([])["how"] == "No alert fires."
    assert firing_line([]) is None


def test_pages_are_named_before_tickets_and_the_oldest_unseen_page_is_first() -> None:
    seen = replace(PAGE, id="3", acknowledged_at_us=1, opened_at_us=1)
    said = summarize([TICKET, PAGE, seen])
    assert said["how"] == "3 alerts firing: 2 pages, 1 ticket. 1 acknowledged or quiet."
    assert said["mood"] == "breach"
    assert said["todo"].startswith("Start with bot: error_rate burns its budget (r)")
    assert summarize([seen]) == {
        "how": "1 alert firing: 1 page. 1 acknowledged or quiet.",
        "mood": "warning",
        "todo": "",
    }


def test_the_first_to_see_is_the_one_that_leads_its_group_in_the_list() -> None:
    telling = replace(PAGE, id="5", title="bot is down", opened_at_us=90, labels={**PAGE.labels, "family": "outage"})
    elsewhere = replace(telling, id="6", title="shop is down", service="shop", opened_at_us=50)
    firing = [telling, elsewhere, PAGE]
    assert summarize(firing)["todo"].startswith("Start with bot is down")
    assert group_rows([alert_row(alert, 100) for alert in firing])[0]["alert"] == telling


def test_severities_of_others_are_counted_in_their_own_words() -> None:
    theirs = [
        replace(PAGE, id=word, severity=word, source=Source.ALERTMANAGER) for word in ("critical", "P2", "warning")
    ]
    said = summarize([*theirs, replace(theirs[0], id="7"), replace(theirs[2], id="8")])
    assert said["how"] == "5 alerts firing: 1 P2, 2 critical, 2 warnings."


def test_a_line_counts_those_of_a_service_only() -> None:
    other = replace(PAGE, id="4", service="other")
    assert firing_line([PAGE, other]) == {"text": "2 alerts firing", "url": "/alerts?state=firing"}
    line = firing_line([PAGE, other], BOT)
    assert line == {"text": "1 alert firing", "url": "/alerts?state=firing&environment=production&service=bot"}
    assert firing_line([PAGE], ServiceKey("staging", "bot")) is None


def test_a_row_says_why_it_is_still_there_and_who_looks_after_it() -> None:
    odd = replace(PAGE, clear_since_us=1, quiet="maintenance: move", acknowledged_by="ada", acknowledged_at_us=1,
                  flaps=(1, 2, 3))  # fmt: skip
    notes = " ".join(alert_row(odd, 4)["notes"])
    for said in ("does not hold any more", "fired again 3 times", "maintenance: move", "Acknowledged by ada"):
        assert said in notes
    assert alert_row(replace(PAGE, held_since_us=1), 4)["sign"] == "unknown"
    over = alert_row(replace(odd, state=AlertState.RESOLVED), 4)
    assert (over["sign"], over["word"], over["notes"], over["next"]) == ("ok", "resolved", [], "")
    assert alert_row(PAGE, 4)["matchers"] == 'environment="production"\nservice="bot"\nobjective="error_rate"\nrule="r"'


def test_a_silence_is_offered_by_labels_that_fit_on_a_line() -> None:
    foreign = replace(PAGE, labels={"alertname": "a\nb", "service": 'the "shop"', "environment": "x" * 201})
    assert alert_row(foreign, 4)["matchers"] == 'service="the "shop""'
    (matcher,) = [read_matcher(line) for line in alert_row(foreign, 4)["matchers"].splitlines()]
    assert fits(matcher, foreign.labels)


def test_a_document_has_times_as_text_or_null() -> None:
    document = alert_document(PAGE, 10)
    assert (document["since"], document["resolved_at"]) == ("1970-01-01T00:00:00.000Z", None)


def test_a_filter_refuses_states_that_are_none() -> None:
    with pytest.raises(InvalidInputError, match="no state 'open'"):
        read_filter({"state": "open"})
    assert read_filter({"state": "quiet", "service": "bot", "x": "y"}).service == "bot"


def test_what_is_told_together_is_one_row_led_by_what_says_most() -> None:
    def fired(rule: str, family: Family, service: str = "bot", severity: Severity = Severity.PAGE) -> Alert:
        about = RuleId(ServiceKey("production", service), "error_rate", rule)
        return open_alert(Firing(about, family, severity, 5, "It burns."), f"{service}-{rule}", 10).alert

    alerts = [
        fired("burn-1h-5m", Family.BURN),
        fired("r", Family.BURN, "shop"),
        fired("hard-outage", Family.OUTAGE),
        fired("threshold", Family.THRESHOLD, severity=Severity.TICKET),
        replace(PAGE, id="over", state=AlertState.RESOLVED),
        replace(PAGE, id="foreign", source=Source.GRAFANA),
    ]
    groups = group_rows([alert_row(alert, 20) for alert in alerts])
    said = [(group["alert"].id, [row["alert"].id for row in group["others"]]) for group in groups]
    assert said == [
        ("bot-hard-outage", ["bot-burn-1h-5m", "bot-threshold"]), ("shop-r", []), ("over", []), ("foreign", []),
    ]  # fmt: skip


def test_a_page_that_began_once_another_was_acknowledged_is_a_row_of_its_own() -> None:
    outage = replace(PAGE, id="seen", labels=PAGE.labels | {"family": "outage"}, acknowledged_at_us=20)
    quiet = replace(TICKET, id="quiet", quiet="inhibited by bot: nothing succeeds")
    groups = group_rows([alert_row(alert, 30) for alert in (outage, quiet, replace(PAGE, id="fresh"))])
    said = [(group["alert"].id, [row["alert"].id for row in group["others"]]) for group in groups]
    assert said == [("seen", ["quiet"]), ("fresh", [])]


def test_services_whose_names_read_alike_together_are_not_one_row() -> None:
    alike = [replace(PAGE, id=env, environment=env, service=name) for env, name in (("a", "b/c"), ("a/b", "c"))]
    assert len(group_rows([alert_row(alert, 30) for alert in alike])) == 2
