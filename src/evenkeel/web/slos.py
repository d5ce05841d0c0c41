"""Pages of SLOs: the list, and one SLO with its budget, burn rates, months and maintenance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from evenkeel.judge.slo.budget import Mode, Unit, load_permits
from evenkeel.judge.slo.explain import slo_url
from evenkeel.judge.slo.model import SampledSli
from evenkeel.judge.slo.status import SloStatus
from evenkeel.judge.slo.wording import describe_period
from evenkeel.kernel.time import Window
from evenkeel.org.access.model import KEEP_CALENDAR
from evenkeel.org.calendar.moments import read_moment
from evenkeel.org.calendar.service import NewEntry
from evenkeel.web.burn_down import draw_burn_down
from evenkeel.web.forms import posting, text
from evenkeel.web.frame import Site
from evenkeel.web.slo_documents import entry_document, month_document, slo_document
from evenkeel.web.slo_marks import Marks, collect_marks, marks_document
from evenkeel.web.slo_rows import (
    SIGNS,
    answers,
    budget_facts,
    month_name,
    month_row,
    rule_row,
    slo_answers,
    slo_row,
    stretch_row,
)
from evenkeel.web.viewer import Viewer

_MODES: Final = (*(mode.value for mode in reversed(Mode)), "unknown")
_STRETCHES_MAX: Final = 20
_ENTRIES_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class SloFilter:
    """Which SLOs a list shows."""

    environment: str = ""
    mode: str = ""
    text: str = ""

    def fits(self, status: SloStatus) -> bool:
        """Whether an SLO is shown."""
        slo = status.slo
        return (
            self.environment in ("", slo.key.environment)
            and self.mode in ("", status.mode.value if status.mode else "unknown")
            and self.text.lower() in f"{slo.key} {slo.name} {slo.title}".lower()
        )


def slo_routes(site: Site) -> list[Route]:
    """The pages with the JSON beside them."""
    pages = SloPages(site)
    one = "/slos/{path:path}"  # names may hold slashes
    looking: list[tuple[str, Callable[[Request, Viewer], Response]]] = [
        ("/slos", pages.slos),
        ("/slos.json", pages.slos_json),
        (f"{one}.json", pages.slo_json),
        (one, pages.slo),
    ]
    return [
        Route("/slos/maintenance", posting(site, pages.add_maintenance), methods=["POST"]),
        Route("/slos/maintenance/cancel", posting(site, pages.cancel_maintenance), methods=["POST"]),
        *(Route(path, site.signed_in(work)) for path, work in looking),
    ]


def read_marks(site: Site, status: SloStatus) -> Marks:
    """What happened to an SLO in the part of its period that was counted."""
    given, key = site.given, status.slo.key
    alerts = given.alerts.touching(key, Window(status.counted.start_us, status.at_us + 1))
    return collect_marks(status, given.telemetry.version_spans(key), alerts, given.calendar.entries())


def burn_down_document(site: Site, status: SloStatus) -> dict[str, Any]:
    """What was left of a budget over time, and what happened meanwhile."""
    points = [
        {"at_us": point.at_us, "remaining_ratio": [point.low, point.high]}
        for point in site.given.slos.burn_down(status)
    ]
    return {"burn_down": points, **marks_document(read_marks(site, status))}


class SloPages:
    """Each method answers one page or takes one form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given

    def _statuses(self, request: Request) -> tuple[list[SloStatus], list[SloStatus], SloFilter]:
        statuses = self._given.slos.statuses(self._given.clock.now_us())
        query = request.query_params
        chosen = SloFilter(query.get("environment", ""), query.get("mode", ""), query.get("q", ""))
        return statuses, [status for status in statuses if chosen.fits(status)], chosen

    def slos(self, request: Request, viewer: Viewer) -> Response:
        """All SLOs, the least budget left first."""
        statuses, shown, chosen = self._statuses(request)
        return self._site.page(
            "slos.html",
            viewer,
            section="/slos",
            stream="*",
            answers=answers(statuses),
            rows=[slo_row(status) for status in shown],
            slos=len(statuses),
            chosen=chosen,
            environments=sorted({status.slo.key.environment for status in statuses}),
            modes=_MODES,
        )

    def slos_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        statuses, shown, _chosen = self._statuses(request)
        return JSONResponse({"answers": answers(statuses), "slos": [slo_document(status) for status in shown]})

    def slo(self, request: Request, viewer: Viewer) -> Response:
        """One SLO."""
        given = self._given
        now_us = given.clock.now_us()
        slo = given.slos.find_path(request.path_params["path"])
        status = given.slos.status(slo, now_us)
        has_stretches = status.budget is not None and status.budget.unit not in (Unit.SHARE, Unit.SAMPLE)
        stretches = given.slos.bad_hours(status, limit=_STRETCHES_MAX) if has_stretches else []
        months = given.slos.months(slo, now_us)
        marks = read_marks(self._site, status)
        entries = [entry for entry in given.calendar.entries() if entry.covers(slo.key)][:_ENTRIES_MAX]
        return self._site.page(
            "slo.html",
            viewer,
            section="/slos",
            stream=str(slo.key),
            slo=slo,
            reading=status,
            row=slo_row(status),
            answers=slo_answers(status, stretches, slo.window.timezone),
            period=describe_period(status, slo.window.timezone),
            chart=draw_burn_down(status, given.slos.burn_down(status), marks),
            marks=marks,
            facts=budget_facts(status),
            is_sampled=isinstance(slo.sli, SampledSli),
            rules=[rule_row(reading, status) for reading in status.rules],
            months=[month_row(month, slo) for month in months],
            stretches=[stretch_row(slo, status.budget.unit, stretch) for stretch in stretches] if status.budget else [],
            parts=[(weight, slo_row(given.slos.status(part, now_us))) for part, weight in given.slos.parts(slo)],
            permits=[(SIGNS[mode], permits) for mode, permits in load_permits().items()],
            entries=entries,
            entries_open={entry.id for entry in entries if entry.cancelled_at_us is None and entry.ends_us > now_us},
            may_keep=viewer.role in KEEP_CALENDAR and viewer.session is not None,
            timezone=given.timezone(),
        )

    def slo_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        given = self._given
        now_us = given.clock.now_us()
        slo = given.slos.find_path(request.path_params["path"])
        status = given.slos.status(slo, now_us)
        zone = slo.window.timezone
        return JSONResponse(
            {
                "slo": slo_document(status),
                **burn_down_document(self._site, status),
                "months": [month_document(month, month_name(month, zone)) for month in given.slos.months(slo, now_us)],
                "maintenance": [entry_document(entry) for entry in given.calendar.entries() if entry.covers(slo.key)],
            }
        )

    def add_maintenance(self, _: Request, form: FormData, viewer: Viewer) -> Response:
        """Enter maintenance of an SLO's service."""
        viewer.require(KEEP_CALENDAR)
        given = self._given
        slo = given.slos.find_path(text(form, "slo"))
        zone = given.timezone()
        given.calendar.add(
            NewEntry(
                read_moment(text(form, "from"), zone),
                read_moment(text(form, "to"), zone),
                text(form, "reason"),
                slo.key.environment,
                slo.key.service,
            ),
            actor=viewer.name,
        )
        return RedirectResponse(f"{slo_url(slo)}#maintenance", status_code=303)

    def cancel_maintenance(self, _: Request, form: FormData, viewer: Viewer) -> Response:
        """Call maintenance off, or end it now."""
        viewer.require(KEEP_CALENDAR)
        slo = self._given.slos.find_path(text(form, "slo"))
        self._given.calendar.cancel(text(form, "id"), actor=viewer.name, reason=text(form, "reason"))
        return RedirectResponse(f"{slo_url(slo)}#maintenance", status_code=303)
