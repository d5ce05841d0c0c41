"""Pages of monthly audits of models: what is due next, one month's checklist, and its signature (SPEC C)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from evenkeel.judge.audits.documents import signature_document, standing_document
from evenkeel.judge.audits.model import COMMENT_MAX, Conclusion, Month, SignOff, Standing, State
from evenkeel.judge.audits.service import Audit, Audited, Audits
from evenkeel.judge.objectives.sentences import format_value
from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.kernel.time import isoformat
from evenkeel.org.access.model import SIGN_AUDITS
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.ui import formats
from evenkeel.ui.formats import plural
from evenkeel.web.forms import posting, text
from evenkeel.web.frame import Site
from evenkeel.web.viewer import Viewer

_STYLE: Final = Path(formats.__file__).parent / "static" / "style.css"
#: What is not done yet, the most urgent first.
_URGENCY: Final = (State.OVERDUE, State.DUE, State.NOT_DUE, State.DONE)
_WAITING: Final = (State.OVERDUE, State.DUE)
#: How a state looks: by shape and colour as verdicts do, with its own word.
MARKS: Final = {State.OVERDUE: "breach", State.DUE: "unknown", State.DONE: "ok", State.NOT_DUE: "none"}


def audit_routes(site: Site) -> list[Route]:
    """All audits, and each of them as page, JSON, a file to print, and the form that signs it."""
    pages = AuditPages(site)
    return [
        Route("/audits", site.signed_in(pages.audits)),
        Route("/audits.json", site.signed_in(pages.audits_json)),
        Route("/audits/{month}/{key:path}/signature", posting(site, pages.sign), methods=["POST"]),
        Route("/audits/{month}/{key:path}/print.html", site.signed_in(pages.paper)),
        Route("/audits/{month}/{key:path}.json", site.signed_in(pages.audit_json)),
        Route("/audits/{month}/{key:path}", site.signed_in(pages.audit)),
    ]


def audit_url(key: ServiceKey, month: Month) -> str:
    """The page of a month's audit."""
    return f"/audits/{month}/{quote(key.environment, safe='')}/{quote(key.service, safe='')}"


def read_key(given: str) -> ServiceKey:
    """The service that `environment/service` names. Raises InvalidInputError."""
    environment, _, service = given.partition("/")
    if not environment or not service:
        hint = "Write environment/service, e.g. production/triage."
        raise InvalidInputError(f"{given[:80]!r} names no service.", hint=hint)
    return ServiceKey(environment, service)


def audits_document(audits: Audits, service: str = "") -> dict[str, Any]:
    """Every audited model with how its months stand; or one. Raises NotFoundError for one that is not audited."""
    if not service:
        return {"models": [_model_document(each) for each in audits.all()]}
    key = read_key(service)
    found = audits.of(key)
    if found is None:
        hint = "Models of kind ml, llm or rag that are judged are audited; services.NAME.kind says what one is."
        raise NotFoundError(f"{key} is not audited.", hint=hint)
    return {"models": [_model_document(found)]}


def audit_document(audit: Audit) -> dict[str, Any]:
    """One month: how it stands, its document with its digest, and who signed it."""
    return {**standing_document(audit.standing, audit.signed), "digest": audit.digest, "document": audit.document}


def read_conclusion(given: str) -> Conclusion:
    """The conclusion that is written. Raises InvalidInputError."""
    try:
        return Conclusion(given.strip().replace("_", " "))
    except ValueError:
        hint = f"Use one of {', '.join(each.value for each in Conclusion)}."
        raise InvalidInputError(f"{given[:30]!r} is no conclusion.", hint=hint) from None


