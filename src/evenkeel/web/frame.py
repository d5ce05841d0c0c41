"""What every page and the API stand in: the templates, who is asking, the answer to an error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from evenkeel.act.alerts.service import Alerts
from evenkeel.act.notify.meter import Metered
from evenkeel.act.notify.service import Notifications
from evenkeel.gateway.commands.accounts import LimitAccounts
from evenkeel.gateway.commands.service import Gateway
from evenkeel.gateway.drill.service import SelfDrill
from evenkeel.gateway.reviews.service import Reviews
from evenkeel.judge.audits.service import Audits
from evenkeel.judge.drift.references import DriftReferences
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.evaluations.service import Evaluations
from evenkeel.judge.golden.service import GoldenSets
from evenkeel.judge.model_judges.service import ModelJudges
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.slo.overrides import Overrides
from evenkeel.judge.slo.reading import SloReader
from evenkeel.kernel.errors import (
    ConflictError,
    EvenkeelError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    NotInstalledError,
    OverloadedError,
    StaleError,
    UnauthorizedError,
    UnreadableError,
)
from evenkeel.kernel.ports import Clock
from evenkeel.kernel.time import format_duration
from evenkeel.observe.probes.model import Probe
from evenkeel.org.access.keys import Keys
from evenkeel.org.access.signin import SignIn
from evenkeel.org.calendar.service import Calendar
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.ui import formats, markup
from evenkeel.web.gateway_numbers import WorkerNumbers
from evenkeel.web.gateway_workers import GatewayStanding
from evenkeel.web.health import Check, Health
from evenkeel.web.live import Live
from evenkeel.web.viewer import Viewer, identify

_UI: Final = Path(formats.__file__).parent
_HERE: Final = Path(__file__).parent

STATUS: Final[Mapping[type[EvenkeelError], int]] = {
    InvalidInputError: 400,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    NotInstalledError: 501,
    OverloadedError: 503,
    StaleError: 503,
    UnreadableError: 503,
}

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class SiteDependencies:
    """What the site stands on."""

    telemetry: Telemetry
    engine: ObjectiveEngine
    drift: DriftJudge
    drift_references: DriftReferences
    alerts: Alerts
    notifications: Notifications
    metered: Callable[[], Metered]  # notifications since the start
    records: Records
    keys: Keys
    sign_in: SignIn
    clock: Clock
    live: Live
    health: Callable[[], Health]
    is_ready: Callable[[], bool]  # fold and judge go round
    own_token: str  # of the command line on this machine
    timezone: Callable[[], str]
    intake_port: Callable[[], int]  # where telemetry goes
    probes: Callable[[], Sequence[Probe]]  # as configured
    fairness: Callable[[ServiceKey], FairnessConfig | None]  # what fair means, as configured
    slos: SloReader
    calendar: Calendar
    gateway: Gateway
    limit_accounts: LimitAccounts  # what is used of the gateway's limits
    reviews: Reviews
    evaluations: Evaluations
    judges: ModelJudges  # models that judge answers
    golden: GoldenSets
    audits: Audits  # of models, by the month
    gateway_standing: Callable[[], GatewayStanding]  # asked of the workers
    gateway_numbers: Callable[[], Sequence[WorkerNumbers]]  # asked of the workers
    drill: SelfDrill
    overrides: Overrides  # of the gate
    gate_allows_unknown: Callable[[], bool]
    examine: Callable[[], list[Check]]  # what `doctor` looks at beyond health
    back_up: Callable[[str], dict[str, Any]]  # (path on this machine) -> report
    pseudonyms_of: Callable[[str], Sequence[int]]  # of a user, under every key there ever was
    erase: Callable[[str, str, str], dict[str, Any]]  # (user id, actor, reason) -> receipt
    rotate_pseudonym_key: Callable[[str, str], str]  # (actor, reason) -> since when


class Site:
    """What every page uses."""

    def __init__(self, given: SiteDependencies) -> None:
        self.given = given
        self._templates = Environment(
            loader=FileSystemLoader([_HERE / "templates", _UI / "templates"]),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        filters: dict[str, Callable[..., Any]] = {
            "iso": formats.iso,
            "utc": formats.utc,
            "code": markup.code,
            "count": formats.count,
            "money": formats.money,
            "seconds": formats.seconds,
            "duration": format_duration,
            "share": formats.share,
        }
        self._templates.filters.update(filters)
        self._version = version("evenkeel")

    def viewer(self, request: Request) -> Viewer | None:
        """Who is asking."""
        return identify(request, self.given.sign_in, self.given.keys, self.given.own_token)

    def page(self, name: str, viewer: Viewer | None, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A rendered page."""
        frame = {"session": viewer.session if viewer else None, "viewer": viewer, "version": self._version}
        defaults = {"section": "", "stream": "", "bare": False}
        html = self._templates.get_template(name).render(**frame, **(defaults | values))
        return HTMLResponse(html, status_code=status)

    def signed_in(self, work: Callable[[Request, Viewer], Response]) -> Endpoint:
        """An endpoint for viewers only; `work` runs in a thread, because stores block."""

        async def endpoint(request: Request) -> Response:
            return await asyncio.to_thread(self._guarded, request, work)

        return endpoint

    def _guarded(self, request: Request, work: Callable[[Request, Viewer], Response]) -> Response:
        viewer = self.viewer(request)
        if viewer is None:
            if wants_json(request):
                raise UnauthorizedError("Sign in, or send a key with the scope read.")
            return RedirectResponse("/sign-in", status_code=303)
        return work(request, viewer)

    def refuse(self, request: Request, error: EvenkeelError) -> Response:
        """The answer to an error, as the asker reads it."""
        if wants_json(request):
            return error_answer(error)
        page = self.page("error.html", None, status=_status(error), error=error, bare=True)
        page.headers.update(_headers(error))
        return page


def wants_json(request: Request) -> bool:
    """Whether the asker is a program."""
    path = request.url.path
    return path.endswith(".json") or path.startswith("/api/") or "authorization" in request.headers


def intake_url(request: Request, port: int) -> str:
    """Where services send telemetry to: the host that the viewer used, and the intake's port."""
    return f"http://{request.url.hostname or 'localhost'}:{port}"


def error_answer(error: EvenkeelError) -> JSONResponse:
    """The answer to a program whose request ended in an error."""
    return JSONResponse(error_document(error), status_code=_status(error), headers=_headers(error))


def _status(error: EvenkeelError) -> int:
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)


def _headers(error: EvenkeelError) -> dict[str, str]:
    return {"retry-after": str(error.retry_after_s)} if isinstance(error, OverloadedError) else {}


def error_document(error: EvenkeelError) -> dict[str, str]:
    """An error as JSON."""
    return {"code": error.code, "message": error.message, "hint": error.hint}
