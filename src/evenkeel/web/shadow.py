"""Shadow mode: what another alerting paged beside what evenkeel would have, each case with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evenkeel.act.alerts.model import Alert
from evenkeel.act.alerts.shadow import APART_US, SETTLED_US, Case, Finding, Ground, ShadowReport, compare
from evenkeel.judge.slo.trouble import Trouble, find_trouble
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, US_PER_MINUTE, Window, format_duration, isoformat
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.frame import Site
from evenkeel.web.viewer import Viewer

DAYS_DEFAULT: Final = 7
DAYS_MAX: Final = 40  # counters per minute are kept for longer
_SIGNS: Final = {
    Finding.BOTH: "ok",
    Finding.MISSED: "breach",
    Finding.NOISE: "ok",
    Finding.UNKNOWN: "unknown",
    Finding.SOON: "unknown",
}
#: Rows of the page; the JSON beside it holds all.
_SHOWN_MAX: Final = 200


def shadow_routes(site: Site) -> list[Route]:
    """The page with the JSON beside it."""

    def page(request: Request, viewer: Viewer) -> Response:
        report = report_shadow(site, read_days(request.query_params.get("days", "")))
        return site.page("shadow.html", viewer, section="/alerts", **_view(report, request))

    def document(request: Request, _: Viewer) -> Response:
        return JSONResponse(shadow_document(report_shadow(site, read_days(request.query_params.get("days", "")))))

    return [
        Route("/alerts/shadow", site.signed_in(page)),
        Route("/alerts/shadow.json", site.signed_in(document)),
    ]


def read_days(text: str) -> int:
    """Days as an address has them. Raises InvalidInputError."""
    if not text:
        return DAYS_DEFAULT
    if len(text) > 4 or not text.isdecimal() or not 1 <= int(text) <= DAYS_MAX:
        raise InvalidInputError(f"days is {text[:20]!r}.", hint=f"Write 1 to {DAYS_MAX}.")
    return int(text)


def report_shadow(site: Site, days: int) -> ShadowReport:
    """What both alertings made of the last `days`."""
    given = site.given
    now_us = given.clock.now_us()
    slos = given.slos.slos()
    window = Window(now_us - days * US_PER_DAY, now_us + 1)
    asked = Window(window.start_us - APART_US, window.end_us)  # what is the same may have ended that much earlier
    services = tuple({slo.key: None for slo in slos})
    find = partial(_find, site, {key: [slo for slo in slos if slo.key == key] for key in services})
    return compare(given.alerts.between(asked), Ground(window, services, find))


def _find(site: Site, by_key: Mapping[ServiceKey, Any], key: ServiceKey, window: Window) -> Trouble:
    return find_trouble(site.given.telemetry, by_key.get(key, ()), window)


def _view(report: ShadowReport, request: Request) -> dict[str, Any]:
    return {
        "days": request.query_params.get("days") or str(DAYS_DEFAULT),
        "days_max": DAYS_MAX,
        "sentence": report.sentence,
        "todo": _todo(report),
        "mood": "is-breach" if report.count(Finding.MISSED) else "",
        "cases": [_case_row(case) for case in reversed(report.cases[-_SHOWN_MAX:])],
        "only_ours": [_alert_row(alert) for alert in reversed(report.only_ours[-_SHOWN_MAX:])],
        "is_empty": not report.cases and not report.ours,
    }


def _todo(report: ShadowReport) -> str:
    if report.count(Finding.MISSED):
        return "Open what was missed: its service may lack an objective, a probe or telemetry."
    if report.count(Finding.UNKNOWN):
        return "Give foreign rules the labels service and environment with the names they have here, to compare all."
    if report.count(Finding.SOON):
        return f"Nothing was missed so far. What is too recent is judged after {SETTLED_US // US_PER_MINUTE} minutes."
    if report.cases:
        return "Nothing was missed. Connect a channel when you trust it."
    return "Let your Alertmanager or Grafana send its webhook here, and come back in some days."


def _case_row(case: Case) -> dict[str, Any]:
    return {
        "sign": _SIGNS[case.finding],
        "finding": case.finding.value,
        "theirs": _alert_row(case.theirs),
        "ours": None if case.ours is None else _alert_row(case.ours),
        "lead": "" if case.lead_s is None else _lead(case.lead_s),
        "sentence": case.sentence,
        "events": _events(case.theirs),
    }


def _lead(lead_s: float) -> str:
    if abs(lead_s) < 1:
        return "at the same time"
    return f"{format_duration(abs(lead_s))} {'sooner' if lead_s > 0 else 'later'}"


def _alert_row(alert: Alert) -> dict[str, Any]:
    return {
        "title": alert.title,
        "url": f"/alerts/{quote(alert.id)}",
        "since_us": alert.since_us,
        "sentence": alert.sentence,
        "source": alert.source.value,
    }


def _events(alert: Alert) -> str:
    query = {"service": alert.service, "from": alert.since_us - 5 * 60_000_000, "outcome": "bad", "counted": "true"}
    if alert.resolved_at_us is not None:
        query["to"] = alert.resolved_at_us
    return f"/events?{urlencode(query)}"


def shadow_document(report: ShadowReport) -> Mapping[str, Any]:
    """The comparison as JSON."""
    return {
        "from": isoformat(report.window.start_us),
        "to": isoformat(report.window.end_us),
        "sentence": report.sentence,
        "they_paged": len(report.cases),
        "we_would_have_paged": len(report.ours),
        "missed": report.count(Finding.MISSED),
        "noise": report.count(Finding.NOISE),
        "cannot_be_compared": report.count(Finding.UNKNOWN),
        "too_soon_to_tell": report.count(Finding.SOON),
        "cases": [
            {
                "finding": case.finding.value,
                "theirs": case.theirs.id,
                "title": case.theirs.title,
                "since": isoformat(case.theirs.since_us),
                "ours": case.ours.id if case.ours else None,
                "lead_s": case.lead_s,
                "sentence": case.sentence,
            }
            for case in report.cases
        ],
        "only_ours": [
            {"id": alert.id, "title": alert.title, "since": isoformat(alert.since_us), "sentence": alert.sentence}
            for alert in report.only_ours
        ],
    }