class AuditPages:
    """Each method answers one page or takes one form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given

    def audits(self, request: Request, viewer: Viewer) -> Response:
        """All of them, what is most urgent first."""
        asked = request.query_params.get("service", "")
        found = self._given.audits.all()
        models = [each for each in found if asked in ("", str(each.service.key))]
        listed = [(each, standing) for each in models for standing in each.standings]
        listed.sort(key=lambda pair: _URGENCY.index(pair[1].state))
        rows = [
            {
                "key": each.service.key,
                "kind": each.service.kind,
                "standing": standing,
                "mark": MARKS[standing.state],
                "url": audit_url(each.service.key, standing.month),
            }
            for each, standing in listed
        ]
        says = _say(models)
        return self._site.page("audits.html", viewer, section="/models", rows=rows, says=says, asked=asked)

    def audits_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(audits_document(self._given.audits, request.query_params.get("service", "")))

    def audit(self, request: Request, viewer: Viewer) -> Response:
        """One month."""
        values = self._values(request)
        may_sign = viewer.role in SIGN_AUDITS and values["audit"]["may_be_signed"]
        conclusions = [each.value for each in Conclusion]
        return self._site.page(
            "audit.html", viewer, section="/models", may_sign=may_sign, conclusions=conclusions,
            comment_max=COMMENT_MAX, **values,
        )  # fmt: skip

    def audit_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(audit_document(self._open(request)))

    def paper(self, request: Request, _: Viewer) -> Response:
        """The page as a file to print or to keep: it needs nothing else."""
        values = self._values(request)
        page = self._site.page("audit_print.html", None, **values, style=_STYLE.read_text(encoding="utf-8"))
        name = quote(f"{values['key'].service}-audit-{values['month']}.html", safe="")  # a site's page has no own style
        return HTMLResponse(page.body, headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"})

    def sign(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Sign what was looked at."""
        viewer.require(SIGN_AUDITS)
        key, month = self._asked(request)
        given = SignOff(
            digest=text(form, "digest"),
            conclusion=read_conclusion(text(form, "conclusion")),
            comment=text(form, "comment"),
            acknowledged=tuple(str(each) for each in form.getlist("acknowledged")),
        )
        self._given.audits.sign(key, month, given, viewer.name)
        return RedirectResponse(audit_url(key, month), status_code=303)

    def _asked(self, request: Request) -> tuple[ServiceKey, Month]:
        return read_key(request.path_params["key"]), Month.read(request.path_params["month"])

    def _open(self, request: Request) -> Audit:
        return self._given.audits.open(*self._asked(request))

    def _values(self, request: Request) -> dict[str, Any]:
        key, month = self._asked(request)
        audit = self._given.audits.open(key, month)
        document = audit.document
        return {
            "key": key,
            "month": str(month),
            "url": audit_url(key, month),
            "audit": audit_document(audit),
            "mark": MARKS[audit.standing.state],
            "document": document,
            "checks": [_check_values(each) for each in document.get("checks", ())],  # a record may have been changed
            "signature": None if audit.signed is None else signature_document(audit.signed),
            "made_at_us": self._given.clock.now_us(),
        }


def _model_document(audited: Audited) -> dict[str, Any]:
    key = audited.service.key
    months = [standing_document(each, audited.signed.get(each.month)) for each in audited.standings]
    waiting = [each for each in audited.standings if each.state in _WAITING]
    running = [each for each in audited.standings[:1] if each.window.start_us >= audited.state.first_at]
    nearest = min(waiting or running, key=lambda each: each.month, default=None)
    return {
        "environment": key.environment,
        "service": key.service,
        "kind": audited.service.kind,
        "next": None if nearest is None else _next_document(nearest),
        "months": months,
    }


def _next_document(standing: Standing) -> dict[str, Any]:
    return {"month": str(standing.month), "due_by": isoformat(standing.until_us), "says": standing.says}


def _check_values(check: Mapping[str, Any]) -> dict[str, Any]:
    return {**check, "items": [{**item, "number": _number(item)} for item in check["items"]]}


def _number(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """(value, interval, sample) as people read them."""
    if item["value"] is None:
        return "unknown", "", ""
    if item["unit"] == "months":
        return plural(item["value"], "months"), "", ""
    value, low, high = (_written(item[name], item["unit"]) for name in ("value", "low", "high"))
    interval = f"[{low}–{high}]" if item["low"] is not None and item["high"] is not None else ""
    return value, interval, f"{plural(round(item['n']), item['counts'])}"


def _written(value: float | None, unit: str) -> str:
    return format_value(value, unit)


def _say(models: list[Audited]) -> str:
    """How audits stand, in a sentence."""
    states = [standing.state for each in models for standing in each.standings]
    overdue, due = states.count(State.OVERDUE), states.count(State.DUE)
    if not models:
        return ""
    if not overdue and not due:
        return "No audit is due now."
    told = [f"{plural(overdue, 'audits')} overdue" if overdue else "", f"{plural(due, 'audits')} due" if due else ""]
    first, at = min(
        ((standing, each) for each in models for standing in each.standings if standing.state in _WAITING),
        key=lambda pair: pair[0].until_us,
    )
    listed = " and ".join(each for each in told if each)
    return f"{listed}; the first of them is {first.month} of {at.service.key}. {first.says}"
