"""The inbox: alerts that fire, one alert with its history, silences, and what people do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from evenkeel.act.alerts.handling import AskedSilence, By
from evenkeel.act.alerts.matching import fits, read_matcher
from evenkeel.act.alerts.model import Alert, AlertFilter, Silence, Source
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import parse_duration_s
from evenkeel.org.access.model import RESPOND
from evenkeel.org.approvals.model import Approval, State
from evenkeel.web.backlog import Backlog, add_backlog, backlog_document, read_backlog
from evenkeel.web.forms import posting, text
from evenkeel.web.frame import Site
from evenkeel.web.inbox import (
    STATES,
    alert_document,
    alert_row,
    entry_document,
    group_rows,
    read_filter,
    silence_document,
    summarize,
)
from evenkeel.web.viewer import Viewer

#: Alerts on one page: a phone has to draw them; filters lead to the rest.
SHOWN_MAX: Final = 200
#: Reviews above the alerts; the rest stands on their own page. Of so many it is asked whether a filter fits them.
REVIEWS_SHOWN_MAX: Final = 5
REVIEWS_READ_MAX: Final = 1_000
#: How long people may silence by a form; the API and the command line take any length.
LENGTHS: Final = ("30m", "2h", "8h", "1d", "7d")


def alert_routes(site: Site) -> list[Route]:
    """The pages with the JSON beside them, and their forms."""
    pages = AlertPages(site)
    looking: list[tuple[str, Callable[[Request, Viewer], Response]]] = [
        ("/alerts", pages.alerts),
        ("/alerts.json", pages.alerts_json),
        ("/alerts/silences", pages.silences),
        ("/alerts/silences.json", pages.silences_json),
        ("/alerts/{id}.json", pages.alert_json),
        ("/alerts/{id}", pages.alert),
    ]
    taking: list[tuple[str, Callable[[Request, FormData, Viewer], Response]]] = [
        ("/alerts/silences", pages.silence),
        ("/alerts/silences/{id}/expire", pages.expire),
        ("/alerts/{id}/acknowledge", pages.acknowledge),
        ("/alerts/{id}/unacknowledge", pages.unacknowledge),
        ("/alerts/{id}/comment", pages.comment),
    ]
    return [
        *(Route(path, posting(site, work), methods=["POST"]) for path, work in taking),
        *(Route(path, site.signed_in(work)) for path, work in looking),
    ]


class AlertPages:
    """Each method answers one page or takes one form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given

    def alerts(self, request: Request, viewer: Viewer) -> Response:
        """The inbox: what fires first."""
        now_us = self._given.clock.now_us()
        chosen = read_filter(request.query_params)
        firing = self._given.alerts.firing()
        shown = self._given.alerts.list(chosen, limit=SHOWN_MAX)
        backlog = self._backlog(now_us)
        return self._site.page(
            "alerts.html",
            viewer,
            section="/alerts",
            stream="*",
            answers=add_backlog(summarize(firing), backlog),
            backlog=backlog if _shows_reviews(chosen) else None,
            reviews=self._reviews(chosen),
            rows=group_rows([alert_row(alert, now_us) for alert in shown]),
            chosen=chosen,
            options={
                "environment": sorted({alert.environment for alert in (*firing, *shown) if alert.environment}),
                "service": sorted({alert.service for alert in (*firing, *shown) if alert.service}),
                "severity": sorted({alert.severity for alert in (*firing, *shown) if alert.severity}),
                "source": [source.value for source in Source],
            },
            states=STATES,
            silences=len(self._given.alerts.silences()),
            lengths=LENGTHS,
            may_act=viewer.role in RESPOND,
        )

    def alerts_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        now_us = self._given.clock.now_us()
        shown = self._given.alerts.list(read_filter(request.query_params))
        found = [alert_document(alert, now_us) for alert in shown]
        return JSONResponse({"alerts": found, "reviews": backlog_document(self._backlog(now_us))})

    def alert(self, request: Request, viewer: Viewer) -> Response:
        """One alert with its history."""
        alert = self._given.alerts.get(request.path_params["id"])
        return self._site.page(
            "alert.html",
            viewer,
            section="/alerts",
            stream=f"{alert.environment}/{alert.service}",
            row=alert_row(alert, self._given.clock.now_us()),
            entries=self._given.alerts.history(alert.id),
            delivered_at_us=self._given.alerts.last_received_us(alert),
            lengths=LENGTHS,
            may_act=viewer.role in RESPOND,
        )

    def alert_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        alert = self._given.alerts.get(request.path_params["id"])
        history = [entry_document(entry) for entry in self._given.alerts.history(alert.id)]
        return JSONResponse(alert_document(alert, self._given.clock.now_us()) | {"history": history})

    def silences(self, request: Request, viewer: Viewer) -> Response:
        """Silences, those that are over too, and a form for a new one."""
        now_us = self._given.clock.now_us()
        firing = self._given.alerts.firing()
        silences = self._given.alerts.silences(with_past=True)
        return self._site.page(
            "silences.html",
            viewer,
            section="/alerts",
            silences=[
                (silence_document(each, now_us), each, sum(_fits(each, alert) for alert in firing)) for each in silences
            ],
            matchers=request.query_params.get("matchers", ""),
            lengths=LENGTHS,
            may_act=viewer.role in RESPOND,
        )

    def silences_json(self, _: Request, __: Viewer) -> Response:
        """The same as JSON."""
        now_us = self._given.clock.now_us()
        silences = self._given.alerts.silences(with_past=True)
        return JSONResponse({"silences": [silence_document(each, now_us) for each in silences]})

    def acknowledge(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Say that one looks after it."""
        self._given.alerts.handling.acknowledge(request.path_params["id"], self._by(form, viewer))
        return _back(request, form)

    def unacknowledge(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Say that one does not any more."""
        self._given.alerts.handling.unacknowledge(request.path_params["id"], self._by(form, viewer))
        return _back(request, form)

    def comment(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Add to its history."""
        self._given.alerts.handling.comment(request.path_params["id"], self._by(form, viewer))
        return _back(request, form)

    def silence(self, _: Request, form: FormData, viewer: Viewer) -> Response:
        """Tell nobody for a time."""
        by = self._by(form, viewer)
        matchers = [read_matcher(line) for line in text(form, "matchers").splitlines() if line.strip()]
        self._given.alerts.handling.silence(AskedSilence(matchers, read_length_s(text(form, "length"))), by)
        return RedirectResponse("/alerts/silences", status_code=303)

    def expire(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """End a silence now."""
        self._given.alerts.handling.expire(request.path_params["id"], self._by(form, viewer))
        return RedirectResponse("/alerts/silences", status_code=303)

    def _backlog(self, now_us: int) -> Backlog | None:
        return read_backlog(self._given.reviews, self._given.gateway.configured, now_us)

    def _reviews(self, chosen: AlertFilter) -> list[Approval]:
        """What waits for a decision, the oldest first, as far as the inbox shows it."""
        if not _shows_reviews(chosen):
            return []
        waiting = self._given.reviews.list(State.WAITING, REVIEWS_READ_MAX)
        return [each for each in waiting if _is_about(each, chosen)][:REVIEWS_SHOWN_MAX]

    def _by(self, form: FormData, viewer: Viewer) -> By:
        viewer.require(RESPOND)
        return By(viewer.name, text(form, "reason").strip(), self._given.clock.now_us())


def _shows_reviews(chosen: AlertFilter) -> bool:
    """Whether reviews stand in the list: they have no state, severity or source of an alert."""
    return not (chosen.state or chosen.severity or chosen.source)


def _is_about(review: Approval, chosen: AlertFilter) -> bool:
    return chosen.environment in ("", review.environment) and chosen.service in ("", review.service)


def _fits(silence: Silence, alert: Alert) -> bool:
    return all(fits(matcher, alert.labels) for matcher in silence.matchers)


def read_length_s(length: str) -> int:
    """Seconds of a length as people write it. Raises InvalidInputError."""
    try:
        return parse_duration_s(length)
    except ValueError as error:
        raise InvalidInputError(f"{error}.") from None


def _back(request: Request, form: FormData) -> Response:
    """To the list or the alert that the form was on."""
    where = "/alerts" if text(form, "back") == "list" else f"/alerts/{request.path_params['id']}"
    return RedirectResponse(where, status_code=303)
